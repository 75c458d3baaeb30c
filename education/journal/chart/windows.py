"""The sleep windows: which night lies where between evening and morning."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from education.journal.models import Night
from education.journal.words import (
    clock_words,
    day_words,
    duration_words,
    short_duration_words,
)

from .axis import PLOT_START, Tick, span, ticks
from .places import circle, em, percent, rect
from .wall import ClockChange, Piece, Remark, Wall, moments_of

# Across, in percent: the names of the days end, the time asleep starts, the lines of weeks start.
LABEL_END, TOTAL_START = 18.0, 82.0
WEEK_START = 8.0
# Down, in em.
AXIS_HEIGHT, WORD_BASELINE, BAND_HEIGHT, SHORTEST_LABELLED = 3.2, 1.1, 1.7, 1.9

BED, OPEN, ASLEEP, CUT, AWAKE = "bed", "open", "asleep", "cut", "awake"


@dataclass(frozen=True)
class Layout:
    """How much room a row has, in em, and how far the plot reaches, in percent.

    The kinds of stretches are told apart by their height.
    """

    row: float
    tall: float
    middling: float
    line: float
    end: float
    plot_end: float = 80.0
    is_thin: bool = False

    def height(self, kind: str, is_twice: bool) -> float:
        # What is cut out of a bar is a little taller, so that no hairline of it stays.
        height = {BED: self.line, AWAKE: self.middling, CUT: self.tall + 0.14}.get(kind, self.tall)
        return height * 1.4 if is_twice else height


ROOMY = Layout(row=2.15, tall=1.2, middling=0.72, line=0.3, end=0.26)
CLOSE = Layout(row=1.6, tall=0.95, middling=0.56, line=0.26, end=0.22)
THIN = Layout(row=0.64, tall=0.5, middling=0.3, line=0.12, end=0.13, plot_end=93.0, is_thin=True)


def layout_for(days: int, is_close: bool = False) -> Layout:
    """The more days, the less room for each; thin rows are named by their weeks."""
    return ROOMY if days <= 14 and not is_close else CLOSE if days <= 31 else THIN


@dataclass(frozen=True)
class Bar:
    """A stretch of a night: in bed, asleep, awake, or open (from trying to sleep to waking)."""

    kind: str
    x: str
    width: str
    y: str
    height: str

    @property
    def shape(self) -> SafeString:
        return rect(self.kind, self.x, self.y, self.width, self.height)


@dataclass(frozen=True)
class Row:
    """One line of the chart: a night, or words where there is none to draw."""

    label: str
    words: str
    bars: list[Bar]
    dots: list[str]
    gap: str
    is_missing: bool
    total: str
    middle: str
    baseline: str
    end_radius: str

    @property
    def shapes(self) -> SafeString:
        """All that is drawn of the night."""
        dots = [circle("end", dot, self.middle, self.end_radius) for dot in self.dots]
        return SafeString("".join([*dots, *(bar.shape for bar in self.bars)]))


@dataclass(frozen=True)
class Line:
    """Words between two rows, or the first day of a week, with the line that they stand on."""

    y: str
    baseline: str
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template needs to draw the nights."""

    rows: list[Row]
    ticks: list[Tick]
    bands: list[Line]
    weeks: list[Line]
    gaps: list[Line]
    height: str
    plot_end: str
    week_baseline: str
    is_thin: bool = False
    has_open: bool = False
    has_awake: bool = False
    has_missing: bool = False
    has_untimed: bool = False
    hour_baseline: str = em(AXIS_HEIGHT - 0.8)
    word_baseline: str = em(WORD_BASELINE)
    top: str = em(AXIS_HEIGHT - 0.4)
    label_x: str = percent(LABEL_END)
    plot_start: str = percent(PLOT_START)
    week_start: str = percent(WEEK_START)
    total_x: str = percent(TOTAL_START)
    gap_x: str = percent(PLOT_START + 1)


@dataclass
class Window:
    """A night on the clock: stretches by kind, and the hours of its answered times."""

    stretches: list[tuple[str, Piece]] = field(default_factory=list)
    points: list[float] = field(default_factory=list)
    change: ClockChange | None = None

    @property
    def reach(self) -> list[float]:
        """Every hour that something is drawn at."""
        ends = [hour for _kind, piece in self.stretches for hour in (piece.first, piece.last)]
        return self.points + ends


def window(night: Night) -> Window:
    """What can be drawn of a night. How long one lay awake is known, when is not."""
    wall = Wall(night)
    moments = moments_of(night)
    placed = Window(points=[wall.hour(moment) for moment in moments], change=wall.change)

    def add(kind: str, start: datetime, end: datetime) -> None:
        placed.stretches += [(kind, piece) for piece in wall.pieces(start, end)]

    if len(moments) > 1:
        add(BED, moments[0], moments[-1])
    tried, onset, woke = night.tried_to_sleep, night.fell_asleep, night.woke
    if night.measures.asleep is not None and tried and onset and woke:
        add(ASLEEP, onset, woke)
        if night.minutes_to_fall_asleep:
            add(AWAKE, tried, onset)
        if night.measures.awake_in_the_night:
            half = timedelta(minutes=night.measures.awake_in_the_night) / 2
            onset, woke = onset.astimezone(UTC), woke.astimezone(UTC)
            middle = onset + (woke - onset) / 2
            add(CUT, middle - half, middle + half)
            add(AWAKE, middle - half, middle + half)
    elif tried and woke:
        add(OPEN, tried, woke)
    return placed


