"""Sleep measures of one diary night, their means, and how alike the nights are. Pure functions.

The questions and the measures are those of the Consensus Sleep Diary: Carney CE, Buysse DJ,
Ancoli-Israel S, et al. The consensus sleep diary: standardizing prospective sleep
self-monitoring. Sleep. 2012;35(2):287-302. doi:10.5665/sleep.1642

Conventions, the same for every function here:

- Moments are aware datetimes. Differences are taken in UTC, because Python subtracts two
  datetimes of one zone by wall clock, which is an hour wrong in the nights when clocks change.
- Durations are minutes, shares are percent, clock times are minutes past midnight.
- None means "not answered". A measure with an input missing, or with inputs that contradict
  each other, is None too: it is never guessed and never 0.
- Functions over several nights do not mind their order.
"""

from .averages import (
    MINUTES_A_DAY,
    Mean,
    Spread,
    circular_deviation,
    circular_difference,
    circular_mean,
    clock_minutes,
    mean,
    standard_deviation,
)
from .night import (
    Measures,
    fell_asleep_at,
    measure,
    midpoint,
    minutes_between,
    sleep_efficiency,
    terminal_wakefulness,
    time_awake_in_the_night,
    time_in_bed,
    total_sleep_time,
)
from .regularity import (
    FEWEST_OF_EACH,
    FEWEST_PAIRS,
    Regularity,
    Slept,
    SocialJetlag,
    middle_of_sleep,
    sleep_regularity,
    social_jetlag,
)

__all__ = [
    "FEWEST_OF_EACH",
    "FEWEST_PAIRS",
    "MINUTES_A_DAY",
    "Mean",
    "Measures",
    "Regularity",
    "Slept",
    "SocialJetlag",
    "Spread",
    "circular_deviation",
    "circular_difference",
    "circular_mean",
    "clock_minutes",
    "fell_asleep_at",
    "mean",
    "measure",
    "middle_of_sleep",
    "midpoint",
    "minutes_between",
    "sleep_efficiency",
    "sleep_regularity",
    "social_jetlag",
    "standard_deviation",
    "terminal_wakefulness",
    "time_awake_in_the_night",
    "time_in_bed",
    "total_sleep_time",
]
