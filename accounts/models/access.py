"""The record of who opened what."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def visible_to(self, user) -> Self:
        """A patient sees everything done with what is theirs; a clinician their own acts."""
        if user.is_patient:
            return self.filter(patient=user)
        if user.is_clinician:
            return self.filter(actor=user)
        return self.none()

    def record(self, *, patient, actor, action: str, what: str) -> None:
        """Note that somebody other than the patient opened or changed something of theirs.

        The same opening by the same person within an hour is one event.
        """
        if actor == patient:
            return
        if action == AccessEvent.Action.OPENED and self._opened_lately(patient, actor, what):
            return
        self.create(patient=patient, actor=actor, action=action, what=what)

    def record_many(self, *, patients, actor, action: str, what: str) -> None:
        """record() of one change for each of many patients, in one query."""
        self.bulk_create(
            self.model(patient=patient, actor=actor, action=action, what=what)
            for patient in patients
            if patient != actor
        )

    def _opened_lately(self, patient, actor, what: str) -> bool:
        return self.filter(
            patient=patient,
            actor=actor,
            action=AccessEvent.Action.OPENED,
            what=what,
            at__gt=timezone.now() - timedelta(hours=1),
        ).exists()


class AccessEvent(models.Model):
    """One opening or change of something that belongs to a patient, by somebody else."""

    class Action(models.TextChoices):
        OPENED = "opened", _("opened")
        ASSIGNED = "assigned", _("assigned")
        CHANGED = "changed", _("changed")
        WITHDREW = "withdrew", _("withdrew")

    class What(models.TextChoices):
        PATIENT_PAGE = "patient page", _("your page: reading, questions and what you share")
        ASSIGNMENT = "assignment", _("something to read")
        CARE_TEAM = "care team", _("who is in your care team")
        QUESTION = "question", _("your question")

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_events"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_acts"
    )
    action = models.CharField(max_length=20, choices=Action)
    what = models.CharField(max_length=40, choices=What)
    at = models.DateTimeField(default=timezone.now)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("access event")
        verbose_name_plural = _("record of access")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["patient", "-at"], name="accounts_access_patient_at"),
            models.Index(fields=["actor", "-at"], name="accounts_access_actor_at"),
        ]

    def __str__(self) -> str:
        return f"Access event {self.pk}"
