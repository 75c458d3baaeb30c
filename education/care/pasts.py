"""Visits that have been: what was answered, agreed and given to read at each."""

import uuid
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from accounts.models import User
from education.care.models import Question, TeachBack, Visit
from education.care.questions import Source, source_of, with_sources

VISITS_PER_PAGE = 20


@dataclass
class Summary:
    """What came of one visit."""

    visit: Visit
    questions: list[tuple[Question, Source]] = field(default_factory=list)
    teach_backs: list[TeachBack] = field(default_factory=list)

    @classmethod
    def of(cls, visit: Visit, reader: User) -> "Summary":
        """For the patient or a clinician who treats them. Two queries."""
        settled = with_sources(Question.objects.visible_to(reader)).filter(settled_at_visit=visit)
        explained = (
            TeachBack.objects.visible_to(reader)
            .filter(visit=visit)
            .select_related("edition__article", "clinician", "again__article")
        )
        return cls(
            visit,
            [(one, source_of(one)) for one in settled.order_by("place", "pk")],
            list(explained.order_by("noted_at", "pk")),
        )

    @property
    def again(self) -> list[Any]:
        """What was given to read again, as far as it was not taken back."""
        given = (one.again for one in self.teach_backs if one.again)
        return [one for one in given if one.withdrawn_at is None]

    @property
    def is_something(self) -> bool:
        return bool(self.questions or self.teach_backs or self.visit.agreed)


def past_visits(patient: User, before: str = "") -> Any:
    """The patient's visits that have ended, the latest first; those before one of them."""
    rows = Visit.objects.visible_to(patient).ended().filter(patient=patient)
    try:
        at = rows.filter(public_id=uuid.UUID(before)).first() if before else None
    except ValueError:
        at = None
    if at:
        rows = rows.filter(Q(ended_at__lt=at.ended_at) | Q(ended_at=at.ended_at, pk__lt=at.pk))
    return rows.select_related("clinician").defer("approved")
