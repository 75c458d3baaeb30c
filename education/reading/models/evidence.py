"""What a patient did with an edition: dated facts, none inferred from another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Min, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from education.articles.models import Edition, Section

from .assignment import Assignment
from .ownership import own_or_cared_for

FACTS = ("opened_at", "finished_at", "understood_at")


class ReadingQuerySet(models.QuerySet["Reading"]):
    def visible_to(self, user: User) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's."""
        return own_or_cared_for(self, user)

    def note_opened(self, patient: User, edition: Edition, at: datetime | None = None) -> None:
        """Note that this edition was on the patient's screen; the first time counts."""
        self._note("opened_at", patient, edition, at)

    def note_finished(self, patient: User, edition: Edition, at: datetime | None = None) -> None:
        """Note that the patient said “I’ve finished”; the first time counts."""
        self._note("finished_at", patient, edition, at)

    def note_understood(self, patient: User, edition: Edition, at: datetime | None = None) -> None:
        """Note that the patient said “I understand”; the first time counts."""
        self._note("understood_at", patient, edition, at)

    def take_back_finished(self, patient: User, edition: Edition) -> None:
        """The patient says that they have not finished after all."""
        self._take_back("finished_at", patient, edition)

    def take_back_understood(self, patient: User, edition: Edition) -> None:
        """The patient takes “I understand” back."""
        self._take_back("understood_at", patient, edition)

    def note_sections(
        self,
        patient: User,
        edition: Edition,
        reached: Mapping[str, datetime],
        last: str = "",
        last_at: datetime | None = None,
    ) -> None:
        """Note which sections (by key) were on the patient's screen, and which of them last.

        The first time of each counts. Keys that the edition does not have are left out.
        """
        sections = {one.key: one for one in Section.objects.filter(edition=edition).only("key")}
        if not sections.keys() & {*reached, last}:
            return
        with transaction.atomic():
            reading, _created = self.get_or_create(patient=patient, edition=edition)
            SectionReached.objects.bulk_create(
                [
                    SectionReached(
                        patient=patient, reading=reading, section=sections[key], reached_at=at
                    )
                    for key, at in reached.items()
                    if key in sections
                ],
                ignore_conflicts=True,
            )
            if last in sections:
                self.filter(pk=reading.pk).update(
                    last_section=sections[last], last_at=last_at or timezone.now()
                )

    def catch_up(self, assignment: Assignment) -> None:
        """Give an assignment the facts since it was made, also those it could not take then."""
        for fact in FACTS:
            missing = Assignment.objects.filter(pk=assignment.pk, **{f"{fact}__isnull": True})
            missing.update(**{fact: self._first_since(fact)})

    def _note(self, fact: str, patient: User, edition: Edition, at: datetime | None = None) -> None:
        at = at or timezone.now()
        with transaction.atomic():
            reading, _created = self.get_or_create(patient=patient, edition=edition)
            # What comes late may have been the first time.
            first = Q(**{f"{fact}__isnull": True}) | Q(**{f"{fact}__gt": at})
            self.filter(first, pk=reading.pk).update(**{fact: at})
            # It may be older than the assignment, and then says nothing of it.
            self._assignment(patient, edition).filter(first, assigned_at__lte=at).update(
                **{fact: at, "updated_at": timezone.now()}
            )

    def _take_back(self, fact: str, patient: User, edition: Edition) -> None:
        with transaction.atomic():
            said = self.filter(patient=patient, edition=edition)
            assignments = self._assignment(patient, edition)
            assigned_at = assignments.values_list("assigned_at", flat=True).first()
            if assigned_at is not None:
                # What was said before it was assigned is not what is taken back.
                said = said.filter(**{f"{fact}__gte": assigned_at})
            said.update(**{fact: None})
            # What was said of another level stays.
            assignments.update(**{fact: self._first_since(fact), "updated_at": timezone.now()})

    def _first_since(self, fact: str) -> Subquery:
        """The first such fact of any level since an assignment was made, for its update."""
        said = self.filter(
            patient=OuterRef("patient"),
            edition__article=OuterRef("article"),
            **{f"{fact}__gte": OuterRef("assigned_at")},
        )
        return Subquery(said.order_by().values("patient").annotate(x=Min(fact)).values("x"))

    def _assignment(self, patient: User, edition: Edition) -> Any:
        return Assignment.objects.open().filter(patient=patient, article=edition.article_id)


class Reading(models.Model):
    """What a patient did with one edition, as separate dated facts.

    None is inferred from another: opening is not finishing, scrolling is not understanding.
    """

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings"
    )
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="readings")
    opened_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    understood_at = models.DateTimeField(null=True, blank=True)
    # Where the patient left, to go on from there.
    last_section = models.ForeignKey(
        Section, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_at = models.DateTimeField(null=True, blank=True)

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


class SectionReached(models.Model):
    """A section of an edition that was really on the patient's screen, and when first."""

    # As in the reading: with it, all that belongs to a patient can be kept in one place.
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="sections")
    section = models.ForeignKey(Section, on_delete=models.PROTECT, related_name="reached")
    reached_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("section reached")
        verbose_name_plural = _("sections reached")
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "section"], name="reading_sectionreached_once"
            )
        ]

    def __str__(self) -> str:
        return f"Section reached {self.pk}"
