"""Template filters for entries of the journal."""

from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext

from accounts.sealed import Unreadable
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
    return _month_name(day.year, day.month, get_language())


@lru_cache(maxsize=1000)
def _month_name(year: int, month: int, language: str | None) -> str:
    # Ten years have 120 of them, and the choice of a month names all on each page.
    return date_format(date(year, month, 1), pgettext("date format", "F Y"))
