"""What a patient thinks about sleep and care, in their own words."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.sealed import SealedTextField

LONGEST_REFLECTION = 20_000


class ReflectionQuerySet(models.QuerySet["Reflection"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own reflections; for their clinicians the shared ones; none for others."""
        if getattr(user, "is_patient", False) and user.is_active:
            return self.filter(patient=user)
        return self.shared_with(user)

    def shared_with(self, clinician: Any) -> Self:
        """Shared reflections of the patients whom this clinician treats now."""
        if not getattr(clinician, "is_clinician", False):
            return self.none()
        return self.shared().filter(patient__in=User.objects.patients_of(clinician).values("pk"))

    def shared(self) -> Self:
        """Reflections that the care team sees."""
        return self.filter(shared=True)

    def newly_shared(self, since: Any) -> Self:
        """Reflections shared after this moment (a value or an expression)."""
        return self.filter(shared=True, shared_at__gt=since)

    def set_shared(self, shared: bool) -> int:
        """Share these reflections from now on, or stop."""
        return self.update(shared=shared, shared_at=timezone.now() if shared else None)


class Reflection(models.Model):
    """Words of a patient, free or in answer to an article's prompt; private until shared.

    The prompt's text and the edition are kept as they were on the day of writing.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reflections"
    )
    on = models.DateField(_("written on"))
    text = SealedTextField(_("reflection"), validators=[MaxLengthValidator(LONGEST_REFLECTION)])
    prompt = models.ForeignKey(
        "articles.Prompt", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    prompt_text = models.CharField(_("prompt"), max_length=300, blank=True)
    edition = models.ForeignKey(
        "articles.Edition", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    shared = models.BooleanField(_("shared"), default=False)
    # Since when: what a clinician has not seen yet is new. None where it is not shared.
    shared_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ReflectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reflection")
        verbose_name_plural = _("reflections")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="journal_reflection_has_text"),
        ]
        indexes = [
            models.Index(fields=["patient", "-on", "-id"], name="journal_reflection_newest"),
            models.Index(
                fields=["patient", "-on", "-id"],
                condition=Q(shared=True),
                name="journal_reflection_shared_on",
            ),
            models.Index(
                fields=["patient", "shared_at"],
                condition=Q(shared=True),
                name="journal_reflection_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"Reflection {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.shared_at = (self.shared_at or timezone.now()) if self.shared else None
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("journal:reflection", args=[self.public_id])
