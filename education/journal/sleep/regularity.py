"""How alike the nights are: the sleep regularity index and social jetlag. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from .averages import Mean, circular_difference, circular_mean, clock_minutes

A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)
# Fewer neighbouring nights than this say too little.
FEWEST_PAIRS = 5
FEWEST_OF_EACH = 2


class Slept(Protocol):
    """What these measures read of a night. Moments are aware, in the zone of the night."""

    @property
    def diary_date(self) -> date: ...
    @property
    def fell_asleep(self) -> datetime | None: ...
    @property
    def woke(self) -> datetime | None: ...
    @property
    def free_day(self) -> bool | None: ...


@dataclass(frozen=True)
class Regularity:
    """The index from -100 to 100 and the pairs of nights that it rests on; None under 5 pairs.

    minutes_apart: how many of the pairs' minutes (1440 each) were asleep in one night only.
    """

    value: float | None
    pairs: int
    minutes_apart: float = 0


@dataclass(frozen=True)
class SocialJetlag:
    """Minutes (0 to 720) between the middles of sleep before work days and before free days.

    The means are minutes past midnight. The value is None with fewer than 2 nights of either kind.
    """

    value: float | None
    work: Mean
    free: Mean


def sleep_regularity(nights: Iterable[Slept]) -> Regularity:
    """The sleep regularity index: how likely one is in the same state 24 hours later.

    -100 + 200 x the share of all minutes in which the state (asleep or awake) is the same exactly
    24 hours later: 100 when every day is alike, 0 when it is left to chance, -100 when every day
    is the reverse of the day before. Source: Phillips AJK, Clerx WM, O'Brien CS, et al. Irregular
    sleep/wake patterns are associated with poorer academic performance and delayed circadian and
    sleep/wake timing. Sci Rep. 2017;7:3216. doi:10.1038/s41598-017-03171-4

    From a diary: asleep is from falling asleep to waking for good, since nobody notes when in the
    night they were awake, nor when they napped. A pair is two neighbouring diary dates with both
    moments. It counts for the 24 hours around its two sleeps, which are compared by their
    intervals, in elapsed (UTC) time. The order of the nights makes no difference.
    """
    sleeps = {
        night.diary_date.toordinal(): (fell_asleep.astimezone(UTC), woke.astimezone(UTC))
        for night in nights
        if (fell_asleep := night.fell_asleep) is not None
        and (woke := night.woke) is not None
        and fell_asleep.astimezone(UTC) <= woke.astimezone(UTC)
    }
    differing = [
        _time_in_different_states(first, sleeps[day + 1])
        for day, first in sleeps.items()
        if day + 1 in sleeps
    ]
    pairs, apart = len(differing), sum(differing, timedelta())
    value = None if pairs < FEWEST_PAIRS else 100 - 200 * (apart / (pairs * A_DAY))
    return Regularity(value, pairs, apart / A_MINUTE)


def _time_in_different_states(
    first: tuple[datetime, datetime], second: tuple[datetime, datetime]
) -> timedelta:
    """How much of 24 hours is spent asleep in one of two sleeps but not in the other.

    The 24 hours lie around the middle of both, the second moved back by a day; they hold both
    whole, unless together they reach over more than a day.
    """
    back = second[0] - A_DAY, second[1] - A_DAY
    start, end = min(first[0], back[0]), max(first[1], back[1])
    too_long = end - start - A_DAY
    if too_long > timedelta():
        start += too_long / 2
        end = start + A_DAY
    both = _overlap(*first, start, end), _overlap(*back, start, end)
    common = _overlap(max(first[0], back[0]), min(first[1], back[1]), start, end)
    return both[0] + both[1] - 2 * common


def _overlap(start: datetime, end: datetime, earliest: datetime, latest: datetime) -> timedelta:
    return max(min(end, latest) - max(start, earliest), timedelta())


def middle_of_sleep(night: Slept) -> datetime | None:
    """Halfway from falling asleep to waking for good, in the zone of the night."""
    fell_asleep, woke = night.fell_asleep, night.woke
    if fell_asleep is None or woke is None:
        return None
    onset, end = fell_asleep.astimezone(UTC), woke.astimezone(UTC)
    if end < onset:
        return None
    return (onset + (end - onset) / 2).astimezone(fell_asleep.tzinfo)


def social_jetlag(nights: Iterable[Slept]) -> SocialJetlag:
    """How far the middle of sleep lies apart before work days and before free days, in minutes.

    The difference between the two mean mid-sleep times, on the clock of each night's own zone,
    the shorter way round the dial. Only nights where the question about a free day is answered
    count. Source: Wittmann M, Dinich J, Merrow M, Roenneberg T. Social jetlag: misalignment of
    biological and social time. Chronobiol Int. 2006;23(1-2):497-509.
    doi:10.1080/07420520500545979
    """
    middles: dict[bool, list[float | None]] = {False: [], True: []}
    for night in nights:
        if night.free_day is not None:
            middles[night.free_day].append(clock_minutes(middle_of_sleep(night)))
    work, free = circular_mean(middles[False]), circular_mean(middles[True])
    if (
        work.value is None
        or free.value is None
        or work.n < FEWEST_OF_EACH
        or free.n < FEWEST_OF_EACH
    ):
        return SocialJetlag(None, work, free)
    return SocialJetlag(circular_difference(work.value, free.value), work, free)
