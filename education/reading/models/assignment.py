"""What a clinician asked a patient to read."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessEvent, User
from education.articles.models import Article, Edition, Level, Section

from .ownership import own_or_cared_for
from .programme import Programme

_OPEN = Q(withdrawn_at__isnull=True)
_UNFINISHED = _OPEN & Q(finished_at__isnull=True)


@dataclass(frozen=True)
class Wanted:
    """One article for one patient, as somebody wants to assign it."""

    patient: User
    article: Article
    level: str
    due_on: date | None = None


@dataclass
class Outcome:
    """What became of a wish to assign."""

    # Marks everything that was assigned together, so that it can be undone together.
    batch: uuid.UUID
    assigned: list["Assignment"] = field(default_factory=list)
    # Whoever had the article already, at this or another level, and keeps it as it was.
    already: list[Wanted] = field(default_factory=list)
    # Whoever is not in the assigning clinician's care (any more).
    not_cared_for: list[Wanted] = field(default_factory=list)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        return own_or_cared_for(self, user)

    def open(self) -> Self:
        """Assignments that were not withdrawn."""
        return self.filter(_OPEN)

    def unfinished(self) -> Self:
        """Open ones of which the patient did not say “I’ve finished”."""
        return self.filter(_UNFINISHED)

    def overdue(self, on: date) -> Self:
        """Unfinished, and their due date is before this day."""
        return self.unfinished().filter(due_on__lt=on)

    def unopened(self, before: datetime) -> Self:
        """Unfinished, assigned before this moment and never opened since."""
        return self.unfinished().filter(opened_at__isnull=True, assigned_at__lt=before)

    def with_readable(self) -> Self:
        """Adds is_readable: whether any level of the article is in the library now."""
        published = Edition.objects.published().filter(article=OuterRef("article"))
        return self.annotate(is_readable=Exists(published))

    def with_progress(self) -> Self:
        """Adds edition_minutes, parts and parts_reached of the edition that is published now."""
        edition = Edition.objects.published().filter(
            article=OuterRef("article"), level=OuterRef("level")
        )
        sections = Section.objects.filter(edition=OuterRef("edition_pk")).order_by()
        reached = sections.filter(
            reached__reading__patient=OuterRef("patient"), reached__isnull=False
        )
        return self.annotate(
            edition_pk=Subquery(edition.values("pk")[:1]),
            edition_minutes=Subquery(edition.values("reading_minutes")[:1]),
        ).annotate(parts=Coalesce(_count(sections), 0), parts_reached=Coalesce(_count(reached), 0))

    def withdraw_all(self, by: User, reason: str = "") -> int:
        """Take back what is open of these; returns how many. What was read stays."""
        with transaction.atomic():
            rows = list(self.open().select_for_update(of=("self",)).select_related("patient"))
            at = timezone.now()
            self.model.objects.filter(pk__in=[row.pk for row in rows]).update(
                withdrawn_at=at, withdrawn_by=by, withdrawal_reason=reason, updated_at=at
            )
            AssignmentChange.objects.bulk_create(
                AssignmentChange(
                    patient_id=row.patient_id,
                    assignment=row,
                    by=by,
                    at=at,
                    action=AssignmentChange.Action.WITHDRAWN,
                    reason=reason,
                )
                for row in rows
            )
            AccessEvent.objects.record_many(
                changed=[(row.patient, str(row.public_id)) for row in rows],
                actor=by,
                action=AccessEvent.Action.WITHDREW,
                what=AccessEvent.What.ASSIGNMENT,
            )
        return len(rows)


def _count(sections: Any) -> Subquery:
    return Subquery(sections.values("edition").annotate(n=Count("pk")).values("n"))


class Assignment(models.Model):
    """An article at a level that a clinician asked a patient to read.

    opened_at, finished_at and understood_at are the patient's first such fact since it was
    assigned, whatever level they chose; each is noted with the Reading it comes from.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments"
    )
    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="assignments")
    level = models.CharField(_("level"), max_length=20, choices=Level)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="assignments_given",
    )
    assigned_at = models.DateTimeField(default=timezone.now)
    # What was assigned together can be undone together.
    batch = models.UUIDField(null=True, editable=False)
    programme = models.ForeignKey(
        Programme, on_delete=models.SET_NULL, null=True, blank=True, related_name="assignments"
    )
    due_on = models.DateField(_("read by"), null=True, blank=True)
    note = models.CharField(_("note to the patient"), max_length=500, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    withdrawal_reason = models.CharField(_("reason"), max_length=300, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    understood_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-assigned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "article"],
                condition=_OPEN,
                name="reading_assignment_one_open",
                violation_error_message=_("This patient already has this article."),
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="reading_assignment_level_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=False)
                | Q(withdrawn_by__isnull=True, withdrawal_reason=""),
                name="reading_assignment_withdrawn_together",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-assigned_at"], name="reading_assignment_patient"),
            models.Index(
                fields=["patient", "due_on"],
                condition=_UNFINISHED,
                name="reading_assignment_due",
            ),
            models.Index(
                fields=["patient", "assigned_at"],
                condition=_UNFINISHED & Q(opened_at__isnull=True),
                name="reading_assignment_unopened",
            ),
            # Reminders look for a day, whoever's.
            models.Index(
                fields=["due_on"], condition=_UNFINISHED, name="reading_assignment_due_day"
            ),
            models.Index(fields=["batch"], name="reading_assignment_batch"),
        ]

    def __str__(self) -> str:
        return f"Assignment {self.public_id}"

    def get_reading_url(self) -> str:
        return reverse("reading:reader", args=[self.article.slug, self.level])

    def is_overdue(self, on: date) -> bool:
        """overdue() of one row."""
        return self.finished_at is None and self.due_on is not None and self.due_on < on

    def is_unopened(self, before: datetime) -> bool:
        """unopened() of one row."""
        return self.opened_at is None and self.finished_at is None and self.assigned_at < before

    def change(self, by: User, *, level: str, due_on: date | None, note: str) -> bool:
        """Give it another level, due date or note, and keep what it was; False if withdrawn.

        What was read stays as it is. Nothing is kept where nothing differs.
        """
        with transaction.atomic():
            before = type(self).objects.open().select_for_update().filter(pk=self.pk).first()
            if before is None:
                return False
            change = AssignmentChange(
                patient_id=self.patient_id,
                assignment=self,
                by=by,
                action=AssignmentChange.Action.CHANGED,
                level_before=before.level,
                level_after=level,
                due_before=before.due_on,
                due_after=due_on,
                note_before=before.note,
                note_after=note,
            )
            if not change.says_something:
                return True
            self.level, self.due_on, self.note = level, due_on, note
            self.save(update_fields=["level", "due_on", "note", "updated_at"])
            change.save()
            self._record(by, AccessEvent.Action.CHANGED)
        return True

    def withdraw(self, by: User, reason: str = "") -> bool:
        """Take the assignment back; False if somebody was faster. What was read stays."""
        return bool(type(self).objects.filter(pk=self.pk).withdraw_all(by, reason))

    def restore(self, by: User) -> bool:
        """Undo a withdrawal; False if the patient has been given the article anew since."""
        try:
            with transaction.atomic():
                restored = (
                    type(self)
                    .objects.filter(pk=self.pk, withdrawn_at__isnull=False)
                    .update(
                        withdrawn_at=None,
                        withdrawn_by=None,
                        withdrawal_reason="",
                        updated_at=timezone.now(),
                    )
                )
                if restored:
                    AssignmentChange.objects.create(
                        patient_id=self.patient_id,
                        assignment=self,
                        by=by,
                        action=AssignmentChange.Action.RESTORED,
                    )
                    self._record(by, AccessEvent.Action.ASSIGNED)
        except IntegrityError:
            return False
        return bool(restored)

    def _record(self, by: User, action: str) -> None:
        AccessEvent.objects.record(
            patient=self.patient,
            actor=by,
            action=action,
            what=AccessEvent.What.ASSIGNMENT,
            thing=str(self.public_id),
        )


