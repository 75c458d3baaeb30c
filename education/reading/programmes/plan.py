"""What a programme means on the day it is assigned: which text, at which level, by which day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from education.articles.models import Edition, Level
from education.reading.models import Programme, ProgrammeStep, Wanted


@dataclass(frozen=True)
class Planned:
    """A step of a programme with the edition that whoever is assigned it today gets."""

    step: ProgrammeStep
    # None when no level of the article is published any more: the step is left out.
    edition: Edition | None

    @property
    def level(self) -> Level:
        """The level that is assigned: the step's own, or the nearest one that is published."""
        return Level(self.edition.level if self.edition else self.step.level)

    @property
    def is_other_level(self) -> bool:
        """Whether the step's own level is not published, and another one stands in for it."""
        return self.edition is not None and self.edition.level != self.step.level

    @property
    def wanted_level(self) -> Level:
        """The level that the programme asks for."""
        return Level(self.step.level)


def plans(programmes: Iterable[Programme]) -> dict[int, list[Planned]]:
    """By programme (its pk), its steps in order; two queries for any number of programmes."""
    result: dict[int, list[Planned]] = {programme.pk: [] for programme in programmes}
    steps = list(
        ProgrammeStep.objects.filter(programme__in=result)
        .select_related("article")
        .order_by("programme", "position", "pk")
    )
    published: dict[int, dict[Level, Edition]] = {}
    for edition in Edition.objects.published().filter(article__in={s.article_id for s in steps}):
        published.setdefault(edition.article_id, {})[Level(edition.level)] = edition
    for step in steps:
        there = published.get(step.article_id)
        given = there[Level(step.level).nearest(list(there))] if there else None
        result[step.programme_id].append(Planned(step, given))
    return result


def plan(programme: Programme) -> list[Planned]:
    """The steps of one programme in order, each with the edition that is assigned today."""
    return plans([programme])[programme.pk]


def wanted_of(programme: Programme, patients: Sequence[User], start: date) -> list[Wanted]:
    """What assigning the programme gives these patients when it starts on this day.

    Each step is due its days after the start. A level that is not published any more falls to
    the nearest one that is; an article without any published level is left out. Two queries.
    """
    steps = [one for one in plan(programme) if one.edition is not None]
    return [
        Wanted(patient, one.step.article, one.level, one.step.due_on(start))
        for patient in patients
        for one in steps
    ]
