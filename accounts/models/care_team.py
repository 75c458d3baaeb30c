"""Who cares for whom."""

from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import Role


class CareRelationshipQuerySet(models.QuerySet["CareRelationship"]):
    def open(self) -> Self:
        """Relationships that have not ended."""
        return self.filter(ended_at__isnull=True)


class CareRelationship(models.Model):
    """A clinician's care for a patient; while it is open it gives access to what is shared."""

    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="care_given",
        limit_choices_to={"role": Role.CLINICIAN},
        verbose_name=_("clinician"),
    )
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="care_received",
        limit_choices_to={"role": Role.PATIENT},
        verbose_name=_("patient"),
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("started by"),
    )
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("ended by"),
    )
    # What the patient shared after this moment is new to the clinician.
    page_opened_at = models.DateTimeField(_("patient’s page opened"), null=True, editable=False)

    objects = CareRelationshipQuerySet.as_manager()

    class Meta:
        verbose_name = _("care relationship")
        verbose_name_plural = _("care relationships")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinician", "patient"],
                condition=Q(ended_at__isnull=True),
                name="accounts_care_one_open_per_pair",
                violation_error_message=_("This clinician already cares for this patient."),
            ),
            models.CheckConstraint(
                condition=~Q(clinician=F("patient")), name="accounts_care_two_people"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="accounts_care_ends_after_start",
                violation_error_message=_("The end is before the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clinician} – {self.patient}"

    def clean(self) -> None:
        super().clean()
        for field, role in (("clinician", Role.CLINICIAN), ("patient", Role.PATIENT)):
            person = getattr(self, field, None)
            if person is not None and person.role != role:
                raise ValidationError({field: _("This person has another role.")})

    def end(self, by: Any = None) -> bool:
        """End the relationship now; access ends with it. False if it had ended already."""
        ended = type(self).objects.open().filter(pk=self.pk)
        return bool(ended.update(ended_at=timezone.now(), ended_by=by))
