"""The hours above the sleep windows."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from education.journal.words import hour_words, uses_twelve_hours

from .places import percent

# Across, in percent.
PLOT_START = 20.0

# Hours between two lines of the axis, for how many hours in all.
STEPS = ((18, 3), (42, 6), (math.inf, 12))
SHORTEST_SPAN = 12
USUAL_SPAN = (-3.0, 9.0)
# Within this many hours there is room to write "noon" and every midnight.
WORDED_SPAN = 30


@dataclass(frozen=True)
class Tick:
    """A vertical line at a full hour."""

    x: str
    label: str
    word: str
    is_midnight: bool


def step_for(hours: float) -> int:
    """Hours from one line of the axis to the next."""
    return next(step for most, step in STEPS if hours <= most)


def span(hours: Sequence[float]) -> tuple[int, int]:
    """First and last hour of the axis, full steps around all that is drawn."""
    first, last = (min(hours), max(hours)) if hours else USUAL_SPAN
    step, start, end = 0, first, last
    # Rounding may reach farther, and ask for a wider step: then again with that one.
    while step != step_for(end - start):
        step = step_for(end - start)
        start, end = math.floor(first / step) * step, math.ceil(last / step) * step
    while end - start < SHORTEST_SPAN:
        end += step
        if end - start < SHORTEST_SPAN:
            start -= step
    return int(start), int(end)


def ticks(start: int, end: int, across: Callable[[float], float]) -> list[Tick]:
    """The lines of an axis from one hour to another."""
    lines = []
    for hour in range(start, end + 1, step_for(end - start)):
        midnight, noon = hour % 24 == 0, hour % 24 == 12
        word = gettext("midnight") if midnight else gettext("noon") if noon else ""
        lines.append(
            Tick(
                x=percent(across(hour)),
                label=str(hour % 12 or 12) if uses_twelve_hours() else hour_words(hour),
                word=word if end - start <= WORDED_SPAN or hour == 0 else "",
                is_midnight=midnight,
            )
        )
    return lines
