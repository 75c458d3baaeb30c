"""Visits that have been: what was answered, agreed and given to read at each."""

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from education.care.models import Question, TeachBack, Visit
from education.care.paging import older_than
from education.care.questions import Source, source_of, with_sources
from education.reading.models import Assignment

VISITS_PER_PAGE = 20
MOST_GIVEN = 20


@dataclass
class Summary:
    """What came of one visit."""

    visit: Visit
    questions: list[tuple[Question, Source]] = field(default_factory=list)
    teach_backs: list[TeachBack] = field(default_factory=list)
    # What was given to read on the day of the visit or on the day on which it was finished.
    given: list[Assignment] = field(default_factory=list)

    @classmethod
    def of(cls, visit: Visit, reader: User) -> "Summary":
        """For the patient or a clinician who treats them. Three queries."""
        settled = with_sources(Question.objects.visible_to(reader)).filter(settled_at_visit=visit)
        explained = TeachBack.objects.visible_to(reader).filter(visit=visit).with_editions()
        given = (
            Assignment.objects.visible_to(reader)
            .open()
            .filter(_on_its_days(visit), patient=visit.patient_id)
            .with_readable()
        )
        return cls(
            visit,
            [(one, source_of(one)) for one in settled.order_by("place", "pk")],
            list(explained.order_by("noted_at", "pk")),
            list(given.select_related("article").order_by("assigned_at", "pk")[:MOST_GIVEN]),
        )

    @property
    def given_with_again(self) -> list[tuple[Assignment, bool]]:
        """What was given to read, each with whether it is to be read again."""
        again = {one.again_id for one in self.teach_backs}
        return [(one, one.pk in again) for one in self.given]

    @property
    def is_something(self) -> bool:
        return bool(self.questions or self.teach_backs or self.given or self.visit.agreed)


def _on_its_days(visit: Visit) -> Q:
    """On the day of the visit, where it is known, or on the day on which it was finished."""
    zone = visit.patient.zone
    said = Q()
    for day in filter(None, (timezone.localdate(visit.ended_at, zone), visit.on)):
        said |= Q(
            assigned_at__range=(
                datetime.combine(day, time.min, zone),
                datetime.combine(day, time.max, zone),
            )
        )
    return said


def past_visits(reader: User, patient: User, before: str = "") -> Any:
    """The patient's visits that have ended, the latest first; those before one of them."""
    rows = Visit.objects.visible_to(reader).ended().filter(patient=patient)
    return (
        older_than(rows, before, "ended_at")
        .select_related("clinician", "patient")
        .defer("approved")
    )
