"""A patient's visits: noting the next one, preparing it, what is approved, and its end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.db.models import F
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, User
from accounts.models.access import Seen
from education.care.models import ChosenReflection, Question, Visit
from education.care.sheet import MOST_QUESTIONS, MOST_REFLECTIONS, Sheet
from education.journal import sharing_changes
from education.journal.models import Reflection

# --- The next one ---------------------------------------------------------------------------


def next_visit(reader: User, patient: User) -> Visit | None:
    """The visit of this patient that has not ended, if any. One query."""
    return (
        Visit.objects.visible_to(reader)
        .open()
        .filter(patient=patient)
        .select_related("clinician")
        .first()
    )


def team_choices(patient: User) -> Any:
    """The clinicians with whom a visit can be: those who treat the patient now."""
    treating = CareRelationship.objects.open().filter(patient=patient).values("clinician")
    return User.objects.filter(pk__in=treating, is_active=True).order_by("name", "pk")


def note(
    patient: User, by: User, on: date | None, at: time | None = None, clinician: User | None = None
) -> Visit:
    """Note when the next visit is, or note it anew; what is prepared for it stays."""
    said = {"on": on, "at": at if on else None, "clinician": clinician, "noted_by": by}
    with sharing_changes.one_at_a_time(patient):
        visit = _open(patient)
        Visit.objects.filter(pk=visit.pk).update(**said, updated_at=timezone.now())
        record(visit, by, AccessEvent.Action.CHANGED)
    visit.refresh_from_db()
    return visit


def hold(patient: User) -> None:
    """Until the caller's transaction ends, nobody else changes a visit of this patient, its
    questions or what is shared for it."""
    with sharing_changes.one_at_a_time(patient):
        pass


def _open(patient: User) -> Visit:
    """The patient's next visit, made where there is none; while the patient is held."""
    return Visit.objects.get_or_create(patient=patient, ended_at=None)[0]


def call_off(visit: Visit, by: User) -> bool:
    """There is no such visit any more; False if it has ended or gone, or has results already.

    Questions stay.
    """
    with sharing_changes.one_at_a_time(visit.patient):
        held = Visit.objects.open().filter(pk=visit.pk).first()
        if held is None or has_results(held):
            return False
        _end_sharing(held)
        held.delete()
        record(visit, by, AccessEvent.Action.WITHDREW)
    return True


def has_results(visit: Visit) -> bool:
    """Whether something was written down at the visit that is to be kept."""
    return bool(visit.agreed) or visit.settled.exists() or visit.teach_backs.exists()


def record(visit: Visit, by: User, action: str) -> None:
    """Note in the patient's record what somebody else did with their visit."""
    AccessEvent.objects.record(
        patient=visit.patient,
        actor=by,
        action=action,
        what=AccessEvent.What.VISIT,
        thing=str(visit.public_id),
    )


# --- Preparing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """The visit that was prepared, and how many nights are newly shared for it."""

    visit: Visit
    nights: int


def prepare(
    patient: User,
    *,
    offered: Collection[Question],
    questions: Collection[Question],
    offered_reflections: Collection[Reflection],
    reflections: Collection[Reflection],
    share_until: date | None,
) -> Prepared:
    """Choose what comes to the visit.

    Of what was offered, what is chosen is marked, the rest is the patient's alone again. What was
    not offered stays as it is. `share_until` shares the numbers of the nights up to that date.
    """
    with sharing_changes.one_at_a_time(patient):
        visit = _open(patient)
        chosen = {one.pk for one in questions}
        # First, so that there is room.
        unmark(patient, [one.pk for one in offered if one.pk not in chosen])
        mark(patient, chosen)
        kept = {one.pk for one in reflections}
        _choose(visit, reflections)
        _unchoose(visit, [one.pk for one in offered_reflections if one.pk not in kept])
        nights = sharing_changes.share_last_nights(patient, share_until) if share_until else 0
    return Prepared(visit, nights)


def mark(patient: User, questions: Collection[int]) -> int:
    """Mark these questions of the patient for the visit, as far as there is room; how many."""
    with sharing_changes.one_at_a_time(patient):
        own = Question.objects.visible_to(patient)
        marked = list(own.for_visit().values_list("pk", flat=True))
        wanted = own.private().filter(pk__in=questions).order_by("asked_at", "pk")
        room = max(0, MOST_QUESTIONS - len(marked))
        fresh = list(wanted.values_list("pk", flat=True)[:room])
        own.open().filter(pk__in=fresh).update(for_visit_since=timezone.now())
        in_order(patient, [*marked, *fresh])
    return len(fresh)


def unmark(patient: User, questions: Collection[int]) -> int:
    """These open questions are the patient's alone again."""
    rows = Question.objects.visible_to(patient).for_visit().filter(pk__in=questions)
    return rows.order_by().update(for_visit_since=None, place=0)


def in_order(patient: User, questions: Iterable[int]) -> None:
    """Say in which order of importance these questions stand."""
    for place, pk in enumerate(questions):
        rows = Question.objects.visible_to(patient).open()
        rows.filter(pk=pk, for_visit_since__isnull=False).exclude(place=place).update(place=place)


def move(patient: User, question: Question, by: int) -> bool:
    """Move a marked question up (-1) or down (1); False where it can't go there."""
    with sharing_changes.one_at_a_time(patient):
        order = list(Question.objects.visible_to(patient).for_visit().values_list("pk", flat=True))
        if question.pk not in order:
            return False
        old = order.index(question.pk)
        new = old + by
        if not 0 <= new < len(order):
            return False
        order.insert(new, order.pop(old))
        in_order(patient, order)
    return True


