"""Clock times as people type them, and the moment of the night that they mean.

`parse_clock` reads "2230", "22:30", "22.30", "10:30 pm" or "10pm". `place` puts the clock
times of one night on the calendar: woke for good is on the diary date, what came before is
the latest such time before it, getting up is the next one after it.

When clocks change: a time that the spring change skips is refused with a sentence. A time
that the autumn change repeats means its first occurrence, unless only the second one keeps
the night in order.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from education.journal.words import clock_words, day_words

# --- Reading what was typed -----------------------------------------------------------------

_CLOCK = re.compile(
    r"""(?:(?P<hour>\d{1,2})(?:\s*[:.,h\s]\s*(?P<minute>\d{2}))?h?   # 7, 22:30, 22.30, 22h30
        |(?P<digits>\d{3,4}))                                        # 730, 2230
        \s*(?P<half>[ap])?\.?\s*(?(half)(?:m\.?)?)""",
    re.VERBOSE,
)
LONGEST_CLOCK_TEXT = 20


def parse_clock(text: str) -> time:
    """The time of day that was typed. Raises ValueError when it is none.

    Without am or pm the 24-hour clock is meant; 24:00 is midnight.
    """
    if len(text) > LONGEST_CLOCK_TEXT:
        raise ValueError("too long for a clock time")
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", text).strip().casefold())
    if not found:
        raise ValueError("not a clock time")
    digits = found["digits"]
    hour = int(digits[:-2] if digits else found["hour"])
    minute = int(digits[-2:] if digits else found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour on a 12-hour clock")
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    elif hour == 24 and minute == 0:
        hour = 0
    return time(hour, minute)


class ClockInput(forms.TextInput):
    """A short text box that shows a time in the way the reader's language writes it."""

    def format_value(self, value: Any) -> str | None:
        return clock_words(value) if isinstance(value, time) else super().format_value(value)


class ClockField(forms.Field):
    """A time of day, typed in whatever way is quickest. Empty stays empty."""

    widget = ClockInput
    default_error_messages = {
        "invalid": _("Write a time such as 22:30, 2230 or 10:30 pm."),
    }

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {"autocomplete": "off", "maxlength": str(LONGEST_CLOCK_TEXT)}

    def to_python(self, value: Any) -> time | None:
        if value in self.empty_values or not str(value).strip():
            return None
        try:
            return parse_clock(str(value))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return initial != self.to_python(data)
        except ValidationError:
            return True


# --- Putting the times of a night on the calendar -------------------------------------------

INTO_BED, TRIED, WOKE, GOT_UP = "into_bed", "tried_to_sleep", "woke", "got_up"
IN_ORDER = (INTO_BED, TRIED, WOKE, GOT_UP)
# Not a time, but what does not fit between two of them.
AWAKE = "awake"

# Beyond these a night is not long, one of its times is wrong.
LONGEST_WAIT = timedelta(hours=12)
LONGEST_SLEEP = timedelta(hours=22)
LONGEST_NIGHT = timedelta(hours=24)
# A gap that nearly fills the day is a time that comes a little too early.
NEARLY_A_DAY = timedelta(hours=18)
# With neither waking nor getting up to count back from, the evening before starts here.
EVENING = time(18)


@dataclass
class Placement:
    """The moments of one night (aware, in its zone), and by name what is wrong with them."""

    moments: dict[str, datetime] = field(default_factory=dict)
    errors: dict[str, str | Promise] = field(default_factory=dict)


class SkippedTime(ValueError):
    """A wall-clock time that never was, because clocks went forward over it."""

    def __init__(self, on: date, clock: time) -> None:
        super().__init__(on, clock)
        self.message = _("There was no %(time)s on %(day)s: the clocks went forward.") % {
            "time": clock_words(clock),
            "day": day_words(on),
        }


def place(
    diary_date: date, zone: ZoneInfo, clocks: Mapping[str, time], awake: int = 0
) -> Placement:
    """Put the clock times of a night on the calendar.

    `clocks` holds the answered times by name, `awake` the minutes awake (SOL and WASO
    together) that must fit between trying to sleep and waking for good.
    """
    names = [name for name in IN_ORDER if name in clocks]
    first_attempt = None
    # Both readings of a time only matter in the one night of the year that has two.
    for folds in product(*(_readings(diary_date, clocks[name], zone) for name in names)):
        attempt = _attempt(diary_date, zone, clocks, awake, dict(zip(names, folds, strict=True)))
        if not attempt.errors:
            return attempt
        first_attempt = first_attempt or attempt
    return first_attempt or Placement()


def _readings(diary_date: date, clock: time, zone: ZoneInfo) -> tuple[int, ...]:
    """0, and 1 where the clock shows this time twice, or never, within days of this date."""
    days = (diary_date + timedelta(days=index) for index in range(-6, 4))
    differs = any(
        _at(day, clock, zone, 0).utcoffset() != _at(day, clock, zone, 1).utcoffset() for day in days
    )
    return (0, 1) if differs else (0,)


