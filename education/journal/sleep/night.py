"""One night of the diary: durations, moments and the share of time asleep. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def minutes_between(start: datetime | None, end: datetime | None) -> int | None:
    """Elapsed minutes from start to end; None when either is missing or end comes first."""
    if start is None or end is None:
        return None
    elapsed = end.astimezone(UTC) - start.astimezone(UTC)
    if elapsed < timedelta(0):
        return None
    return int(elapsed.total_seconds() // 60)


def time_in_bed(into_bed_at: datetime | None, got_up_at: datetime | None) -> int | None:
    """TIB in minutes: from getting into bed to getting up for the day."""
    return minutes_between(into_bed_at, got_up_at)


def time_awake_in_the_night(awakenings: int | None, minutes_awake: int | None) -> int | None:
    """WASO in minutes: time awake between falling asleep and waking for good.

    Who answers "no awakenings" has answered the minutes too: they are 0. Without either
    answer the time is unknown, not 0.
    """
    if minutes_awake is None and awakenings == 0:
        return 0
    return minutes_awake


def total_sleep_time(
    tried_to_sleep_at: datetime | None,
    minutes_to_fall_asleep: int | None,
    minutes_awake: int | None,
    woke_at: datetime | None,
) -> int | None:
    """TST in minutes: trying to sleep until waking for good, less SOL and WASO."""
    window = minutes_between(tried_to_sleep_at, woke_at)
    if window is None or minutes_to_fall_asleep is None or minutes_awake is None:
        return None
    asleep = window - minutes_to_fall_asleep - minutes_awake
    return asleep if asleep >= 0 else None


def sleep_efficiency(asleep: int | None, in_bed: int | None) -> float | None:
    """SE in percent: time asleep (TST) as a share of the time in bed (TIB), both in minutes."""
    if asleep is None or not in_bed or asleep > in_bed:
        return None
    return 100 * asleep / in_bed


def terminal_wakefulness(woke_at: datetime | None, got_up_at: datetime | None) -> int | None:
    """TWAK in minutes: from waking for good to getting up."""
    return minutes_between(woke_at, got_up_at)


def fell_asleep_at(
    tried_to_sleep_at: datetime | None, minutes_to_fall_asleep: int | None
) -> datetime | None:
    """Sleep onset, an aware datetime in UTC: began trying to sleep plus SOL in minutes."""
    if tried_to_sleep_at is None or minutes_to_fall_asleep is None:
        return None
    return tried_to_sleep_at.astimezone(UTC) + timedelta(minutes=minutes_to_fall_asleep)


def midpoint(
    tried_to_sleep_at: datetime | None,
    minutes_to_fall_asleep: int | None,
    woke_at: datetime | None,
) -> datetime | None:
    """Sleep midpoint, an aware datetime in UTC: halfway from falling asleep to waking for good."""
    onset = fell_asleep_at(tried_to_sleep_at, minutes_to_fall_asleep)
    if onset is None or woke_at is None or woke_at.astimezone(UTC) < onset:
        return None
    return onset + (woke_at.astimezone(UTC) - onset) / 2


@dataclass(frozen=True)
class Measures:
    """What can be worked out from one night; minutes, percent and UTC moments."""

    in_bed: int | None
    asleep: int | None
    efficiency: float | None
    awake_in_the_night: int | None
    awake_before_getting_up: int | None
    fell_asleep_at: datetime | None
    midpoint: datetime | None


def measure(
    *,
    into_bed_at: datetime | None = None,
    tried_to_sleep_at: datetime | None = None,
    minutes_to_fall_asleep: int | None = None,
    awakenings: int | None = None,
    minutes_awake: int | None = None,
    woke_at: datetime | None = None,
    got_up_at: datetime | None = None,
) -> Measures:
    """All measures of one night from its answers (moments aware, durations in minutes)."""
    in_bed = time_in_bed(into_bed_at, got_up_at)
    waso = time_awake_in_the_night(awakenings, minutes_awake)
    asleep = total_sleep_time(tried_to_sleep_at, minutes_to_fall_asleep, waso, woke_at)
    return Measures(
        in_bed=in_bed,
        asleep=asleep,
        efficiency=sleep_efficiency(asleep, in_bed),
        awake_in_the_night=waso,
        awake_before_getting_up=terminal_wakefulness(woke_at, got_up_at),
        fell_asleep_at=fell_asleep_at(tried_to_sleep_at, minutes_to_fall_asleep),
        midpoint=midpoint(tried_to_sleep_at, minutes_to_fall_asleep, woke_at),
    )
