"""How the numbers of the journal are calculated, for whoever is shown them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal.figures import night_figures
from education.journal.figures.figure import Kind
from education.journal.figures.kinds import KINDS
from education.journal.figures.sources import SOURCES
from education.journal.models import Night
from education.journal.words import hour_words


@dataclass(frozen=True)
class Group:
    """Kinds of figures under one heading."""

    title: str
    kinds: list[Kind]


@audience(Role.PATIENT, Role.CLINICIAN)
@require_safe
def how(request: HttpRequest) -> HttpResponse:
    """Formulas, sources and limits of every measure, with one night worked through."""
    groups = [
        Group(title, list(kinds)) for title, kinds in groupby(KINDS, lambda one: str(one.group))
    ]
    context = {
        "groups": groups,
        "sources": SOURCES,
        "example": night_figures(_example()),
        "hours": {
            "top": hour_words(0),
            "right": hour_words(6),
            "left": hour_words(18),
            "bottom": hour_words(12),
            "first": hour_words(22),
            "second": hour_words(2),
        },
    }
    return render(request, "journal/how_we_calculate.html", context)


def _example() -> Night:
    """A made-up night; it is never stored."""

    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 3, day, hour, minute, tzinfo=UTC)

    return Night(
        diary_date=date(2026, 3, 3),
        zone="UTC",
        into_bed_at=at(2, 22, 0),
        tried_to_sleep_at=at(2, 22, 30),
        minutes_to_fall_asleep=18,
        awakenings=2,
        minutes_awake=30,
        woke_at=at(3, 6, 30),
        got_up_at=at(3, 6, 45),
    )