def _attempt(
    diary_date: date,
    zone: ZoneInfo,
    clocks: Mapping[str, time],
    awake: int,
    folds: Mapping[str, int],
) -> Placement:
    """Place the times, each read as the first (0) or second (1) time the clock showed it."""
    placement = Placement()
    placed = placement.moments
    try:
        anchor = next((name for name in (WOKE, GOT_UP) if name in clocks), None)
        if anchor:
            limit = _at(diary_date, clocks[anchor], zone, folds[anchor])
            if _is_skipped(limit):
                placement.errors[anchor] = SkippedTime(diary_date, clocks[anchor]).message
                return placement
            placed[anchor] = limit
        else:
            limit = _at(diary_date, EVENING, zone)
        for name in (TRIED, INTO_BED):
            if name in clocks:
                limit = placed[name] = _nearest(clocks[name], limit, zone, folds[name], -1)
        name = GOT_UP
        if name in clocks and name not in placed:
            placed[name] = _nearest(clocks[name], placed[WOKE], zone, folds[name], 1)
    except SkippedTime as skipped:
        placement.errors[name] = skipped.message
        return placement
    placement.errors.update(_out_of_order(placed, awake))
    return placement


def _out_of_order(placed: Mapping[str, datetime], awake: int) -> dict[str, str | Promise]:
    """What is wrong with placed times; gaps too long to be true stand for a wrong order."""
    wrong: dict[str, str | Promise] = {}
    wait = _elapsed(placed.get(INTO_BED), placed.get(TRIED))
    if wait > NEARLY_A_DAY:
        wrong[TRIED] = _("Began trying to sleep is before got into bed. Which of them is right?")
    elif wait > LONGEST_WAIT:
        wrong[TRIED] = _(
            "Began trying to sleep is %(hours)d hours after got into bed. "
            "Is one of them am and the other pm?"
        ) % {"hours": wait.total_seconds() // 3600}
    window = _elapsed(placed.get(TRIED), placed.get(WOKE))
    if window > LONGEST_SLEEP:
        wrong[WOKE] = _("Woke for good is before began trying to sleep. Which of them is right?")
    elif _elapsed(placed.get(INTO_BED), placed.get(WOKE)) > LONGEST_SLEEP and TRIED not in wrong:
        wrong[WOKE] = _("Woke for good is before got into bed. Which of them is right?")
    elif TRIED in placed and WOKE in placed and timedelta(minutes=awake) > window:
        wrong[AWAKE] = _(
            "That is more time awake than the %(minutes)d minutes from trying to sleep to waking "
            "for good."
        ) % {"minutes": window.total_seconds() // 60}
    rest = _elapsed(placed.get(WOKE), placed.get(GOT_UP))
    if rest > NEARLY_A_DAY:
        wrong[GOT_UP] = _("Got up is before woke for good. Is it the next day?")
    elif rest > LONGEST_WAIT:
        wrong[GOT_UP] = _(
            "Got up is %(hours)d hours after woke for good. Is one of them am and the other pm?"
        ) % {"hours": rest.total_seconds() // 3600}
    elif not wrong:
        for name in (INTO_BED, TRIED):
            if _elapsed(placed.get(name), placed.get(GOT_UP)) > LONGEST_NIGHT:
                wrong[GOT_UP] = _("Got up is more than a day after the night began.")
    return wrong


def _elapsed(start: datetime | None, end: datetime | None) -> timedelta:
    """Elapsed time in UTC; nothing where a moment is missing."""
    if start is None or end is None:
        return timedelta(0)
    return end.astimezone(UTC) - start.astimezone(UTC)


def _at(on: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.combine(on, clock, zone).replace(fold=fold)


def _is_skipped(local: datetime) -> bool:
    there_and_back = local.astimezone(UTC).astimezone(local.tzinfo)
    return there_and_back.replace(tzinfo=None) != local.replace(tzinfo=None)


def _nearest(clock: time, limit: datetime, zone: ZoneInfo, fold: int, step: int) -> datetime:
    """When the clock showed this nearest to the limit: before it (step -1) or after it (1)."""
    for days in range(3):
        day = limit.date() + timedelta(days=days * step)
        found = _at(day, clock, zone, fold)
        if _is_skipped(found):
            # Either way of reading a time that never was; one on the right side is enough.
            if any(_elapsed(limit, _at(day, clock, zone, side)) * step >= timedelta(0)
                   for side in (0, 1)):  # fmt: skip
                raise SkippedTime(day, clock)
        elif _elapsed(limit, found) * step >= timedelta(0):
            return found
    raise SkippedTime(limit.date(), clock)
