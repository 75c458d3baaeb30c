"""A patient's visits: noting the next one, preparing it, what is approved, and its end."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, User
from accounts.models.access import Seen
from accounts.sealed import Unreadable
from education.care.models import ChosenReflection, Question, Visit
from education.care.models.visit import ChosenReflectionQuerySet, VisitQuerySet
from education.care.sheet import MOST_QUESTIONS, MOST_REFLECTIONS, Sheet
from education.journal import sharing_changes
from education.journal.models import Reflection

# How long somebody can take back that a visit is over.
UNDO_FOR = timedelta(hours=1)
# How long the patient's pages begin with what came of a visit.
NEWS_FOR = timedelta(days=28)

# --- The next one ---------------------------------------------------------------------------


def next_visit(reader: User, patient: User) -> Visit | None:
    """The visit of this patient that has not ended, if any. One query."""
    return (
        Visit.objects.visible_to(reader)
        .open()
        .filter(patient=patient)
        .select_related("clinician", "patient")
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
    said = {"on": on, "at": at if on else None, "clinician": clinician}
    with sharing_changes.one_at_a_time(patient):
        visit = _open(patient)
        # What the team knows of, it still knows of when the patient changes it.
        if by.is_clinician or visit.noted_by_id is None:
            said["noted_by"] = by
        Visit.objects.filter(pk=visit.pk).update(**said, updated_at=timezone.now())
        record(visit, by, AccessEvent.Action.CHANGED)
    visit.refresh_from_db()
    return visit


def hold(patient: User) -> None:
    """Until the caller's transaction ends, nobody else changes a visit of this patient, its
    questions or what is shared for it. Raises TransactionManagementError outside of one."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("There is no transaction to hold it for.")
    with sharing_changes.one_at_a_time(patient):
        pass


def _open(patient: User) -> Visit:
    """The patient's next visit, made where there is none; while the patient is held."""
    visit = Visit.objects.get_or_create(patient=patient, ended_at=None)[0]
    visit.patient = patient
    return visit


def call_off(visit: Visit, by: User) -> bool:
    """There is no such visit any more; False if it has ended or gone, or has results already.

    Questions stay.
    """
    with sharing_changes.one_at_a_time(visit.patient):
        held = Visit.objects.open().filter(pk=visit.pk).first()
        if held is None or has_results(held):
            return False
        _unchoose(held)
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


def newly_ended(ended: list[Visit]) -> Visit | None:
    """Of visits that have ended, the latest first, the one whose summary is still news."""
    if ended and ended[0].ended_at and ended[0].ended_at > timezone.now() - NEWS_FOR:
        return ended[0]
    return None


