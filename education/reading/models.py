"""What was assigned to whom, and what they read."""

import uuid
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AccessEvent, User
from education.articles.models import Article, Edition, Level


class AlreadyAssigned(Exception):
    """The patient has this article already, at this or another level."""


def _own_or_cared_for(rows: Any, user: User) -> Any:
    """Rows with a patient: a patient's own, or those of a clinician's present patients."""
    if user.is_patient:
        return rows.filter(patient=user)
    if user.is_clinician:
        return rows.filter(Exists(User.objects.patients_of(user).filter(pk=OuterRef("patient_id"))))
    return rows.none()


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        return _own_or_cared_for(self, user)

    def open(self) -> Self:
        """Assignments that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def with_evidence(self) -> Self:
        """Each with its published edition's minutes and the patient's dated facts.

        Adds edition_minutes, opened_at and finished_at: the latest facts of this patient at the
        assigned level, whichever edition they read.
        """
        edition = Edition.objects.published().filter(
            article=OuterRef("article"), level=OuterRef("level")
        )
        reading = Reading.objects.filter(
            patient=OuterRef("patient"),
            edition__article=OuterRef("article"),
            edition__level=OuterRef("level"),
        )
        return self.annotate(
            edition_minutes=models.Subquery(edition.values("reading_minutes")[:1]),
            opened_at=models.Subquery(
                reading.order_by(F("opened_at").asc(nulls_last=True)).values("opened_at")[:1]
            ),
            finished_at=models.Subquery(
                reading.order_by(F("finished_at").desc(nulls_last=True)).values("finished_at")[:1]
            ),
        )

    def overdue(self, on: date) -> Self:
        """Of assignments with_evidence: past their due date on this day and not finished."""
        return self.filter(finished_at__isnull=True, due_on__lt=on)

    def unopened(self, before: datetime) -> Self:
        """Of assignments with_evidence: given before this moment, neither opened nor finished."""
        return self.filter(opened_at__isnull=True, finished_at__isnull=True, assigned_at__lt=before)


class AssignmentManager(models.Manager.from_queryset(AssignmentQuerySet)):  # type: ignore[misc]
    def assign(
        self,
        *,
        article: Article,
        level: str,
        patient: User,
        by: User,
        due_on: Any = None,
        note: str = "",
    ) -> "Assignment":
        """Give a patient an article to read and note it in the record of access.

        Raises AlreadyAssigned when the patient has the article; two people assigning it at once
        end with one assignment.
        """
        try:
            with transaction.atomic():
                assignment = self.create(
                    article=article,
                    level=level,
                    patient=patient,
                    assigned_by=by,
                    due_on=due_on,
                    note=note,
                )
                AccessEvent.objects.record(
                    patient=patient,
                    actor=by,
                    action=AccessEvent.Action.ASSIGNED,
                    what=AccessEvent.What.ASSIGNMENT,
                )
        except IntegrityError as error:
            if self.open().filter(article=article, patient=patient).exists():
                raise AlreadyAssigned from error
            raise
        return assignment


class Assignment(models.Model):
    """An article at a level that a clinician asked a patient to read."""

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
    due_on = models.DateField(_("due"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = AssignmentManager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-assigned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "article"],
                condition=Q(withdrawn_at__isnull=True),
                name="reading_assignment_one_open",
                violation_error_message=_("This patient already has this article."),
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="reading_assignment_level_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=False) | Q(withdrawn_by__isnull=True),
                name="reading_assignment_withdrawn_together",
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-assigned_at"], name="reading_assignment_patient"),
        ]

    def __str__(self) -> str:
        return f"Assignment {self.public_id}"

    def get_reading_url(self) -> str:
        return reverse("reading:reader", args=[self.article.slug, self.level])

    def is_overdue(self, on: date) -> bool:
        """overdue() of one row with_evidence."""
        return self.finished_at is None and self.due_on is not None and self.due_on < on

    def is_unopened(self, before: datetime) -> bool:
        """unopened() of one row with_evidence."""
        return self.opened_at is None and self.finished_at is None and self.assigned_at < before

    def withdraw(self, by: User) -> bool:
        """Take the assignment back; False if somebody was faster. What was read stays."""
        with transaction.atomic():
            withdrawn = (
                type(self)
                .objects.open()
                .filter(pk=self.pk)
                .update(withdrawn_at=timezone.now(), withdrawn_by=by)
            )
            if withdrawn:
                AccessEvent.objects.record(
                    patient=self.patient,
                    actor=by,
                    action=AccessEvent.Action.WITHDREW,
                    what=AccessEvent.What.ASSIGNMENT,
                )
        return bool(withdrawn)

    def restore(self, by: User) -> bool:
        """Undo a withdrawal; False if the patient has been given the article anew since."""
        try:
            with transaction.atomic():
                restored = (
                    type(self)
                    .objects.filter(pk=self.pk, withdrawn_at__isnull=False)
                    .update(withdrawn_at=None, withdrawn_by=None)
                )
                if restored:
                    AccessEvent.objects.record(
                        patient=self.patient,
                        actor=by,
                        action=AccessEvent.Action.ASSIGNED,
                        what=AccessEvent.What.ASSIGNMENT,
                    )
        except IntegrityError:
            return False
        return bool(restored)


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: User) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        return _own_or_cared_for(self, user)

    def note_opened(self, patient: User, edition: Edition) -> None:
        """Note that the patient opened this edition; the first opening counts."""
        with transaction.atomic():
            self.get_or_create(
                patient=patient, edition=edition, defaults={"opened_at": timezone.now()}
            )

    def note_finished(self, patient: User, edition: Edition) -> None:
        """Note that the patient said that they finished; the first time counts."""
        with transaction.atomic():
            reading, _created = self.get_or_create(patient=patient, edition=edition)
            self.filter(pk=reading.pk, finished_at__isnull=True).update(finished_at=timezone.now())

    def take_back_finished(self, patient: User, edition: Edition) -> None:
        """The patient says that they have not finished after all."""
        self.filter(patient=patient, edition=edition).update(finished_at=None)


class Reading(models.Model):
    """What a patient did with an edition, as separate dated facts.

    None is inferred from another: opening is not finishing.
    """

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="readings")
    opened_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "edition"], name="reading_once_per_edition")
        ]

    def __str__(self) -> str:
        return f"Reading {self.pk}"
