"""What has been kept long enough: found, counted and erased, a batch at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.models import (
    AccessChain,
    AccessEvent,
    AccountClosing,
    CareRelationship,
    Consent,
    Device,
    Mail,
    User,
)

from .closing import erase_all
from .parts import EXPIRIES, Expiry

BATCH = 500
MAILS_KEPT = timedelta(days=90)
TASKS_KEPT = timedelta(days=14)
DEVICES_KEPT = timedelta(days=365)
# Whoever was writing while an account was closed has long been done.
SWEPT_FOR = timedelta(days=2)


def _mails(now: datetime) -> QuerySet:
    before = now - MAILS_KEPT
    return Mail.objects.filter(
        Q(sent_at__lt=before) | Q(failed_at__lt=before) | Q(dropped_at__lt=before)
    )


def _sessions(now: datetime) -> QuerySet:
    return Session.objects.filter(expire_date__lt=now)


def _listed_sessions(now: datetime) -> QuerySet:
    """Sessions in the list of somebody that have ended since."""
    alive = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    return UserSession.objects.filter(~Exists(alive))


def _tasks(now: datetime) -> QuerySet:
    done = DBTaskResult.objects.exclude(status=TaskResultStatus.READY)
    return done.filter(Q(finished_at__lt=now - TASKS_KEPT) | Q(started_at__lt=now - 2 * TASKS_KEPT))


def _devices(now: datetime) -> QuerySet:
    return Device.objects.filter(last_seen_at__lt=now - DEVICES_KEPT)


EXPIRIES += [
    Expiry("mails that ended 90 days ago", _mails),
    Expiry("sessions that have ended", _sessions),
    Expiry("ended sessions in somebody’s list", _listed_sessions),
    Expiry("results of tasks", _tasks),
    Expiry("browsers not used for a year", _devices),
]


def erase_expired(*, dry_run: bool = False) -> Iterator[tuple[str, int]]:
    """Erase what may go; for each kind what it is and how many. Twice is as good as once.

    A dry run counts and erases nothing.
    """
    now = timezone.now()
    yield "records of access of closed accounts", _records(now, dry_run)
    if not dry_run:
        _sweep(now)
    for expiry in EXPIRIES:
        yield expiry.name, expiry.rows(now).count() if dry_run else _let_go(expiry, now)


def _let_go(expiry: Expiry, now: datetime) -> int:
    """Short transactions, so that nobody waits for them."""
    rows = expiry.rows(now)
    n = 0
    while keys := list(rows.values_list("pk", flat=True)[:BATCH]):
        batch = rows.model._default_manager.filter(pk__in=keys)
        if expiry.end:
            for one in batch:
                expiry.end(one)
        else:
            with transaction.atomic():
                batch.delete()
        n += len(keys)
    return n


def _records(now: datetime, dry_run: bool) -> int:
    """Of accounts closed so long ago that the record of access goes as well."""
    today = now.astimezone(UTC).date()
    due = AccountClosing.objects.filter(record_erased_at__isnull=True, record_kept_until__lt=today)
    if dry_run:
        return due.count()
    n = 0
    for closing in due.order_by("pk").iterator():
        # All of one at once: half a record would be a broken one.
        with transaction.atomic():
            kept: tuple[Any, ...] = (AccessEvent, AccessChain, CareRelationship, Consent)
            for model in kept:
                model.objects.filter(patient=closing.patient_id).delete()
            closing.record_erased_at = now
            closing.save(update_fields=["record_erased_at"])
        n += 1
    return n


def _sweep(now: datetime) -> None:
    """What somebody was writing at the moment when an account was closed goes as the rest did."""
    for person in User.objects.filter(closing__closed_at__gt=now - SWEPT_FOR).iterator():
        with transaction.atomic():
            CareRelationship.objects.open().filter(patient=person).update(ended_at=now)
            erase_all(person)
