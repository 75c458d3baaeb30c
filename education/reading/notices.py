"""Noticing what a patient should hear of by mail, and saying so without saying what it is."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.mail import queue
from accounts.mail.unsubscribing import address_for, headers_for
from accounts.mail.writing import Letter, Writer, absolute
from accounts.models import CareRelationship, Invitation, Mail, Role, User
from education.articles.models import Edition

from .models import Assignment, Notice

# Time to undo, and to assign more, before a mail leaves.
DELAY = timedelta(minutes=10)

_Kind = Notice.Kind


def note_new(assignments: Iterable[Assignment]) -> None:
    """Note that these are new to their patients, and queue a mail to each patient.

    In the caller's transaction; a constant number of queries. What was noted before is not
    noted, and not said, twice.
    """
    assignments = list(assignments)
    with transaction.atomic():
        Notice.objects.bulk_create(
            [
                Notice(patient_id=one.patient_id, assignment=one, kind=_Kind.NEW)
                for one in assignments
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        patients = (one.patient for one in assignments)
        queue(
            Mail.Kind.READING,
            [one for one in patients if one.is_active and one.mails_new_reading],
            DELAY,
        )


def reachable(patient: str) -> Q:
    """Whether mails about reading go to the person whom this path names, at all.

    Not to who has left, is in nobody's care, or has not come in yet: the invitation is there.
    """
    person = OuterRef(f"{patient}_id")
    care = CareRelationship.objects.open().filter(patient=person, clinician__is_active=True)
    waiting = Invitation.objects.filter(user=person, accepted_at__isnull=True)
    return (
        Q(**{f"{patient}__is_active": True, f"{patient}__role": Role.PATIENT})
        & Exists(care)
        & ~Exists(waiting)
    )


def readable(article: str) -> Exists:
    """Whether any level of the article that this path names is published now."""
    return Exists(Edition.objects.published().filter(article=OuterRef(f"{article}_id")))


def to_tell(today: date) -> QuerySet[Notice]:
    """What was noted, is still true, and was in no mail yet.

    `today` is the day where the patient is.
    """
    unread = Q(
        assignment__opened_at__isnull=True,
        assignment__understood_at__isnull=True,
    )
    still_due = Q(assignment__due_on=F("due_on")) & (
        Q(kind=_Kind.DUE_SOON, due_on__gte=today) | Q(kind=_Kind.OVERDUE, due_on__lt=today)
    )
    return Notice.objects.filter(
        (Q(kind=_Kind.NEW, assignment__patient__mails_new_reading=True) & unread)
        | (Q(assignment__patient__mails_reminders=True) & still_due),
        reachable("assignment__patient"),
        readable("assignment__article"),
        mail__isnull=True,
        assignment__withdrawn_at__isnull=True,
        assignment__finished_at__isnull=True,
    )


def _to_tell(person: User) -> QuerySet[Notice]:
    return to_tell(timezone.localdate(timezone=person.zone)).filter(assignment__patient=person)


def write(mail: Mail) -> Letter | None:
    """That there is something; None when nothing of it is true any more."""
    person = mail.recipient
    notices = list(_to_tell(person).values_list("pk", "kind"))
    if not notices:
        return None
    kinds = {kind for _pk, kind in notices}
    return Letter(
        "reading/mail/reading",
        {
            "is_new": _Kind.NEW in kinds,
            "is_due_soon": _Kind.DUE_SOON in kinds,
            "is_overdue": _Kind.OVERDUE in kinds,
            "link": absolute("home"),
            "stop_link": address_for(person),
            "settings_link": absolute("accounts:profile") + "#mails",
        },
        headers=headers_for(person),
        when_sent=partial(_note_told, mail, [pk for pk, _kind in notices]),
    )


def _note_told(mail: Mail, notices: Sequence[int]) -> None:
    Notice.objects.filter(pk__in=notices, mail__isnull=True).update(mail=mail)


def queue_the_rest(mail: Mail) -> None:
    """What was noted while this mail was on its way out found it under way, and needs its own."""
    if _to_tell(mail.recipient).exists():
        queue(Mail.Kind.READING, [mail.recipient], DELAY)


WRITER = Writer(write, afterwards=queue_the_rest)
