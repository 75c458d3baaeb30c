"""Questions that a patient keeps for the next visit."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from education.articles.models import Edition, Section
from education.glossary.models import Term
from education.reading.models.ownership import own_or_cared_for

LONGEST_QUESTION = 2000


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        return own_or_cared_for(self, user)

    def open(self) -> Self:
        """Questions that nobody has settled yet."""
        return self.filter(settled_at__isnull=True)


class Question(models.Model):
    """Something that a patient wants to ask at the next visit; not a message to anybody.

    Kept with the edition, section or term that it came from.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions"
    )
    text = models.TextField(_("question"), validators=[MaxLengthValidator(LONGEST_QUESTION)])
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    term = models.ForeignKey(
        Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="care_question_has_text"),
            models.CheckConstraint(
                condition=Q(section__isnull=True) | Q(edition__isnull=False),
                name="care_question_section_of_an_edition",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=False) | Q(settled_by__isnull=True),
                name="care_question_settled_together",
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "asked_at"],
                condition=Q(settled_at__isnull=True),
                name="care_question_open",
            ),
            models.Index(fields=["patient", "-asked_at"], name="care_question_newest"),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk}"
