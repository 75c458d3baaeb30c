"""What assigning means for each of many patients, before anybody gets anything."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from education.articles.models import Level
from education.reading.assigning import last_levels
from education.reading.models import Assignment, Wanted
from education.reading.programmes import wanted_of

from .what import LAST, What


@dataclass
class Line:
    """One patient: what they get, and what of it they have already and keep as it is."""

    patient: User
    gets: list[Wanted] = field(default_factory=list)
    has: list[Assignment] = field(default_factory=list)
    # The level that they last really read, where it decided.
    last_level: Level | None = None

    @property
    def level(self) -> Level:
        """The level of the one article that they get."""
        return Level(self.gets[0].level)

    @property
    def size(self) -> int:
        """How many articles it is for somebody who has none of them."""
        return len(self.gets) + len(self.has)


@dataclass
class Plan:
    """Everything that is wanted, patient by patient in the order of their names."""

    wanted: list[Wanted]
    lines: list[Line]

    @property
    def getting(self) -> list[Line]:
        return [line for line in self.lines if line.gets]

    @property
    def having(self) -> list[Line]:
        """Who has all of it already."""
        return [line for line in self.lines if not line.gets]

    @property
    def fingerprint(self) -> str:
        """The same for as long as the same patients would get the same."""
        digest = hashlib.sha256()
        for one in self.wanted:
            digest.update(f"{one.patient.pk} {one.article.pk} {one.level} {one.due_on}\n".encode())
        return digest.hexdigest()


def plan_of(clinician: User, patients: Sequence[User], what: What, how: dict[str, Any]) -> Plan:
    """What these patients get when `what` is assigned as the form says; a few queries in all."""
    levels: dict[int, Level] = {}
    if what.programme:
        wanted = wanted_of(what.programme, patients, how["start_on"])
    else:
        article, there = what.editions[0].article, what.levels
        if how["level"] == LAST:
            levels = last_levels(patients)
        wanted = [
            Wanted(
                patient,
                article,
                levels.get(patient.pk, there[0]).nearest(there)
                if how["level"] == LAST
                else how["level"],
                how["due_on"],
            )
            for patient in patients
        ]
    lines = {patient.pk: Line(patient, last_level=levels.get(patient.pk)) for patient in patients}
    there_already = _open_already(clinician, wanted)
    for one in wanted:
        line = lines[one.patient.pk]
        assignment = there_already[one.patient.pk].get(one.article.pk)
        if assignment:
            line.has.append(assignment)
        else:
            line.gets.append(one)
    return Plan(wanted, list(lines.values()))


def _open_already(clinician: User, wanted: Sequence[Wanted]) -> dict[int, dict[int, Assignment]]:
    """By patient and article, what is assigned already of what is wanted."""
    found: dict[int, dict[int, Assignment]] = defaultdict(dict)
    articles = {one.article.pk: one.article for one in wanted}
    for assignment in (
        Assignment.objects.visible_to(clinician)
        .open()
        .filter(
            patient__in={one.patient.pk for one in wanted},
            article__in=list(articles),
        )
        .only("patient", "article", "level", "due_on")
    ):
        assignment.article = articles[assignment.article_id]
        found[assignment.patient_id][assignment.article_id] = assignment
    return found
