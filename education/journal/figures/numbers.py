"""Numbers and clock times of figures, in words."""

from datetime import datetime, time

from django.utils.formats import number_format
from django.utils.translation import gettext

from education.journal import sleep
from education.journal.words import clock_words


def number_words(value: float | None, decimals: int = 0) -> str:
    """A number as it is written here: "1,440", "82.3", "−20"; an empty string for None."""
    if value is None:
        return ""
    rounded = round(value, decimals) + 0.0
    words = number_format(abs(rounded), decimals, use_l10n=True, force_grouping=True)
    return f"−{words}" if rounded < 0 else words


def percentage_words(value: float | None, decimals: int) -> str:
    """A share in percent: "82%", "82.3%"; an empty string for None."""
    if value is None:
        return ""
    return gettext("%(value)s%%") % {"value": number_words(value, decimals)}


def dial_words(minutes: float | None) -> str:
    """A clock time given as minutes past midnight, to the minute; an empty string for None."""
    if minutes is None:
        return ""
    hour, minute = divmod(round(minutes) % sleep.MINUTES_A_DAY, 60)
    return clock_words(time(hour, minute))


def clock_of(moment: datetime | None) -> str:
    """The time of day of a moment on the clock of its own zone, to the nearest minute."""
    return dial_words(sleep.clock_minutes(moment))
