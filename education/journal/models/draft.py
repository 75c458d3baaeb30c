"""What somebody has begun to write and not saved yet."""

import json
from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField, Unreadable

LONGEST_FORM_NAME = 60
MOST_DRAFTS = 50


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own drafts; nobody else sees any."""
        if getattr(user, "is_patient", False) and user.is_active:
            return self.filter(patient=user)
        return self.none()

    def keep(self, patient: Any, form: str, fields: Mapping[str, str]) -> None:
        """Keep what stands in this form now, in place of what was kept of it before.

        The oldest drafts make room, so that nobody can fill the disk with them.
        """
        self.update_or_create(
            patient=patient, form=form, defaults={"fields": json.dumps(dict(fields))}
        )
        newest = self.filter(patient=patient).order_by("-updated_at", "-pk")
        kept = newest.values("pk")[:MOST_DRAFTS]
        self.filter(patient=patient).exclude(pk__in=kept).delete()

    def drop(self, patient: Any, *forms: str) -> None:
        """Forget the drafts of these forms, because they are saved or not wanted any more."""
        self.filter(patient=patient, form__in=forms).delete()


class Draft(models.Model):
    """A form of the journal as it stood when its writer last typed, sealed like what is saved.

    `form` names the form and the entry: "night:2026-11-03", "reflection:new" and the like.
    """

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts"
    )
    form = models.CharField(max_length=LONGEST_FORM_NAME)
    fields = SealedTextField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [
            models.UniqueConstraint(fields=["patient", "form"], name="journal_draft_one_per_form"),
            models.CheckConstraint(condition=~Q(form=""), name="journal_draft_has_form"),
        ]

    def __str__(self) -> str:
        return f"Draft {self.pk}"

    @property
    def answers(self) -> dict[str, str]:
        """What was typed, by field; nothing where it can't be read any more."""
        if isinstance(self.fields, Unreadable):
            return {}
        found: dict[str, str] = json.loads(self.fields)
        return found
