"""What the caseload says about each patient: why to look, what was read, what is shared."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import CareRelationship, Invitation, User
from education.journal.models import Night, Reflection
from education.journal.models.night import SHARED_NUMBERS, SHARED_WORDS
from education.reading.models import Assignment

from .caseload import Moment, Reason
from .models import Question

DIARY_DAYS = 14
_REASONS_SHOWN = 3


@dataclass
class Row:
    """One patient of the caseload."""

    patient: User
    # Why they need attention, in words, the most urgent first.
    why: dict[Reason, str] = field(default_factory=dict)
    assigned: int = 0
    finished: int = 0
    nights_shared: int = 0
    # The reason that the list was filtered by is shown whatever its urgency.
    asked_for: str = ""

    @property
    def reasons(self) -> list[str]:
        order = sorted(self.why, key=lambda one: (one != self.asked_for, -one.urgency))
        return [self.why[reason] for reason in order[:_REASONS_SHOWN]]

    @property
    def reasons_left(self) -> int:
        return max(0, len(self.why) - _REASONS_SHOWN)


def rows_of(
    clinician: User, patients: Sequence[User], moment: Moment, asked_for: str = ""
) -> list[Row]:
    """The rows of a page of a clinician's own patients, at a constant number of queries."""
    rows = {patient.pk: Row(patient, asked_for=asked_for) for patient in patients}
    if rows:
        words = _Words(clinician, moment)
        _add_questions(clinician, rows, words)
        _add_assignments(clinician, rows, moment, words)
        _add_shared(clinician, rows, moment, words)
        _add_invitations(rows, words)
    return list(rows.values())


class _Words:
    """Days as this clinician says them."""

    def __init__(self, clinician: User, moment: Moment) -> None:
        self._zone, self._year = clinician.zone, moment.today.year

    def day(self, when: date | datetime) -> str:
        if isinstance(when, datetime):
            when = timezone.localdate(when, self._zone)
        said = date_format(when, "D j M" if when.year == self._year else "j M Y")
        # A day is not broken between two lines.
        return said.replace(" ", "\xa0")


def _per_patient(rows: dict[int, Row], things: Any, **what: Any) -> Any:
    return things.filter(patient__in=list(rows)).order_by().values("patient").annotate(**what)


def _add_questions(clinician: User, rows: dict[int, Row], words: _Words) -> None:
    questions = Question.objects.visible_to(clinician).for_visit()
    for found in _per_patient(rows, questions, n=Count("pk"), last=Max("for_visit_since")):
        rows[found["patient"]].why[Reason.QUESTION] = ngettext(
            "asked a question, %(date)s",
            "asked %(n)d questions, the last on %(date)s",
            found["n"],
        ) % {"n": found["n"], "date": words.day(found["last"])}


def _add_assignments(clinician: User, rows: dict[int, Row], moment: Moment, words: _Words) -> None:
    unfinished = Q(finished_at__isnull=True)
    overdue = unfinished & Q(due_on__lt=moment.today)
    unopened = unfinished & Q(opened_at__isnull=True, assigned_at__lt=moment.a_week_ago)
    for found in _per_patient(
        rows,
        Assignment.objects.visible_to(clinician).open(),
        assigned=Count("pk"),
        finished=Count("finished_at"),
        overdue=Count("pk", filter=overdue),
        overdue_since=Min("due_on", filter=overdue),
        unopened=Count("pk", filter=unopened),
        unopened_since=Min("assigned_at", filter=unopened),
    ):
        row = rows[found["patient"]]
        row.assigned, row.finished = found["assigned"], found["finished"]
        if found["overdue"]:
            row.why[Reason.OVERDUE] = ngettext(
                "overdue since %(date)s",
                "%(n)d articles overdue, the first since %(date)s",
                found["overdue"],
            ) % {"n": found["overdue"], "date": words.day(found["overdue_since"])}
        if found["unopened"]:
            row.why[Reason.UNOPENED] = ngettext(
                "not opened since %(date)s",
                "%(n)d articles not opened, the first since %(date)s",
                found["unopened"],
            ) % {"n": found["unopened"], "date": words.day(found["unopened_since"])}


def _add_shared(clinician: User, rows: dict[int, Row], moment: Moment, words: _Words) -> None:
    """Nights shared lately, and what was shared since the clinician last opened the page."""
    mine = CareRelationship.objects.open().filter(clinician=clinician, patient=OuterRef("patient"))
    looked_at = Subquery(mine.values(at=Coalesce("page_opened_at", "started_at"))[:1])
    entries: dict[int, int] = {}
    latest: dict[int, datetime] = {}
    # Only when what is shared was shared is asked, of one's own patients: nothing private.
    news = [
        _per_patient(
            rows,
            Night.objects.newly_shared(looked_at),
            n=Count("pk"),
            numbers=Max("numbers_shared_at", filter=SHARED_NUMBERS),
            words=Max("words_shared_at", filter=SHARED_WORDS),
        ),
        _per_patient(
            rows,
            Reflection.objects.newly_shared(looked_at),
            n=Count("pk"),
            words=Max("shared_at"),
        ),
    ]
    for found in (found for things in news for found in things):
        patient = found["patient"]
        entries[patient] = entries.get(patient, 0) + found["n"]
        moments = (latest.get(patient), found.get("numbers"), found.get("words"))
        latest[patient] = max(at for at in moments if at)
    for patient, n in entries.items():
        rows[patient].why[Reason.SHARED] = ngettext(
            "shared a new entry, %(date)s",
            "shared %(n)d new entries, the last on %(date)s",
            n,
        ) % {"n": n, "date": words.day(latest[patient])}
    nights = Night.objects.visible_to(clinician).filter(
        SHARED_NUMBERS, diary_date__gt=moment.today - timedelta(days=DIARY_DAYS)
    )
    for found in _per_patient(rows, nights, nights=Count("pk")):
        rows[found["patient"]].nights_shared = found["nights"]


def _add_invitations(rows: dict[int, Row], words: _Words) -> None:
    for invitation in Invitation.objects.filter(user__in=list(rows), accepted_at__isnull=True):
        said, at = {
            "pending": (_("invited on %(date)s, not here yet"), invitation.sent_at),
            "expired": (_("invitation expired on %(date)s"), invitation.expires_at),
            "revoked": (_("invitation withdrawn on %(date)s"), invitation.revoked_at),
        }[invitation.state]
        rows[invitation.user_id].why[Reason.INVITED] = said % {
            "date": words.day(at or invitation.sent_at)
        }
