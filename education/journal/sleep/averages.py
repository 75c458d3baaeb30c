"""Means and spreads over nights, of durations and of clock times. Pure functions.

Clock times lie on a circle: halfway between 23:00 and 01:00 is midnight, not noon. They are
averaged as directions on a dial of 24 hours. Sources: Mardia KV. Statistics of Directional Data.
Academic Press; 1972. Fisher NI. Statistical Analysis of Circular Data. Cambridge University
Press; 1993.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import atan2, cos, fsum, hypot, log, pi, sin, sqrt

MINUTES_A_DAY = 1440
_RADIANS_A_MINUTE = 2 * pi / MINUTES_A_DAY
# Below this length the directions cancel each other, and what is left is rounding.
_NO_DIRECTION = 1e-6


@dataclass(frozen=True)
class Mean:
    """A mean with the number of nights that it rests on.

    The value is None when n is 0, and for clock times that have no mean (06:00 and 18:00).
    """

    value: float | None
    n: int


@dataclass(frozen=True)
class Spread:
    """How much values differ from night to night; the value is None when n is under 2."""

    value: float | None
    n: int


def mean(values: Iterable[float | None]) -> Mean:
    """Arithmetic mean of the answered values, in their own unit. Missing nights do not count."""
    answered = _answered(values)
    if not answered:
        return Mean(None, 0)
    return Mean(fsum(answered) / len(answered), len(answered))


def standard_deviation(values: Iterable[float | None]) -> Spread:
    """Sample standard deviation (divided by n - 1) of the answered values, in their own unit."""
    answered = _answered(values)
    n = len(answered)
    if n < 2:
        return Spread(None, n)
    middle = fsum(answered) / n
    return Spread(sqrt(fsum((value - middle) ** 2 for value in answered) / (n - 1)), n)


def clock_minutes(moment: datetime | None) -> float | None:
    """Minutes past midnight on the clock of the moment's own zone: 0 up to 1440."""
    if moment is None:
        return None
    return moment.hour * 60 + moment.minute + moment.second / 60


def circular_mean(values: Iterable[float | None]) -> Mean:
    """Mean direction of clock times, in minutes past midnight (0 up to 1440).

    The angle of the sum of unit vectors (Fisher 1993, section 2.3.1). The value is None when the
    times cancel each other: then no time of day is nearer to them than another.
    """
    answered = _answered(values)
    x, y = _resultant(answered)
    if not answered or hypot(x, y) < _NO_DIRECTION:
        return Mean(None, len(answered))
    minutes = atan2(y, x) / _RADIANS_A_MINUTE % MINUTES_A_DAY
    # The remainder of a tiny negative number is the divisor itself.
    return Mean(minutes if minutes < MINUTES_A_DAY else 0.0, len(answered))


def circular_deviation(values: Iterable[float | None]) -> Spread:
    """Circular standard deviation of clock times in minutes.

    The square root of -2 ln R, where R is the length of the mean of the unit vectors (Mardia
    1972; Fisher 1993, section 2.3.1), as minutes of the dial. For times that lie near each other
    it is close to the ordinary standard deviation (divided by n). None when they cancel.
    """
    answered = _answered(values)
    n = len(answered)
    length = hypot(*_resultant(answered))
    if n < 2 or length < _NO_DIRECTION:
        return Spread(None, n)
    return Spread(sqrt(-2 * log(min(length, 1.0))) / _RADIANS_A_MINUTE, n)


def circular_difference(first: float, second: float) -> float:
    """The shorter way round the dial between two clock times, in minutes: 0 to 720."""
    apart = abs(first - second) % MINUTES_A_DAY
    return min(apart, MINUTES_A_DAY - apart)


def _answered(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _resultant(minutes: list[float]) -> tuple[float, float]:
    """The mean of the unit vectors; its length is between 0 (all cancel) and 1 (all the same)."""
    if not minutes:
        return 0.0, 0.0
    # fsum is exact, so that the order of the nights makes no difference.
    angles = [minute * _RADIANS_A_MINUTE for minute in minutes]
    n = len(angles)
    return fsum(map(cos, angles)) / n, fsum(map(sin, angles)) / n