def _choose(visit: Visit, reflections: Iterable[Reflection]) -> None:
    for one in list(reflections)[:MOST_REFLECTIONS]:
        own = Reflection.objects.visible_to(visit.patient).filter(pk=one.pk)
        since = None
        if own.filter(shared=False).exists():
            sharing_changes.set_reflection(visit.patient, own, True)
            since = own.values_list("shared_at", flat=True).first()
        chosen, new = ChosenReflection.objects.get_or_create(
            visit=visit, reflection=one,
            defaults={"patient": visit.patient, "shared_since": since},
        )  # fmt: skip
        if since and not new:
            ChosenReflection.objects.filter(pk=chosen.pk).update(shared_since=since)


def _unchoose(visit: Visit, reflections: Collection[int] | None) -> None:
    """Not chosen any more (None: any), and private again where only the choice had shared it.

    What the patient has shared by hand since then stays shared.
    """
    rows = ChosenReflection.objects.filter(visit=visit)
    if reflections is not None:
        rows = rows.filter(reflection__in=reflections)
    ours = list(
        rows.filter(shared_since=F("reflection__shared_at")).values_list("reflection", flat=True)
    )
    rows.delete()
    if ours:
        own = Reflection.objects.visible_to(visit.patient).filter(pk__in=ours)
        sharing_changes.set_reflection(visit.patient, own, False)


def _end_sharing(visit: Visit) -> None:
    """What was shared for this visit alone is private again."""
    _unchoose(visit, None)


# --- Approving ------------------------------------------------------------------------------


def approve(visit: Visit, today: date, fingerprint: str) -> bool:
    """Let what stood on the page with this fingerprint be seen; False where it has changed since.

    Nothing is approved that the patient has not looked at.
    """
    with sharing_changes.one_at_a_time(visit.patient):
        held = Visit.objects.open().select_related("patient").filter(pk=visit.pk).first()
        if held is None:
            return False
        now = Sheet.for_patient(held, today, as_it_is_now=True).things
        if now.fingerprint != fingerprint:
            return False
        held.approved, held.approved_at = now.write(), timezone.now()
        held.save(update_fields=["approved", "approved_at"])
    return True


def take_back(visit: Visit) -> bool:
    """Nothing is approved any more; False where nothing was."""
    rows = Visit.objects.open().filter(pk=visit.pk, approved_at__isnull=False)
    return bool(rows.update(approved="", approved_at=None))


# --- After ----------------------------------------------------------------------------------


def settle(question: Question, by: User, answer: str = "", visit: Visit | None = None) -> bool:
    """A question has its answer; False where it was settled or deleted meanwhile."""
    rows = Question.objects.visible_to(by).open().filter(pk=question.pk)
    settled = rows.update(
        settled_at=timezone.now(), settled_by=by, answer=answer, settled_at_visit=visit
    )
    return bool(settled)


def reopen(question: Question, by: User) -> bool:
    """What somebody has settled themselves is open again; for the visit, where there is room."""
    with sharing_changes.one_at_a_time(question.patient):
        rows = Question.objects.visible_to(by).filter(pk=question.pk, settled_by=by)
        marked = Question.objects.visible_to(question.patient).for_visit()
        places = list(marked.values_list("place", flat=True))
        said: dict[str, Any] = {"place": max(places, default=-1) + 1}
        if len(places) >= MOST_QUESTIONS:
            said = {"place": 0, "for_visit_since": None}
        return bool(rows.update(**said, **_NOT_SETTLED))


_NOT_SETTLED: dict[str, Any] = {
    "settled_at": None, "settled_by": None, "answer": "", "settled_at_visit": None,
}  # fmt: skip


def note_outcome(
    visit: Visit,
    by: User,
    *,
    agreed: str,
    answers: dict[int, str],
    ends: bool,
    reopened: Collection[int] = (),
) -> None:
    """Keep what was agreed and the answers by question; `ends` says that the visit is over.

    An answer to a question that is settled at this visit already replaces the one before;
    `reopened` are questions that were settled at it and are open again.
    """
    with sharing_changes.one_at_a_time(visit.patient):
        held = Visit.objects.select_related("patient").get(pk=visit.pk)
        of_patient = Question.objects.visible_to(by).filter(patient=held.patient_id)
        changed = list(of_patient.filter(settled_at_visit=held, pk__in=reopened))
        of_patient.filter(pk__in=[one.pk for one in changed]).update(**_NOT_SETTLED)
        for one in of_patient.filter(pk__in=answers).order_by("place", "pk"):
            if one.settled_at is None:
                if settle(one, by, answers[one.pk], held):
                    changed.append(one)
            elif one.settled_at_visit_id == held.pk and one.answer != answers[one.pk]:
                Question.objects.filter(pk=one.pk).update(answer=answers[one.pk])
                changed.append(one)
        held.agreed = agreed
        held.save(update_fields=["agreed", "updated_at"])
        if ends:
            end(held, by)
        AccessEvent.objects.record_things(
            patient=held.patient,
            actor=by,
            action=AccessEvent.Action.CHANGED,
            seen=[
                Seen(AccessEvent.What.VISIT, str(held.public_id)),
                *(Seen(AccessEvent.What.QUESTION, str(one.public_id)) for one in changed),
            ],
        )


def end(visit: Visit, by: User) -> bool:
    """The visit is over: what was approved and shared for it is not any more; False if it was."""
    with sharing_changes.one_at_a_time(visit.patient):
        held = Visit.objects.open().select_related("patient").filter(pk=visit.pk).first()
        if held is None:
            return False
        _end_sharing(held)
        now = timezone.now()
        Visit.objects.filter(pk=held.pk).update(
            ended_at=now, ended_by=by, approved="", approved_at=None, updated_at=now
        )
    return True
