"""Giving patients something to read: one or many, an article or a programme."""

import uuid
from collections.abc import Sequence

from django.db import transaction

from accounts.models import AccessEvent, User
from education.articles.models import Level

from .models import Assignment, Outcome, Programme, Reading, Wanted
from .notices import note_new


def assign(
    wanted: Sequence[Wanted], *, by: User, note: str = "", programme: Programme | None = None
) -> Outcome:
    """Assign everything that is wanted, all of it or (on an error) nothing.

    Whoever has the article keeps it as it is and is named in the outcome; two people who assign
    the same at once end with one assignment. Nobody outside the clinician's care gets anything.
    Nothing wanted assigns nothing.
    """
    outcome = Outcome(batch=uuid.uuid4())
    with transaction.atomic():
        cared_for = set(
            User.objects.patients_of(by)
            .filter(pk__in={one.patient.pk for one in wanted})
            .values_list("pk", flat=True)
        )
        outcome.not_cared_for = [one for one in wanted if one.patient.pk not in cared_for]
        # In one order whoever assigns: two who give many patients the same would otherwise wait
        # for each other's rows for ever.
        candidates = sorted(
            (one for one in wanted if one.patient.pk in cared_for),
            key=lambda one: (one.patient.pk, one.article.pk),
        )
        # What somebody else assigns in this moment conflicts with the partial unique
        # constraint and is left out.
        Assignment.objects.bulk_create(
            [
                Assignment(
                    patient=one.patient,
                    article=one.article,
                    level=one.level,
                    assigned_by=by,
                    batch=outcome.batch,
                    programme=programme,
                    due_on=one.due_on,
                    note=note,
                )
                for one in candidates
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        outcome.assigned = list(
            Assignment.objects.filter(batch=outcome.batch)
            .select_related("patient", "article")
            .order_by("pk")
        )
        made = {(one.patient_id, one.article_id) for one in outcome.assigned}
        outcome.already = [
            one for one in candidates if (one.patient.pk, one.article.pk) not in made
        ]
        AccessEvent.objects.record_many(
            changed=[(one.patient, str(one.public_id)) for one in outcome.assigned],
            actor=by,
            action=AccessEvent.Action.ASSIGNED,
            what=AccessEvent.What.ASSIGNMENT,
        )
        note_new(outcome.assigned)
    return outcome


def restore(assignment: Assignment, by: User) -> bool:
    """Undo a withdrawal; False if the patient has been given the article anew since."""
    with transaction.atomic():
        restored = assignment.restore(by)
        if restored:
            # What the patient said meanwhile counts.
            Reading.objects.catch_up(assignment)
            note_new([assignment])
    return restored


def last_levels(patients: Sequence[User]) -> dict[int, Level]:
    """By patient, the level that they last really read; nothing for who has read nothing.

    Really read is what they said they finished or understood; of somebody who never said so,
    the level that they last opened. One query.
    """
    levels: dict[int, tuple[bool, object, Level]] = {}
    readings = Reading.objects.filter(patient__in=patients).values_list(
        "patient_id", "edition__level", "opened_at", "finished_at", "understood_at"
    )
    for patient, level, opened_at, finished_at, understood_at in readings:
        said = max((at for at in (finished_at, understood_at) if at), default=None)
        at = said or opened_at
        if at is None:
            continue
        candidate = (said is not None, at, Level(level))
        if patient not in levels or candidate[:2] > levels[patient][:2]:
            levels[patient] = candidate
    return {patient: level for patient, (_said, _at, level) in levels.items()}