class AssignmentChange(models.Model):
    """One change of an assignment after it was made: by whom, when, from what to what."""

    class Action(models.TextChoices):
        CHANGED = "changed", _("changed")
        WITHDRAWN = "withdrawn", _("withdrawn")
        RESTORED = "restored", _("assigned again")

    # As in the assignment: with it, all that belongs to a patient can be kept in one place.
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="changes")
    action = models.CharField(max_length=20, choices=Action)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    level_before = models.CharField(max_length=20, choices=Level, blank=True)
    level_after = models.CharField(max_length=20, choices=Level, blank=True)
    due_before = models.DateField(null=True, blank=True)
    due_after = models.DateField(null=True, blank=True)
    note_before = models.CharField(max_length=500, blank=True)
    note_after = models.CharField(max_length=500, blank=True)
    # Why it was withdrawn.
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("change of an assignment")
        verbose_name_plural = _("changes of assignments")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(action__in=["changed", "withdrawn", "restored"]),
                name="reading_assignmentchange_action_known",
            )
        ]

    def __str__(self) -> str:
        return f"Change {self.pk} of an assignment"

    @property
    def says_something(self) -> bool:
        return (self.level_before, self.due_before, self.note_before) != (
            self.level_after,
            self.due_after,
            self.note_after,
        )
