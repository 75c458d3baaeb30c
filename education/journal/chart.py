"""Geometry of the sleep-window chart: which night lies where between evening and morning.

Pure: nights in, positions out. Across, positions are percent of the chart's width; down, they
are em of its type. So the drawing fits any width while its words keep their size, on a phone
as in print.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from education.journal.models import Night
from education.journal.words import hour_words, short_duration_words, uses_twelve_hours

# Across, in percent: names of the days, the plot, time asleep.
PLOT_START, PLOT_END = 20.0, 80.0
LABEL_END, TOTAL_START = 18.0, 82.0
# Down, in em.
AXIS_HEIGHT, ROW_HEIGHT = 3.2, 2.15
BAR_HEIGHT, LINE_HEIGHT = 1.2, 0.42

STEP_HOURS, WIDE_STEP_HOURS, WIDEST_FINE_SPAN = 3, 6, 18
SHORTEST_SPAN = 12
USUAL_SPAN = (-3.0, 9.0)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _em(value: float) -> str:
    return f"{value:.2f}em"


@dataclass(frozen=True)
class Bar:
    """A stretch of a night: in bed, asleep, awake, or open (from trying to sleep to waking)."""

    kind: str
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True)
class Row:
    """One line of the chart: a night, or words where there is none to draw."""

    label: str
    bars: list[Bar]
    dots: list[str]
    gap: str
    total: str
    middle: str
    baseline: str


@dataclass(frozen=True)
class Tick:
    """A vertical line at a full hour."""

    x: str
    label: str
    word: str
    is_midnight: bool


@dataclass(frozen=True)
class Chart:
    """Everything that the template needs to draw the nights."""

    rows: list[Row]
    ticks: list[Tick]
    height: str
    has_open: bool = False
    hour_baseline: str = _em(AXIS_HEIGHT - 0.8)
    word_baseline: str = _em(1.1)
    top: str = _em(AXIS_HEIGHT - 0.4)
    label_x: str = _percent(LABEL_END)
    total_x: str = _percent(TOTAL_START)
    gap_x: str = _percent(PLOT_START + 1)


@dataclass
class Window:
    """A night on the clock: hours from the midnight that begins its diary date."""

    bed: tuple[float, float] | None = None
    asleep: tuple[float, float] | None = None
    open: tuple[float, float] | None = None
    awake: list[tuple[float, float]] = field(default_factory=list)
    points: list[float] = field(default_factory=list)


def hours_from_midnight(moment: datetime, diary_date: date) -> float:
    """Where the clock on the wall stood, in hours from the diary date's midnight."""
    midnight = datetime.combine(diary_date, time())
    return (moment.replace(tzinfo=None) - midnight) / timedelta(hours=1)


def window(night: Night) -> Window:
    """What can be drawn of a night. How long one lay awake is known, when is not."""
    placed = Window()

    def at(moment: datetime | None) -> float | None:
        return None if moment is None else hours_from_midnight(moment, night.diary_date)

    bed, tried = at(night.into_bed), at(night.tried_to_sleep)
    woke, up = at(night.woke), at(night.got_up)
    onset = at(night.fell_asleep)
    placed.points = [point for point in (bed, tried, woke, up) if point is not None]
    if len(placed.points) > 1:
        placed.bed = (min(placed.points), max(placed.points))
    waso = night.measures.awake_in_the_night
    if night.measures.asleep is not None and onset is not None and woke is not None:
        placed.asleep = (onset, woke)
        if tried is not None and onset > tried:
            placed.awake.append((tried, onset))
        if waso:
            middle, half = (onset + woke) / 2, waso / 120
            placed.awake.append((middle - half, middle + half))
    elif tried is not None and woke is not None:
        placed.open = (tried, woke)
    return placed


def span(windows: Iterable[Window]) -> tuple[int, int]:
    """First and last hour of the axis, full steps around all that is drawn."""
    points = [point for one in windows for point in one.points]
    first, last = (min(points), max(points)) if points else USUAL_SPAN
    step = STEP_HOURS if last - first <= WIDEST_FINE_SPAN else WIDE_STEP_HOURS
    start = math.floor(first / step) * step
    end = math.ceil(last / step) * step
    while end - start < SHORTEST_SPAN:
        end += step
        if end - start < SHORTEST_SPAN:
            start -= step
    return start, end


def draw(days: Iterable[date], nights: Mapping[date, Night], *, gap: str, untimed: str) -> Chart:
    """The chart of these days, one row each; `gap` names a day without a night to show.

    `untimed` names a night of which no time can be shown.
    """
    days = list(days)
    windows = {day: window(nights[day]) for day in days if day in nights}
    start, end = span(windows.values())

    def across(hour: float) -> float:
        return PLOT_START + (hour - start) / (end - start) * (PLOT_END - PLOT_START)

    rows = []
    for index, day in enumerate(days):
        middle = AXIS_HEIGHT + (index + 0.5) * ROW_HEIGHT
        placed = windows.get(day)
        words = gap if placed is None else "" if placed.points else untimed
        rows.append(
            Row(
                label=date_format(day, pgettext("chart label", "D j")),
                bars=_bars(placed, middle, across) if placed else [],
                dots=_dots(placed, across) if placed else [],
                gap=words,
                total=short_duration_words(nights[day].measures.asleep) if placed else "",
                middle=_em(middle),
                baseline=_em(middle + 0.35),
            )
        )
    return Chart(
        rows=rows,
        ticks=_ticks(start, end, across),
        height=_em(AXIS_HEIGHT + len(days) * ROW_HEIGHT + 0.3),
        has_open=any(placed.open for placed in windows.values()),
    )


def _bars(placed: Window, middle: float, across) -> list[Bar]:
    stretches: list[tuple[str, tuple[float, float], float]] = []
    if placed.bed:
        stretches.append(("bed", placed.bed, LINE_HEIGHT))
    if placed.open:
        stretches.append(("open", placed.open, BAR_HEIGHT))
    if placed.asleep:
        stretches.append(("asleep", placed.asleep, BAR_HEIGHT))
    stretches += [("awake", awake, BAR_HEIGHT) for awake in placed.awake]
    return [
        Bar(
            kind=kind,
            x=_percent(across(first)),
            # The autumn night can run backwards on the wall clock for an hour.
            width=_percent(max(across(last) - across(first), 0)),
            y=_em(middle - height / 2),
            height=_em(height),
        )
        for kind, (first, last), height in stretches
    ]


def _dots(placed: Window, across) -> list[str]:
    """Ends of the time in bed; also what is left to draw of a night with a single time."""
    ends = {min(placed.points), max(placed.points)} if placed.points else set()
    return [_percent(across(point)) for point in sorted(ends)]


def _ticks(start: int, end: int, across) -> list[Tick]:
    step = STEP_HOURS if end - start <= WIDEST_FINE_SPAN else WIDE_STEP_HOURS
    ticks = []
    for hour in range(start, end + 1, step):
        midnight, noon = hour % 24 == 0, hour % 24 == 12
        word = gettext("midnight") if midnight else gettext("noon") if noon else ""
        ticks.append(
            Tick(
                x=_percent(across(hour)),
                label=str(hour % 12 or 12) if uses_twelve_hours() else hour_words(hour),
                word=word,
                is_midnight=midnight,
            )
        )
    return ticks
