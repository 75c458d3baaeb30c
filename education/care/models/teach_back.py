"""What a patient explained in their own words."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField
from education.articles.models import Edition
from education.reading.models import Assignment
from education.reading.models.ownership import own_or_cared_for

from .visit import Visit

LONGEST_WORDS = 1000


class Understood(models.TextChoices):
    """How the clinician found what the patient explained; never a mark."""

    UNDERSTOOD = "understood", _("understood")
    PARTLY = "partly", _("partly understood")
    REPEAT = "repeat", _("to repeat")


class TeachBackQuerySet(models.QuerySet["TeachBack"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        rows: Self = own_or_cared_for(self, user)
        return rows

    def newest(self) -> Self:
        """The latest first."""
        return self.order_by("-noted_at", "-pk")

    def with_editions(self) -> Self:
        """With what was explained and by whom it was noted, and whether it can still be read
        (`readable`)."""
        published = Edition.objects.published().filter(
            article=OuterRef("edition__article"), level=OuterRef("edition__level")
        )
        return self.select_related("edition__article", "clinician").annotate(
            readable=Exists(published)
        )


class TeachBack(models.Model):
    """What a patient explained of an edition in their own words, as a clinician noted it."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="teach_backs"
    )
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    visit = models.ForeignKey(
        Visit, on_delete=models.SET_NULL, null=True, blank=True, related_name="teach_backs"
    )
    understood = models.CharField(_("how it went"), max_length=20, choices=Understood)
    words = SealedTextField(_("in their own words"), validators=[MaxLengthValidator(LONGEST_WORDS)])
    # What was given to read again from here.
    again = models.ForeignKey(
        Assignment, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TeachBackQuerySet.as_manager()

    class Meta:
        verbose_name = _("teach-back")
        verbose_name_plural = _("teach-backs")
        ordering = ["-noted_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="care_teachback_has_words"),
            models.CheckConstraint(
                condition=Q(understood__in=Understood.values), name="care_teachback_how_known"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-noted_at"], name="care_teachback_newest"),
        ]

    def __str__(self) -> str:
        return f"Teach-back {self.pk}"
