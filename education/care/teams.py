"""Who cares for a patient: sharing them with a colleague, handing over, ending one's own care.

Each function is one transaction. What came too late, because of another click or another person,
is said by what it returns and never raises.
"""

import uuid
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, User
from education.care.models import Visit

# How long after a step its second click, or its Undo, still belongs to it.
MOMENT = timedelta(hours=1)
# No team is as large; the bound keeps a mistake from filling pages.
MOST_MEMBERS = 200


def team_of(patient: User) -> list[CareRelationship]:
    """The care that is open for this patient, the longest first. One query."""
    return list(
        CareRelationship.objects.open()
        .filter(patient=patient)
        .select_related("clinician", "started_by")
        .order_by("started_at", "pk")[:MOST_MEMBERS]
    )


def _held(clinician: User, patient: User) -> CareRelationship | None:
    """This clinician's open care for the patient, held until the transaction ends."""
    rows = CareRelationship.objects.open().select_for_update(of=("self",))
    return rows.filter(clinician=clinician, patient=patient).first()


def _begin(patient: User, colleague: User, by: User) -> bool:
    """Begin a colleague's care; False if they care for the patient already."""
    try:
        with transaction.atomic():
            CareRelationship.objects.create(clinician=colleague, patient=patient, started_by=by)
    except IntegrityError:
        return False
    return True


def _record(patient: User, by: User) -> None:
    AccessEvent.objects.record(
        patient=patient,
        actor=by,
        action=AccessEvent.Action.CHANGED,
        what=AccessEvent.What.CARE_TEAM,
    )


def share(patient: User, colleague: User, by: User) -> bool | None:
    """A colleague cares for the patient as well. False if they did; None if `by` does no more."""
    with transaction.atomic():
        if _held(by, patient) is None:
            return None
        if not _begin(patient, colleague, by):
            return False
        _record(patient, by)
    return True


def undo_share(patient: User, colleague: User, by: User) -> bool:
    """Take back what `by` has just shared; False if there is nothing (any more) to take back."""
    with transaction.atomic():
        shared = (
            CareRelationship.objects.open()
            .filter(
                patient=patient,
                clinician=colleague,
                started_by=by,
                started_at__gt=timezone.now() - MOMENT,
            )
            .first()
        )
        if shared is None or not shared.end(by):
            return False
        _record(patient, by)
    return True


def hand_over(patient: User, colleague: User, by: User) -> bool:
    """The colleague's care begins (unless it has) and one's own ends; False if it had ended."""
    with transaction.atomic():
        own = _held(by, patient)
        if own is None:
            return False
        _begin(patient, colleague, by)
        own.end(by)
        _leave_visit(patient, by, colleague)
        _record(patient, by)
    return True


def end(patient: User, by: User) -> bool:
    """End one's own care; False if it had ended."""
    with transaction.atomic():
        own = _held(by, patient)
        if own is None or not own.end(by):
            return False
        _leave_visit(patient, by, None)
        _record(patient, by)
    return True


def _leave_visit(patient: User, by: User, colleague: User | None) -> None:
    """The next visit is with the colleague, or with nobody that is known."""
    rows = Visit.objects.open().filter(patient=patient, clinician=by)
    rows.update(clinician=colleague, updated_at=timezone.now())


def has_just_left(clinician: User, patient_id: uuid.UUID) -> bool:
    """Whether this clinician has ended their own care for the patient a moment ago."""
    return CareRelationship.objects.filter(
        clinician=clinician,
        patient__public_id=patient_id,
        ended_by=clinician,
        ended_at__gt=timezone.now() - MOMENT,
    ).exists()
