"""One measure over the nights: a dot for each, and a line only between neighboring nights."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from education.journal.words import day_words

from .places import circle, em, line, percent

# Across, in percent: the words of the scale end, the plot starts and ends.
LABEL_END, PLOT_START, PLOT_END = 13.0, 17.0, 93.0
# Down, in em.
TOP, PLOT_HEIGHT, AXIS_HEIGHT = 0.9, 8.4, 2.4
ROOMY_DOT, THIN_DOT = 0.3, 0.2
# With more weeks than this, every second is named, and on a phone every fourth.
WEEKS_WITH_ROOM = 5


# How the values of a measure are said.
Words = Callable[[float | None], str]


@dataclass(frozen=True)
class Scale:
    """A scale from `low` to `high` in steps, in the measure's own unit."""

    low: float
    high: float
    step: float

    @property
    def levels(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


@dataclass(frozen=True)
class Dot:
    """One night's value."""

    x: str
    y: str
    words: str


@dataclass(frozen=True)
class Segment:
    """The line between two neighboring nights."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True)
class Level:
    """A horizontal line of the scale with its words."""

    y: str
    baseline: str
    label: str


@dataclass(frozen=True)
class DayTick:
    """A vertical line at a day; `is_fine` where its words need much room."""

    x: str
    label: str
    is_fine: bool


@dataclass(frozen=True)
class Trend:
    """Everything that the template needs to draw one measure over the nights."""

    code: str
    name: str
    sentence: str
    dots: list[Dot]
    segments: list[Segment]
    levels: list[Level]
    ticks: list[DayTick]
    radius: str
    starts_at: str
    height: str = em(TOP + PLOT_HEIGHT + AXIS_HEIGHT)
    top: str = em(TOP)
    bottom: str = em(TOP + PLOT_HEIGHT)
    day_baseline: str = em(TOP + PLOT_HEIGHT + 1.6)
    label_x: str = percent(LABEL_END)
    plot_start: str = percent(PLOT_START - 2)
    plot_end: str = percent(PLOT_END + 1.5)

    @property
    def shapes(self) -> SafeString:
        """The lines, and the dots on them."""
        lines = [line("joined", one.x1, one.y1, one.x2, one.y2) for one in self.segments]
        dots = [
            circle(f"dot {self.code}", dot.x, dot.y, self.radius, dot.words) for dot in self.dots
        ]
        return SafeString("".join([*lines, *dots]))


def scale_for(
    values: Sequence[float], *, step: float, least_span: float, most: float | None = None
) -> Scale:
    """The scale around these values: full steps, never under zero nor over `most`.

    It spans at least `least_span`, so that small differences between nights stay small; with
    more than six steps they are doubled.
    """
    low = math.floor(min(values) / step) * step
    high = math.ceil(max(values) / step) * step
    while high - low < least_span:
        if low > 0:
            low -= step
        if high - low < least_span and (most is None or high < most):
            high += step
    while (high - low) / step > 6:
        step *= 2
        low = math.floor(low / step) * step
        high = math.ceil(high / step) * step
    return Scale(low, high, step)


def draw_trend(
    days: Sequence[date],
    values: Mapping[date, float],
    *,
    code: str,
    name: str,
    sentence: str,
    scale: Scale,
    words: Words,
) -> Trend:
    """The picture of a measure on these days in a row; days without a value stay empty."""

    def across(index: int) -> float:
        if len(days) < 2:
            return (PLOT_START + PLOT_END) / 2
        return PLOT_START + index / (len(days) - 1) * (PLOT_END - PLOT_START)

    def down(value: float) -> float:
        return TOP + (scale.high - value) / (scale.high - scale.low) * PLOT_HEIGHT

    dots, segments = [], []
    for index, day in enumerate(days):
        if day not in values:
            continue
        x, y = percent(across(index)), em(down(values[day]))
        dots.append(Dot(x, y, f"{day_words(day)}: {words(values[day])}"))
        before = values.get(day - timedelta(days=1))
        if index and before is not None:
            segments.append(Segment(percent(across(index - 1)), em(down(before)), x, y))
    return Trend(
        code=code,
        name=name,
        sentence=sentence,
        dots=dots,
        segments=segments,
        levels=[
            Level(em(down(level)), em(down(level) + 0.35), words(level)) for level in scale.levels
        ],
        ticks=_day_ticks(days, across),
        radius=em(ROOMY_DOT if len(days) <= 31 else THIN_DOT),
        starts_at="" if scale.low == 0 else words(scale.low),
    )


def _day_ticks(days: Sequence[date], across: Callable[[int], float]) -> list[DayTick]:
    mondays = [(index, day) for index, day in enumerate(days) if day.weekday() == 0]
    # A picture of a few days may have no Monday in it.
    marked = mondays or list(enumerate(days))[:1]
    many = len(marked) > WEEKS_WITH_ROOM
    return [
        DayTick(
            percent(across(index)),
            "" if many and count % 2 else date_format(day, pgettext("chart week", "j M")),
            is_fine=many and bool(count % 4),
        )
        for count, (index, day) in enumerate(marked)
    ]
