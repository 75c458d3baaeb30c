"""The nights of a diary as a table: the numbers that its pictures are drawn from.

Cells are words, ready to be shown; an empty one is a question that was not answered.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from education.journal import sleep
from education.journal.chart.wall import Remark, place_of
from education.journal.models import Night
from education.journal.words import clock_words, day_words, duration_words, percent_words

# Longer tables are divided by weeks, so that one finds the way.
MOST_UNDIVIDED = 31

Words = Callable[[Night], str]


@dataclass(frozen=True)
class Column:
    """One question or measure: its heading, its words, and of a measure what to average."""

    title: str | Promise
    words: Words
    is_number: bool = True
    is_optional: bool = False
    value: Callable[[Night], float | None] | None = None
    value_words: Callable[[float | None], str] = duration_words


def _measure(
    title: Promise,
    value: Callable[[Night], float | None],
    value_words: Callable[[float | None], str] = duration_words,
) -> Column:
    return Column(
        title, lambda night: value_words(value(night)), value=value, value_words=value_words
    )


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _yes_no(value: bool | None) -> str:
    return "" if value is None else gettext("yes") if value else gettext("no")


def _naps(night: Night) -> str:
    if night.naps is None or not night.nap_minutes:
        return _number(night.naps) or duration_words(night.nap_minutes)
    return gettext("%(count)d, %(duration)s") % {
        "count": night.naps,
        "duration": duration_words(night.nap_minutes),
    }


COLUMNS = (
    _measure(_("Asleep"), lambda night: night.measures.asleep),
    _measure(_("In bed"), lambda night: night.measures.in_bed),
    _measure(_("Asleep of time in bed"), lambda night: night.measures.efficiency, percent_words),
    Column(_("Into bed"), lambda night: clock_words(night.into_bed)),
    Column(_("Began trying"), lambda night: clock_words(night.tried_to_sleep)),
    Column(_("To fall asleep"), lambda night: duration_words(night.minutes_to_fall_asleep)),
    Column(_("Times awake"), lambda night: _number(night.awakenings)),
    Column(_("Awake in the night"), lambda night: duration_words(night.minutes_awake)),
    Column(_("Woke for good"), lambda night: clock_words(night.woke)),
    Column(_("Got up"), lambda night: clock_words(night.got_up)),
    Column(_("Quality"), lambda night: night.get_quality_display() or "", is_number=False),
    Column(
        _("Rested on waking"),
        lambda night: night.get_refreshed_display() or "",
        is_number=False,
        is_optional=True,
    ),
    Column(_("Free day"), lambda night: _yes_no(night.free_day), is_number=False, is_optional=True),
    Column(_("Alarm"), lambda night: _yes_no(night.alarm_used), is_number=False, is_optional=True),
    Column(_("Naps"), _naps, is_optional=True),
    Column(
        _("Alcoholic drinks"),
        lambda night: _number(night.alcoholic_drinks),
        is_optional=True,
    ),
    Column(
        _("Drinks with caffeine"),
        lambda night: _number(night.caffeinated_drinks),
        is_optional=True,
    ),
)


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, and under an average how many nights it rests on."""

    words: str
    is_number: bool
    note: str = ""


@dataclass(frozen=True)
class Row:
    """A day with its cells; without a night, the words for that instead."""

    date: date
    cells: list[Cell]
    gap: str = ""


@dataclass
class Group:
    """Some days in a row, under a heading of their own where there is one."""

    title: str = ""
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Table:
    """Headings, days and averages."""

    headings: list[Cell]
    groups: list[Group]
    averages: list[Cell]
    has_optional: bool = False

    @property
    def width(self) -> int:
        """How many columns there are beside the day."""
        return len(self.headings)


def build(
    days: Sequence[date],
    nights: Sequence[Night],
    *,
    gap: str,
    remarks: Iterable[Remark] = (),
    basis: Callable[[int, int], str],
) -> Table:
    """The table of these days in a row. `basis` says on how many of how many nights it rests."""
    by_date = {night.diary_date: night for night in nights}
    columns = [
        column
        for column in COLUMNS
        if not column.is_optional or any(column.words(night) for night in nights)
    ]
    remarks = list(remarks)
    if remarks:
        columns.append(_zone_column(remarks))
    groups = [Group()]
    for day in days:
        if len(days) > MOST_UNDIVIDED and (day.weekday() == 0 or not groups[-1].title):
            in_week = [one for one in days if 0 <= (one - day).days < 7 - day.weekday()]
            week = [by_date[one] for one in in_week if one in by_date]
            groups.append(Group(_week_words(in_week, week, basis)))
        groups[-1].rows.append(_row(day, by_date.get(day), columns, gap))
    return Table(
        headings=[Cell(str(column.title), column.is_number) for column in columns],
        groups=[group for group in groups if group.rows],
        averages=[_average(column, nights) for column in columns],
        has_optional=any(column.is_optional for column in columns),
    )


def _row(day: date, night: Night | None, columns: Sequence[Column], gap: str) -> Row:
    if night is None:
        return Row(day, [], gap)
    return Row(day, [Cell(column.words(night), column.is_number) for column in columns])


def _zone_column(remarks: Sequence[Remark]) -> Column:
    """Whose clock the times are of, and what happened to it."""
    changes = {one.date: one.change for one in remarks if one.change}

    def words(night: Night) -> str:
        place, change = place_of(night.zone), changes.get(night.diary_date)
        return f"{place}, {change}" if change else place

    return Column(_("Times in"), words, is_number=False)


def _average(column: Column, nights: Sequence[Night]) -> Cell:
    if column.value is None:
        return Cell("", column.is_number)
    mean = sleep.mean(column.value(night) for night in nights)
    if mean.value is None:
        return Cell(gettext("not enough answered"), column.is_number)
    note = ngettext("%(n)d night", "%(n)d nights", mean.n) % {"n": mean.n}
    return Cell(column.value_words(mean.value), column.is_number, note)


def _week_words(
    days: Sequence[date], nights: Sequence[Night], basis: Callable[[int, int], str]
) -> str:
    """A week's heading with its mean time asleep."""
    values = {"first": day_words(days[0]), "last": day_words(days[-1])}
    title = gettext("%(first)s to %(last)s") % values if len(days) > 1 else values["first"]
    mean = sleep.mean(night.measures.asleep for night in nights)
    if mean.value is None:
        return title
    return gettext("%(days)s: asleep %(duration)s on average (%(basis)s)") % {
        "days": title,
        "duration": duration_words(mean.value),
        "basis": basis(mean.n, len(days)),
    }
