"""What the clock on the wall showed in a night, also where it jumped or another one took over.

Pure functions. Moments are aware datetimes; hours are counted on the wall clock from the
midnight that begins the diary date, so the evening before is negative.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from education.journal.models import Night
from education.journal.words import day_words, duration_words

# Nobody's night reaches farther. What does is cut off, so that the others stay legible.
EARLIEST, LATEST = -36.0, 48.0


def hours_from_midnight(moment: datetime, diary_date: date) -> float:
    """Where the clock on the wall stood, in hours from the diary date's midnight."""
    midnight = datetime.combine(diary_date, time())
    hours = (moment.replace(tzinfo=None) - midnight) / timedelta(hours=1)
    return min(max(hours, EARLIEST), LATEST)


@dataclass(frozen=True)
class ClockChange:
    """Clocks change at `at` (UTC) by `minutes`: forward is positive."""

    at: datetime
    minutes: int


def _offset(moment: datetime, zone: tzinfo) -> int:
    """How many minutes the zone is ahead of UTC at this moment."""
    return int((moment.astimezone(zone).utcoffset() or timedelta(0)).total_seconds() // 60)


def clock_change(start: datetime, end: datetime, zone: tzinfo) -> ClockChange | None:
    """The moment between two others at which clocks of the zone change; None if they don't."""
    low, high = start.astimezone(UTC), end.astimezone(UTC)
    before, after = _offset(low, zone), _offset(high, zone)
    if low >= high or before == after:
        return None
    while high - low > timedelta(minutes=1):
        middle = low + (high - low) / 2
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    # Clocks change at a full minute: the one that was just passed.
    return ClockChange(high.replace(second=0, microsecond=0), after - before)


@dataclass(frozen=True)
class Piece:
    """A stretch of wall clock in hours; `is_twice` marks one that the clocks showed twice."""

    first: float
    last: float
    is_twice: bool = False


class Wall:
    """The clock on the wall during one night."""

    def __init__(self, night: Night) -> None:
        self.diary_date = night.diary_date
        self.zone = night.zone_info
        self.change = change_in(night)

    def hour(self, moment: datetime) -> float:
        """Hours from the diary date's midnight."""
        return hours_from_midnight(moment.astimezone(self.zone), self.diary_date)

    def pieces(self, start: datetime, end: datetime) -> list[Piece]:
        """What the clock showed from start to end: all of it, in the order of the clock.

        A skipped hour is left out between two pieces; a repeated one comes as a piece of
        its own on top of the whole.
        """
        first, last = self.hour(start), self.hour(end)
        change = self.change
        if change is None or not start.astimezone(UTC) < change.at < end.astimezone(UTC):
            return [Piece(first, max(first, last))]
        after = self.hour(change.at)
        before = after - change.minutes / 60
        if change.minutes > 0:
            return [Piece(first, before), Piece(after, last)]
        twice = Piece(max(first, after), min(before, last), is_twice=True)
        if twice.last <= twice.first:
            return [Piece(after, last), Piece(first, before)]
        return [Piece(min(first, after), max(before, last)), twice]


def moments_of(night: Night) -> list[datetime]:
    """The answered times of a night in their order, in its zone."""
    times = (night.into_bed, night.tried_to_sleep, night.woke, night.got_up)
    return [moment for moment in times if moment is not None]


def change_in(night: Night) -> ClockChange | None:
    """The change of clocks between the first and the last time of a night."""
    moments = moments_of(night)
    if len(moments) < 2:
        return None
    return clock_change(moments[0], moments[-1], night.zone_info)


@dataclass(frozen=True)
class Remark:
    """What one must know to read the times of a night, in a few words and in a sentence.

    `change` says what clocks did in the night; it is empty where another zone begins.
    """

    date: date
    short: str
    sentence: str
    change: str = ""


def place_of(zone: str) -> str:
    """The place that a time zone is named for: "New York"."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def remarks(nights: Iterable[Night]) -> list[Remark]:
    """Where clocks changed in a night, and where another time zone begins; oldest first.

    Zones are compared with the last night before that has a time. Two that show the same time
    are no change.
    """
    found = []
    previous: Night | None = None
    for night in sorted(nights, key=lambda night: night.diary_date):
        moments = moments_of(night)
        if not moments:
            continue
        if previous is not None and previous.zone != night.zone:
            there, here = previous.zone_info, night.zone_info
            ahead = _offset(moments[-1], here) - _offset(moments[-1], there)
            if ahead:
                found.append(_of_zone(night, previous, ahead))
        change = change_in(night)
        if change:
            found.append(_of_change(night, change))
        previous = night
    return found


def _of_zone(night: Night, previous: Night, ahead: int) -> Remark:
    values = {
        "day": day_words(night.diary_date),
        "here": place_of(night.zone),
        "there": place_of(previous.zone),
        "difference": duration_words(abs(ahead)),
    }
    if ahead > 0:
        sentence = gettext(
            "From %(day)s on the times are those of %(here)s, %(difference)s ahead of %(there)s."
        )
    else:
        sentence = gettext(
            "From %(day)s on the times are those of %(here)s, %(difference)s behind %(there)s."
        )
    short = gettext("from here: %(here)s time")
    return Remark(night.diary_date, short % values, sentence % values)


def _of_change(night: Night, change: ClockChange) -> Remark:
    values = {
        "day": day_words(night.diary_date),
        "difference": duration_words(abs(change.minutes)),
    }
    if change.minutes > 0:
        words = gettext("clocks went forward %(difference)s") % values
        sentence = gettext(
            "In the night to %(day)s the clocks went forward %(difference)s. "
            "The bar leaves a gap for the time that was skipped."
        )
    else:
        words = gettext("clocks went back %(difference)s") % values
        sentence = gettext(
            "In the night to %(day)s the clocks went back %(difference)s. "
            "The bar is taller for the time that came twice."
        )
    short_day = date_format(night.diary_date, pgettext("chart label", "D j"))
    return Remark(night.diary_date, f"{short_day}: {words}", sentence % values, words)
