"""Nights and reflections in one line of dates by month, a page at a time.

Pages are cut between dates and found by date, never by counting, so that the last page of ten
years costs as much as the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, Max, Min, OuterRef, QuerySet

from education.articles.models import Edition
from education.journal.converters import FIRST_YEAR, LAST_YEAR
from education.journal.models import Night, Reflection

PAGE_SIZE = 20


@dataclass
class Date:
    """What was written down on one date."""

    date: date
    night: Night | None = None
    reflections: list[Reflection] = field(default_factory=list)


@dataclass
class Month:
    """The dates of one month that are on a page; `first` is the first of the month."""

    first: date
    dates: list[Date]


@dataclass
class Page:
    """Some dates, newest first, and where to go on from here."""

    dates: list[Date]
    older_than: date | None
    newer_than: date | None

    @property
    def months(self) -> list[Month]:
        """The dates by month, newest first."""
        by_month = groupby(self.dates, key=lambda one: one.date.replace(day=1))
        return [Month(first, list(dates)) for first, dates in by_month]


def page(patient: Any, *, before: date | None = None, after: date | None = None) -> Page:
    """The newest page, or the one before a date, or the one after it. Two queries."""
    if after is not None:
        entries, more = _fetch(patient, newer_than=after)
        if more:
            entries.reverse()
            return Page(_by_date(entries), _when(entries[-1]), _when(entries[0]))
        before = None
    entries, more = _fetch(patient, older_than=before)
    newest = _when(entries[0]) if entries else None
    return Page(
        _by_date(entries),
        older_than=_when(entries[-1]) if more else None,
        newer_than=newest if before else None,
    )


def months(patient: Any) -> list[date]:
    """The first days of all months from the newest entry back to the oldest one. One query."""
    nights = Night.objects.visible_to(patient).order_by().values("patient")
    reflections = Reflection.objects.visible_to(patient).order_by().values("patient")
    spans = nights.values_list(Min("diary_date"), Max("diary_date")).union(
        reflections.values_list(Min("on"), Max("on"))
    )
    ends = [day for span in spans for day in span]
    if not ends:
        return []
    found, month = [], max(ends).replace(day=1)
    while month >= min(ends).replace(day=1):
        found.append(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return found


def parse_month(value: str) -> date:
    """The first day of the month that YYYY-MM names. Raises ValueError for anything else."""
    if len(value) != 7 or not value.isascii():
        raise ValueError("not a month")
    found = date.fromisoformat(f"{value}-01")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("out of reach")
    return found


def after_month(month: date) -> date:
    """The first day of the month that follows."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def with_source(reflections: QuerySet[Reflection]) -> QuerySet[Reflection]:
    """With the article that each one answers, and whether that can still be read (`readable`)."""
    published = Edition.objects.published().filter(
        article=OuterRef("edition__article"), level=OuterRef("edition__level")
    )
    return reflections.select_related("edition__article").annotate(readable=Exists(published))


def _fetch(
    patient: Any, *, older_than: date | None = None, newer_than: date | None = None
) -> tuple[list[Night | Reflection], bool]:
    """Entries of whole dates, nearest to the limit first, and whether there are more."""
    nights = Night.objects.visible_to(patient)
    reflections = with_source(Reflection.objects.visible_to(patient))
    if newer_than:
        nights = nights.filter(diary_date__gt=newer_than).order_by("diary_date")
        reflections = reflections.filter(on__gt=newer_than).order_by("on", "pk")
    else:
        if older_than:
            nights = nights.filter(diary_date__lt=older_than)
            reflections = reflections.filter(on__lt=older_than)
        nights, reflections = nights.order_by("-diary_date"), reflections.order_by("-on", "-pk")
    entries: list[Night | Reflection] = [*nights[: PAGE_SIZE + 1], *reflections[: PAGE_SIZE + 1]]
    entries.sort(key=_when, reverse=newer_than is None)
    if len(entries) <= PAGE_SIZE:
        return entries, False
    cut = _when(entries[PAGE_SIZE])
    kept = [entry for entry in entries[:PAGE_SIZE] if _when(entry) != cut]
    # A date with more than a page of reflections is a page of its own.
    return kept or _whole_date(nights, reflections, cut), True


def _whole_date(
    nights: QuerySet[Night], reflections: QuerySet[Reflection], day: date
) -> list[Night | Reflection]:
    return [*nights.filter(diary_date=day), *reflections.filter(on=day)]


def _when(entry: Night | Reflection) -> date:
    return entry.diary_date if isinstance(entry, Night) else entry.on


def _by_date(entries: Iterable[Night | Reflection]) -> list[Date]:
    dates = []
    for day, group in groupby(entries, key=_when):
        one = Date(day)
        for entry in group:
            if isinstance(entry, Night):
                one.night = entry
            else:
                one.reflections.append(entry)
        dates.append(one)
    return dates
