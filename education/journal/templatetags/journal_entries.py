"""Template filters for entries of the journal."""

from datetime import date
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import pgettext

from education.journal.sealed import Unreadable
from education.journal.shortened import in_two

register = template.Library()

register.filter("in_two", in_two)


@register.filter
def is_unreadable(words: Any) -> bool:
    """Whether these words stand for ones whose key is missing."""
    return isinstance(words, Unreadable)


@register.filter
def month_name(day: date) -> str:
    """A month as people say it: "November 2026"."""
    return date_format(day, pgettext("date format", "F Y"))