def draw(
    days: Sequence[date],
    nights: Mapping[date, Night],
    *,
    gap: str,
    untimed: str,
    remarks: Iterable[Remark] = (),
    is_close: bool = False,
) -> Chart:
    """The chart of these days in a row, one line each; `gap` names a day without a night.

    `untimed` names a night of which no time can be shown. Remarks stand above their night.
    """
    layout = layout_for(len(days), is_close)
    windows = {day: window(nights[day]) for day in days if day in nights}
    start, end = span([hour for one in windows.values() for hour in one.reach])

    def across(hour: float) -> float:
        return PLOT_START + (hour - start) / (end - start) * (layout.plot_end - PLOT_START)

    notes: dict[date, list[str]] = {}
    for remark in remarks:
        notes.setdefault(remark.date, []).append(remark.short)
    rows, bands, tops = [], [], {}
    top = AXIS_HEIGHT
    for day in days:
        for text in notes.get(day, ()):
            bands.append(Line(em(top + BAND_HEIGHT - 0.25), em(top + BAND_HEIGHT - 0.6), text))
            top += BAND_HEIGHT
        tops[day] = top
        placed, middle = windows.get(day), top + layout.row / 2
        words = gap if placed is None else "" if placed.points else untimed
        rows.append(
            Row(
                label="" if layout.is_thin else date_format(day, pgettext("chart label", "D j")),
                words=_words(nights[day]) if placed and placed.points else "",
                bars=_bars(placed, middle, layout, across) if placed else [],
                dots=_dots(placed, across) if placed else [],
                gap="" if layout.is_thin else words,
                is_missing=placed is None,
                total=_total(nights[day], layout) if placed else "",
                middle=em(middle),
                baseline=em(middle + 0.35),
                end_radius=em(layout.end),
            )
        )
        top += layout.row
    kinds = {kind for one in windows.values() for kind, _piece in one.stretches}
    lines = ticks(start, end, across)
    return Chart(
        rows=rows,
        ticks=lines,
        bands=bands,
        weeks=_weeks(tops, layout) if layout.is_thin else [],
        gaps=_gaps(tops, windows, gap, layout) if layout.is_thin else [],
        height=em(top + 0.3),
        plot_end=percent(layout.plot_end),
        # Beside the first line's word or its hour: whichever is not there or is shorter.
        week_baseline=em(AXIS_HEIGHT - 0.8 if lines[0].word else WORD_BASELINE),
        is_thin=layout.is_thin,
        has_open=OPEN in kinds,
        has_awake=AWAKE in kinds,
        has_missing=len(windows) < len(days),
        has_untimed=not all(one.points for one in windows.values()),
    )


def _total(night: Night, layout: Layout) -> str:
    return "" if layout.is_thin else short_duration_words(night.measures.asleep)


def _words(night: Night) -> str:
    """A night in a few words, for whoever points at it."""
    moments = moments_of(night)
    words = f"{day_words(night.diary_date)}: {clock_words(moments[0])}"
    if len(moments) > 1:
        words += f" – {clock_words(moments[-1])}"
    if night.measures.asleep is not None:
        asleep = gettext("asleep %(duration)s") % {
            "duration": duration_words(night.measures.asleep)
        }
        words += f", {asleep}"
    return words


def _bars(
    placed: Window, middle: float, layout: Layout, across: Callable[[float], float]
) -> list[Bar]:
    bars = []
    for kind, piece in placed.stretches:
        height = layout.height(kind, piece.is_twice)
        bars.append(
            Bar(
                kind=kind,
                x=percent(across(piece.first)),
                width=percent(max(across(piece.last) - across(piece.first), 0)),
                y=em(middle - height / 2),
                height=em(height),
            )
        )
    return bars


def _dots(placed: Window, across: Callable[[float], float]) -> list[str]:
    """Ends of the time in bed; also what is left to draw of a night with a single time."""
    ends = {placed.points[0], placed.points[-1]} if placed.points else set()
    return [percent(across(point)) for point in sorted(ends)]


def _weeks(tops: Mapping[date, float], layout: Layout) -> list[Line]:
    """The Mondays of thin rows, and the first day where its week has room for a name."""
    lines = []
    days = list(tops)
    for index, day in enumerate(days):
        if day.weekday() and index:
            continue
        rest = min(7 - day.weekday(), len(days) - index)
        text = date_format(day, pgettext("chart week", "j M"))
        top = tops[day]
        lines.append(Line(em(top), em(top + 0.9), text if rest * layout.row > 1.2 else ""))
    return lines


def _gaps(
    tops: Mapping[date, float], windows: Mapping[date, Window], gap: str, layout: Layout
) -> list[Line]:
    """Words for the missing nights in a row, where together they have room for them."""
    lines = []
    for is_there, run in groupby(tops, key=lambda day: day in windows):
        days = list(run)
        if not is_there and len(days) * layout.row >= SHORTEST_LABELLED:
            middle = (tops[days[0]] + tops[days[-1]] + layout.row) / 2
            lines.append(Line(em(middle), em(middle + 0.35), gap))
    return lines
