"""A programme: articles in an order, for what many patients need one after the other."""

import uuid
from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from education.articles.models import Article, Level

MOST_STEPS = 30
LONGEST_DAYS = 730


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    def visible_to(self, user: Any) -> Self:
        """Programmes belong to the clinic: every clinician sees and edits them, nobody else."""
        return self if user.is_clinician and user.is_active else self.none()

    def in_use(self) -> Self:
        """Programmes that were not put away."""
        return self.filter(put_away_at__isnull=True)


class Programme(models.Model):
    """An ordered set of articles with levels and days that clinicians assign as one.

    Assigning it makes ordinary assignments; a later change of it does not touch them.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(
        _("what it is for"),
        max_length=500,
        blank=True,
        help_text=_("For your colleagues. Patients do not see it."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    # Not offered any more; what was assigned from it stays.
    put_away_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(put_away_at__isnull=True),
                name="reading_programme_name_once",
                violation_error_message=_("There is a programme with this name already."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="reading_programme_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ProgrammeStep(models.Model):
    """One article of a programme, at a level, to be read by a day after its start."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(_("position"))
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, related_name="+", verbose_name=_("article")
    )
    level = models.CharField(_("level"), max_length=20, choices=Level)
    days = models.PositiveSmallIntegerField(
        _("to be read by day"),
        help_text=_("Days after the start: 7 is a week after it."),
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "position"], name="reading_programmestep_position_once"
            ),
            models.UniqueConstraint(
                fields=["programme", "article"],
                name="reading_programmestep_article_once",
                violation_error_message=_("This article is in the programme already."),
            ),
            models.CheckConstraint(
                condition=Q(level__in=Level.values), name="reading_programmestep_level_known"
            ),
            models.CheckConstraint(
                condition=Q(days__lte=LONGEST_DAYS), name="reading_programmestep_days_range"
            ),
        ]

    def __str__(self) -> str:
        return f"Step {self.position} of programme {self.programme_id}"

    def due_on(self, start: date) -> date:
        """The day by which it should be read when the programme starts on `start`."""
        return start + timedelta(days=self.days)
