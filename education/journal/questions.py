"""Unusual answers of the morning form that are asked back: they may well be true."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from education.journal import clock, sleep
from education.journal.clock import GOT_UP, IN_ORDER, INTO_BED, TRIED, WOKE
from education.journal.words import clock_words, duration_words

SHORT_NIGHT, LONG_NIGHT, LONG_LATENCY = 180, 960, 120
# A night of this length is likelier than one that asks a question.
LIKELY_NIGHT = range(SHORT_NIGHT, 841)
# Hours between the middle of a likely night and three in the morning.
FAR_FROM_NIGHT = 5
# Code, field, question, and the words that confirm it.
Asked = tuple[str, str, str, str]


@dataclass(frozen=True)
class Question:
    """Something unusual that is asked back: it may well be true."""

    code: str
    field: str
    text: str
    answer: str
    confirmed: bool

    @property
    def name(self) -> str:
        return f"confirm_{self.code}"


def about(cleaned: dict[str, Any], placed: dict[str, datetime], zone: ZoneInfo) -> Iterator[Asked]:
    """What to ask back about the cleaned answers of a night and its times on the calendar."""
    yield from _about_length(cleaned, placed, zone)
    yield from _about_waking(cleaned)
    yield from _about_naps(cleaned)


def clocks(cleaned: dict[str, Any]) -> dict[str, time]:
    """The answered clock times, by name."""
    return {name: cleaned[name] for name in IN_ORDER if cleaned.get(name) is not None}


def minutes_awake(cleaned: dict[str, Any]) -> int:
    """Minutes awake between trying to sleep and the final awakening, as far as answered."""
    names = ("minutes_to_fall_asleep", "minutes_awake")
    return sum(cleaned.get(name) or 0 for name in names)


def _about_length(
    cleaned: dict[str, Any], placed: dict[str, datetime], zone: ZoneInfo
) -> Iterator[Asked]:
    first, last = _ends(placed)
    length = sleep.minutes_between(placed.get(first), placed.get(last))
    if length is None or SHORT_NIGHT <= length <= LONG_NIGHT:
        return
    words = {"duration": duration_words(length)}
    slip = _half_day_slip(cleaned, zone)
    if slip:
        name, meant = slip
        words |= {"time": clock_words(meant)}
        yield (
            "half_day",
            name,
            _("This makes %(duration)s in bed. Was it %(time)s? Then change the time.") % words,
            _("No, %(duration)s in bed is right") % words,
        )
    else:
        yield (
            "short_night" if length < SHORT_NIGHT else "long_night",
            last,
            _("This makes %(duration)s in bed. Is that right?") % words,
            _("Yes, that’s right"),
        )


def _half_day_slip(cleaned: dict[str, Any], zone: ZoneInfo) -> tuple[str, time] | None:
    """The time that makes a likely night when am and pm are swapped: its name and the time."""
    answered = clocks(cleaned)
    likely = []
    for names in ((INTO_BED,), (TRIED,), (WOKE,), (GOT_UP,), (INTO_BED, TRIED), (WOKE, GOT_UP)):
        if not all(name in answered for name in names):
            continue
        other = answered | {name: _half_a_day_off(answered[name]) for name in names}
        placed = clock.place(cleaned["diary_date"], zone, other, minutes_awake(cleaned))
        first, last = (placed.moments.get(name) for name in _ends(placed.moments))
        if first is None or last is None or placed.errors:
            continue
        if sleep.minutes_between(first, last) not in LIKELY_NIGHT:
            continue
        off = _hours_from_the_small_hours(first + (last - first) / 2)
        if off <= FAR_FROM_NIGHT:
            likely.append((off, names[0], other[names[0]]))
    return min(likely)[1:] if likely else None


def _ends(moments: dict[str, datetime]) -> tuple[str, str]:
    """The first and the last answered time of a night that has both of its ends."""
    return (
        INTO_BED if INTO_BED in moments else TRIED,
        GOT_UP if GOT_UP in moments else WOKE,
    )


def _half_a_day_off(of_day: time) -> time:
    return of_day.replace(hour=(of_day.hour + 12) % 24)


def _hours_from_the_small_hours(moment: datetime) -> float:
    """How far the clock is from three in the morning, either way round."""
    hours = (moment.hour + moment.minute / 60 - 3) % 24
    return min(hours, 24 - hours)


def _about_waking(cleaned: dict[str, Any]) -> Iterator[Asked]:
    yes = _("Yes, that’s right")
    latency = cleaned.get("minutes_to_fall_asleep")
    if latency is not None and latency > LONG_LATENCY:
        words = {"duration": duration_words(latency)}
        text = _("It took %(duration)s to fall asleep. Is that right?") % words
        yield "latency", "minutes_to_fall_asleep", text, yes
    if "awakenings" not in cleaned or "minutes_awake" not in cleaned:
        return
    times, minutes = cleaned["awakenings"], cleaned["minutes_awake"]
    if times and minutes == 0:
        text = _("You woke up in the night and were awake for 0 minutes. Is that right?")
        yield "awake_no_minutes", "minutes_awake", text, yes
    elif times and minutes is None:
        text = _("You woke up in the night. About how many minutes were you awake?")
        yield "awake_no_minutes", "minutes_awake", text, _("I don’t know, leave it blank")
    elif minutes and times == 0:
        text = _("You were awake in the night, but woke up 0 times. Is that right?")
        yield "minutes_not_awake", "awakenings", text, yes
    elif minutes and times is None:
        text = _("You were awake in the night. About how many times?")
        yield "minutes_not_awake", "awakenings", text, _("I don’t know, leave it blank")


def _about_naps(cleaned: dict[str, Any]) -> Iterator[Asked]:
    # An answer that is wrong has an error of its own.
    if "naps" not in cleaned or "nap_minutes" not in cleaned:
        return
    yes, unknown = _("Yes, that’s right"), _("I don’t know, leave it blank")
    naps, minutes = cleaned["naps"], cleaned["nap_minutes"]
    if naps and minutes == 0:
        text = _("You napped, but for 0 minutes. Is that right?")
        yield "naps_no_minutes", "nap_minutes", text, yes
    elif naps and minutes is None:
        text = _("You napped. About how many minutes, all together?")
        yield "naps_no_minutes", "nap_minutes", text, unknown
    elif minutes and naps == 0:
        text = _("You napped for some minutes, but 0 times. Is that right?")
        yield "minutes_no_naps", "naps", text, yes
    elif minutes and naps is None:
        text = _("You napped for some minutes. About how many naps?")
        yield "minutes_no_naps", "naps", text, unknown
