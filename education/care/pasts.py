"""Visits that have been: what was answered, agreed and given to read at each."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from education.care.models import Question, TeachBack, Visit
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
    # What was given to read on the days of the visit, what is to be read again among it.
    given: list[Assignment] = field(default_factory=list)

    @classmethod
    def of(cls, visit: Visit, reader: User) -> "Summary":
        """For the patient or a clinician who treats them. Three queries."""
        settled = with_sources(Question.objects.visible_to(reader)).filter(settled_at_visit=visit)
        explained = TeachBack.objects.visible_to(reader).filter(visit=visit).with_editions()
        given = (
            Assignment.objects.visible_to(reader)
            .open()
            .filter(patient=visit.patient_id, assigned_at__range=_days_of(visit))
        )
        return cls(
            visit,
            [(one, source_of(one)) for one in settled.order_by("place", "pk")],
            list(explained.order_by("noted_at", "pk")),
            list(given.select_related("article").order_by("assigned_at", "pk")[:MOST_GIVEN]),
        )

    @property
    def sorted_given(self) -> list[tuple[Assignment, bool]]:
        """What was given to read, each with whether it is to be read again."""
        again = {one.again_id for one in self.teach_backs}
        return [(one, one.pk in again) for one in self.given]

    @property
    def is_something(self) -> bool:
        return bool(self.questions or self.teach_backs or self.given or self.visit.agreed)


def _days_of(visit: Visit) -> tuple[datetime, datetime]:
    """From the morning of its day, where that is known and lies before its end, to the evening
    of the day on which it was finished."""
    zone = visit.patient.zone
    last = timezone.localdate(visit.ended_at, zone)
    first = min(visit.on or last, last)
    return (
        datetime.combine(first, time.min, zone),
        datetime.combine(last, time.max, zone),
    )


def past_visits(reader: User, patient: User, before: str = "") -> Any:
    """The patient's visits that have ended, the latest first; those before one of them."""
    rows = Visit.objects.visible_to(reader).ended().filter(patient=patient)
    try:
        at = rows.filter(public_id=uuid.UUID(before)).first() if before else None
    except ValueError:
        at = None
    if at:
        rows = rows.filter(Q(ended_at__lt=at.ended_at) | Q(ended_at=at.ended_at, pk__lt=at.pk))
    return rows.select_related("clinician").defer("approved")
