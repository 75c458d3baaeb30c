"""How the journal says times, dates and durations."""

from datetime import date, datetime, time
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

# Django formats British times with a.m. and p.m., which people there seldom write.
TWELVE_HOUR_LANGUAGES = frozenset({"en", "en-us", "en-ca", "en-au", "en-nz"})


def uses_twelve_hours() -> bool:
    """Whether the active language tells the time with am and pm."""
    return (get_language() or "").lower() in TWELVE_HOUR_LANGUAGES


def clock_words(moment: time | datetime | None) -> str:
    """A time of day as people write it here: "22:30" or "10:30 pm"."""
    return "" if moment is None else _clock_words(get_language(), moment.hour, moment.minute)


# A page of 90 nights says some thousand times, days and durations, most of them again and again.
@lru_cache(maxsize=4096)
def _clock_words(language: str | None, hour: int, minute: int) -> str:
    if not uses_twelve_hours():
        return f"{hour:02}:{minute:02}"
    half = gettext("am") if hour < 12 else gettext("pm")
    return f"{hour % 12 or 12}:{minute:02} {half}"


def hour_words(hour: int) -> str:
    """A full hour for an axis: "21" or "9 pm". Hours past midnight may exceed 24."""
    hour %= 24
    if not uses_twelve_hours():
        return f"{hour:02}"
    half = gettext("am") if hour < 12 else gettext("pm")
    return f"{hour % 12 or 12} {half}"


def duration_words(minutes: float | None) -> str:
    """A duration: "7 h 12 min", "45 min", "8 h"; an empty string for None."""
    return "" if minutes is None else _duration_words(get_language(), round(minutes))


@lru_cache(maxsize=4096)
def _duration_words(language: str | None, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return gettext("%(hours)d h") % {"hours": hours}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def short_duration_words(minutes: float | None) -> str:
    """A duration where there is little room: "7 h 12"."""
    if minutes is None:
        return ""
    hours, rest = divmod(round(minutes), 60)
    return pgettext("short duration", "%(hours)d h %(minutes)02d") % {
        "hours": hours,
        "minutes": rest,
    }


def percent_words(value: float | None) -> str:
    """A share rounded to whole percent; an empty string for None."""
    return "" if value is None else gettext("%(value)d%%") % {"value": round(value)}


def day_words(day: date) -> str:
    """A date as people say it: "Tue 3 Nov", with the year where it is not this one."""
    return _day_words(get_language(), day, day.year == timezone.localdate().year)


@lru_cache(maxsize=4096)
def _day_words(language: str | None, day: date, is_this_year: bool) -> str:
    return date_format(day, pgettext("date format", "D j M") + ("" if is_this_year else " Y"))


def night_words(diary_date: date) -> str:
    """The name of a night by its two days: "Night of Mon 2 to Tue 3 Nov"."""
    evening = date.fromordinal(diary_date.toordinal() - 1)
    if evening.month == diary_date.month:
        first = date_format(evening, pgettext("date format", "D j"))
    else:
        first = date_format(evening, pgettext("date format", "D j M"))
    return gettext("Night of %(evening)s to %(morning)s") % {
        "evening": first,
        "morning": day_words(diary_date),
    }
