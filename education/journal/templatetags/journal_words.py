"""Template filters for the words of the journal."""

from django import template

from education.journal import words
from education.journal.forms.zone import zone_words

register = template.Library()

register.filter("clock", words.clock_words)
register.filter("duration", words.duration_words)
register.filter("percent", words.percent_words)
register.filter("night_name", words.night_words)
register.filter("day_name", words.day_words)
register.filter("place", zone_words)
