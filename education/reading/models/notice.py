"""What a patient should hear of by mail: once each, whoever notices it and how often."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Mail

from .assignment import Assignment


class Notice(models.Model):
    """One occasion for a mail about an assignment: it is new, due soon, or overdue.

    A mail says that there is something, never what. Constraints keep each occasion single, so
    that whatever notices it twice changes nothing.
    """

    class Kind(models.TextChoices):
        NEW = "new", _("something new to read")
        DUE_SOON = "due soon", _("due soon")
        OVERDUE = "overdue", _("overdue")

    # As in the assignment: with it, all that belongs to a patient can be kept in one place.
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20, choices=Kind)
    # The due date that a reminder is about: another date is another occasion.
    due_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField(default=timezone.now)
    mail = models.ForeignKey(
        Mail, on_delete=models.SET_NULL, null=True, blank=True, related_name="notices"
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-noted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(kind="new"), name="reading_notice_new_once"
            ),
            models.UniqueConstraint(
                fields=["assignment", "kind", "due_on"],
                condition=~Q(kind="new"),
                name="reading_notice_reminder_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="new", due_on__isnull=True)
                | Q(kind__in=["due soon", "overdue"], due_on__isnull=False),
                name="reading_notice_reminder_of_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"Notice {self.pk}"