# --- Preparing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """The visit that was prepared, how many nights are newly shared for it, and whether its page
    has changed, so that it waits to be approved."""

    visit: Visit
    nights: int
    waits: bool


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

    Of the questions that were offered, those chosen are marked, the rest are the patient's alone
    again; reflections that are private are shared once the page is approved. What was not offered
    stays as it is. `share_until` shares the numbers of the nights up to that date.
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
        today = timezone.localdate(timezone=patient.zone)
        waits = not visit.is_approved or Sheet.for_patient(visit, today).has_changed
        visit.waits_since = timezone.now() if waits else None
        visit.save(update_fields=["waits_since"])
    return Prepared(visit, nights, waits)


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
        if fresh:
            _let_wait(patient)
    return len(fresh)


def _let_wait(patient: User) -> None:
    """Something is not as it was approved."""
    approved = Visit.objects.open().filter(patient=patient, approved_at__isnull=False)
    approved.filter(waits_since=None).update(waits_since=timezone.now())


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
        _let_wait(patient)
    return True


def _choose(visit: Visit, reflections: Iterable[Reflection]) -> None:
    standing = set(visit.chosen.standing().values_list("reflection", flat=True))
    for one in list(reflections)[:MOST_REFLECTIONS]:
        if one.pk not in standing:
            # Also one that was chosen before, and then made private by hand.
            ChosenReflection.objects.update_or_create(
                visit=visit, reflection=one,
                defaults={
                    "patient": visit.patient, "was_shared": one.shared, "shared_since": None,
                },
            )  # fmt: skip


def _unchoose(visit: Visit, reflections: Collection[int] | None = None) -> None:
    """Not chosen any more (None: any), and private again where only the approval had shared it."""
    rows = visit.chosen.all()
    if reflections is not None:
        rows = rows.filter(reflection__in=reflections)
    _end_sharing(visit, rows)
    rows.delete()


def _begin_sharing(visit: Visit) -> None:
    """What was chosen and is private is shared, for this visit alone."""
    private = visit.chosen.filter(was_shared=False, shared_since=None, reflection__shared=False)
    keys = list(private.values_list("reflection", flat=True))
    if keys:
        own = Reflection.objects.visible_to(visit.patient).filter(pk__in=keys)
        sharing_changes.set_reflection(visit.patient, own, True)
        for key, since in own.values_list("pk", "shared_at"):
            visit.chosen.filter(reflection=key).update(shared_since=since)


def _end_sharing(visit: Visit, chosen: ChosenReflectionQuerySet) -> None:
    """What nothing but the approval has shared is private again, and waits for another one.

    What the patient has shared by hand since then stays shared.
    """
    keys = list(chosen.shared_for_it().values_list("reflection", flat=True))
    if keys:
        own = Reflection.objects.visible_to(visit.patient).filter(pk__in=keys)
        sharing_changes.set_reflection(visit.patient, own, False)
        visit.chosen.filter(reflection__in=keys).update(shared_since=None)
    elif chosen.filter(shared_since__isnull=False).exists():
        # "Stop sharing everything" came first: taking that back must not bring them back.
        sharing_changes.forget(visit.patient)


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
        _begin_sharing(held)
        held.approved, held.approved_at, held.waits_since = now.write(), timezone.now(), None
        held.save(update_fields=["approved", "approved_at", "waits_since"])
    return True


def take_back(visit: Visit) -> bool:
    """Nothing is approved any more, and what was shared for it is private; False where nothing
    was approved."""
    with sharing_changes.one_at_a_time(visit.patient):
        rows = Visit.objects.open().filter(pk=visit.pk, approved_at__isnull=False)
        taken = bool(rows.update(approved="", approved_at=None, waits_since=None))
        if taken:
            _end_sharing(visit, visit.chosen.all())
    return taken


# How long what was approved can be seen, where nobody says that the visit is over: after its day,
# and where no day was noted, after it was approved.
APPROVED_AFTER_DAY, APPROVED_WITHOUT_DAY = timedelta(days=30), timedelta(days=180)


def approved_too_long(now: datetime) -> VisitQuerySet:
    """Visits whose approval ends by itself at this moment."""
    return Visit.objects.open().filter(
        Q(on__lt=now.date() - APPROVED_AFTER_DAY)
        | Q(on__isnull=True, approved_at__lt=now - APPROVED_WITHOUT_DAY),
        approved_at__isnull=False,
    )


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
                if isinstance(one.answer, Unreadable):
                    continue
                Question.objects.filter(pk=one.pk).update(answer=answers[one.pk])
                changed.append(one)
        if not isinstance(held.agreed, Unreadable):
            held.agreed = agreed
        # What the team has written in is not the patient's alone any more.
        held.noted_by = by
        held.save(update_fields=["agreed", "noted_by", "updated_at"])
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
        _unchoose(held)
        now = timezone.now()
        Visit.objects.filter(pk=held.pk).update(
            ended_at=now, ended_by=by, updated_at=now,
            approved="", approved_at=None, waits_since=None,
        )  # fmt: skip
    return True


def open_again(visit: Visit, by: User) -> bool:
    """Take back that the visit is over; its page is approved anew. False if that is too long ago,
    was somebody else, or if the next visit is noted already."""
    with sharing_changes.one_at_a_time(visit.patient):
        rows = Visit.objects.ended().filter(
            pk=visit.pk, ended_by=by, ended_at__gt=timezone.now() - UNDO_FOR
        )
        if Visit.objects.open().filter(patient=visit.patient).exists():
            return False
        opened = rows.update(ended_at=None, ended_by=None, updated_at=timezone.now())
        if opened:
            record(visit, by, AccessEvent.Action.CHANGED)
    return bool(opened)
