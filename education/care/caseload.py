"""A clinician's patients, those who need attention first, with the reason in words."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Invitation, User
from education.journal.models import Night
from education.reading.models import Assignment

PATIENTS_PER_PAGE = 50
UNOPENED_AFTER_DAYS = 7
DIARY_DAYS = 14


@dataclass
class Row:
    """One patient of the caseload."""

    patient: User
    reasons: list[str] = field(default_factory=list)
    assigned: int = 0
    finished: int = 0
    nights_shared: int = 0
    invitation: str = ""


def caseload(
    clinician: User, *, query: str, attention: bool, number: str | None
) -> tuple[Page, list[Row]]:
    """One page, and its rows, of a clinician's present patients, at a constant number of queries.

    Attention means: an assignment past its due date and not called finished, or one that was not
    opened for a week. Dates are compared in the clinician's calendar.
    """
    today = timezone.localdate(timezone=clinician.zone)
    patients = User.objects.patients_of(clinician)
    if query:
        patients = patients.filter(Q(name__icontains=query) | Q(email__icontains=query))
    patients = patients.annotate(
        urgency=Case(
            When(Exists(_open_assignments().overdue(today)), then=Value(2)),
            When(Exists(_open_assignments().unopened(_a_week_ago())), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        )
    )
    if attention:
        patients = patients.filter(urgency__gt=0)
    page = Paginator(patients.order_by("-urgency", "name", "pk"), PATIENTS_PER_PAGE).get_page(
        number
    )
    return page, _rows(clinician, list(page.object_list), today)


def _open_assignments() -> Any:
    return Assignment.objects.open().filter(patient=OuterRef("pk"))


def _a_week_ago() -> datetime:
    return timezone.now() - timedelta(days=UNOPENED_AFTER_DAYS)


def _rows(clinician: User, patients: list[User], today: date) -> list[Row]:
    rows = {patient.pk: Row(patient) for patient in patients}
    assignments = (
        Assignment.objects.open().filter(patient__in=rows).order_by("due_on", "assigned_at", "pk")
    )
    a_week_ago = _a_week_ago()
    for assignment in assignments:
        row = rows[assignment.patient_id]
        row.assigned += 1
        if assignment.finished_at:
            row.finished += 1
        elif assignment.is_overdue(today):
            row.reasons.append(_("overdue since %(date)s") % {"date": _day(assignment.due_on or today)})
        elif assignment.is_unopened(a_week_ago):
            row.reasons.append(
                _("not opened since %(date)s")
                % {"date": _day(timezone.localtime(assignment.assigned_at))}
            )
    shared = (
        Night.objects.visible_to(clinician)
        .filter(
            patient__in=rows,
            numbers_shared=True,
            diary_date__gt=today - timedelta(days=DIARY_DAYS),
        )
        .order_by()
        .values("patient")
        .annotate(nights=Count("pk"))
    )
    for shares in shared:
        rows[shares["patient"]].nights_shared = shares["nights"]
    invitations = Invitation.objects.filter(user__in=rows, accepted_at__isnull=True)
    for invitation in invitations:
        row = rows[invitation.user_id]
        row.invitation = invitation.state
        row.reasons.append(
            {
                "pending": _("invited, not yet here"),
                "expired": _("invitation expired"),
                "revoked": _("invitation withdrawn"),
            }[invitation.state]
        )
    return list(rows.values())


def _day(when: date | datetime) -> str:
    return date_format(when, "D j M")
