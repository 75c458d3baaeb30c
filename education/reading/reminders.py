"""Reminding patients of what they were to read: two days before its day, and the day after."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.mail import queue
from accounts.models import Mail, User

from .models import Assignment, Notice
from .notices import reachable, readable, to_tell

SOON = timedelta(days=2)
# What lies longer ago is no news: whoever starts the reminders late surprises nobody.
LONG_AGO = timedelta(days=30)
AT_ONCE = 1000

# Assignment, patient, kind of notice, due date.
_Occasion = tuple[int, int, str, date | None]


def remind(now: datetime | None = None) -> int:
    """Note what is due soon or overdue where its patient is, and queue mails; returns how much.

    Each occasion is noted once, however often and by however many this runs; a day on which it
    did not run is made up for.
    """
    now = now or timezone.now()
    noted = 0
    for today, zones in _calendars(now).items():
        occasions = list(_occasions(today, zones))
        for start in range(0, len(occasions), AT_ONCE):
            _note(occasions[start : start + AT_ONCE])
        noted += len(occasions)
        _queue_what_has_no_mail(today, zones, now)
    return noted


def _calendars(now: datetime) -> dict[date, list[str]]:
    """The patients' time zones by the day that it is there."""
    days = defaultdict(list)
    zones = User.objects.patients().order_by().values_list("time_zone", flat=True).distinct()
    for name in zones:
        days[timezone.localdate(now, User(time_zone=name).zone)].append(name)
    return dict(days)


def _occasions(today: date, zones: list[str]) -> Iterator[_Occasion]:
    for kind, first, last in (
        (Notice.Kind.DUE_SOON, today, today + SOON),
        (Notice.Kind.OVERDUE, today - LONG_AGO, today - timedelta(days=1)),
    ):
        noted = Notice.objects.filter(
            assignment=OuterRef("pk"), kind=kind, due_on=OuterRef("due_on")
        )
        rows = (
            Assignment.objects.unfinished()
            .filter(
                ~Exists(noted),
                reachable("patient"),
                readable("article"),
                due_on__range=(first, last),
                patient__time_zone__in=zones,
                patient__mails_reminders=True,
            )
            .order_by("patient_id", "pk")
            .values_list("pk", "patient_id", "due_on")
        )
        for pk, patient, due_on in rows:
            yield pk, patient, kind, due_on


def _note(occasions: Iterable[_Occasion]) -> None:
    occasions = list(occasions)
    with transaction.atomic():
        Notice.objects.bulk_create(
            [
                Notice(patient_id=patient, assignment_id=pk, kind=kind, due_on=due_on)
                for pk, patient, kind, due_on in occasions
            ],
            ignore_conflicts=True,
            batch_size=500,
        )
        patients = {patient for _pk, patient, _kind, _due_on in occasions}
        queue(Mail.Kind.READING, User.objects.filter(pk__in=patients))


def _queue_what_has_no_mail(today: date, zones: list[str], now: datetime) -> None:
    """What became true again after its mail was dropped, such as a withdrawal taken back.

    Not what a mail failed for: that is the administrator's to try again or to set aside.
    """
    person = OuterRef("assignment__patient_id")
    mails = Mail.objects.filter(recipient=person, kind=Mail.Kind.READING)
    waiting = (
        to_tell(today)
        .filter(
            ~Exists(mails.under_way()),
            ~Exists(mails.failed_since(OuterRef("noted_at"))),
            assignment__patient__time_zone__in=zones,
            noted_at__gt=now - LONG_AGO,
        )
        .order_by()
        .values_list("assignment__patient_id", flat=True)
        .distinct()
    )
    queue(Mail.Kind.READING, User.objects.filter(pk__in=list(waiting)))
