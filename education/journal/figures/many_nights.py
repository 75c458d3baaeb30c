"""The figures of a stretch of the diary: averages, usual times, and how alike the nights are."""

from typing import TYPE_CHECKING

from education.journal import sleep
from education.journal.models import Night

from . import alike, averages, kinds
from .figure import Figure
from .stretch import Stretch

if TYPE_CHECKING:
    from education.journal.diary import Diary


def diary_figures(diary: "Diary") -> list[Figure]:
    """The figures of the nights in a diary, from what may be shown of them. No queries."""
    stretch = Stretch(diary)
    figures = [
        averages.duration(stretch, kinds.ASLEEP, lambda night: night.measures.asleep),
        averages.duration(stretch, kinds.IN_BED, lambda night: night.measures.in_bed),
        averages.efficiency(stretch),
        averages.duration(
            stretch, kinds.TO_FALL_ASLEEP, lambda night: night.minutes_to_fall_asleep
        ),
        averages.awakenings(stretch),
        averages.duration(stretch, kinds.AWAKE, lambda night: night.measures.awake_in_the_night),
        averages.duration(
            stretch,
            kinds.AWAKE_BEFORE_GETTING_UP,
            lambda night: night.measures.awake_before_getting_up,
        ),
        averages.clock(stretch, kinds.INTO_BED, lambda night: sleep.clock_minutes(night.into_bed)),
        averages.clock(
            stretch, kinds.FELL_ASLEEP, lambda night: sleep.clock_minutes(night.fell_asleep)
        ),
        averages.clock(
            stretch, kinds.MIDDLE, lambda night: sleep.clock_minutes(sleep.middle_of_sleep(night))
        ),
        averages.clock(stretch, kinds.WOKE, lambda night: sleep.clock_minutes(night.woke)),
        averages.clock(stretch, kinds.GOT_UP, lambda night: sleep.clock_minutes(night.got_up)),
        alike.regularity(stretch),
        alike.social_jetlag(stretch),
        alike.in_words(stretch, kinds.QUALITY, Night.Quality),
    ]
    rested = alike.in_words(stretch, kinds.REFRESHED, Night.Refreshed)
    # An optional question, not worth a line where it was never answered.
    return [*figures, rested] if rested.is_known else figures
