"""Questions that a patient keeps for the next visit."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField
from education.articles.models import Edition, Section
from education.glossary.models import Term
from education.reading.models.ownership import own_or_cared_for

LONGEST_QUESTION = 2000
LONGEST_ANSWER = 500


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own; of a clinician's present patients those marked for the visit."""
        rows: Self = own_or_cared_for(self, user)
        return rows if user.is_patient else rows.filter(for_visit_since__isnull=False)

    def open(self) -> Self:
        """Questions that nobody has settled yet."""
        return self.filter(settled_at__isnull=True)

    def for_visit(self) -> Self:
        """Open questions that the patient wants to bring to the visit, the most important first."""
        marked = self.open().filter(for_visit_since__isnull=False)
        return marked.order_by("place", "for_visit_since", "pk")

    def private(self) -> Self:
        """Open questions that nobody but the patient sees, the newest first."""
        return self.open().filter(for_visit_since__isnull=True).order_by("-asked_at", "-pk")

    def settled(self) -> Self:
        """Questions that have been settled, the latest first."""
        return self.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")


class Question(models.Model):
    """Something that a patient wants to ask; not a message to anybody.

    Private until the patient marks it for the visit. Kept with the edition, section, term or
    reflection that it came from.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions"
    )
    text = SealedTextField(_("question"), validators=[MaxLengthValidator(LONGEST_QUESTION)])
    edition = models.ForeignKey(
        Edition, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    section = models.ForeignKey(
        Section, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    term = models.ForeignKey(
        Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The patient's alone: nobody else is told that there is one.
    reflection = models.ForeignKey(
        "journal.Reflection", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    # Since when the care team sees it; None while it is the patient's alone.
    for_visit_since = models.DateTimeField(null=True, blank=True)
    # Among those for the visit, the most important has the least.
    place = models.PositiveIntegerField(default=0, db_default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    settled_at_visit = models.ForeignKey(
        "care.Visit", on_delete=models.SET_NULL, null=True, blank=True, related_name="settled"
    )
    answer = SealedTextField(
        _("answer"),
        blank=True,
        default="",
        db_default="",
        validators=[MaxLengthValidator(LONGEST_ANSWER)],
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
            models.CheckConstraint(
                condition=Q(settled_at__isnull=False) | Q(answer="", settled_at_visit__isnull=True),
                name="care_question_answered_when_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["patient", "asked_at"],
                condition=Q(settled_at__isnull=True),
                name="care_question_open",
            ),
            models.Index(
                fields=["patient", "place", "for_visit_since"],
                condition=Q(settled_at__isnull=True, for_visit_since__isnull=False),
                name="care_question_for_visit",
            ),
            models.Index(fields=["patient", "-asked_at"], name="care_question_newest"),
            models.Index(
                fields=["patient", "-settled_at"],
                condition=Q(settled_at__isnull=False),
                name="care_question_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"Question {self.pk}"
