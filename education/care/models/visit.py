"""A visit to the clinic: when it is, what the patient lets be seen there, what was agreed."""

import uuid
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField, Unreadable
from education.reading.models.ownership import own_or_cared_for

LONGEST_AGREED = 2000

_OPEN = Q(ended_at__isnull=True)


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, user: Any) -> Self:
        """A patient's own, or those of a clinician's present patients; nobody else's.

        That a patient prepares something before there is a day is theirs alone, as long as
        nobody of the team has noted anything.
        """
        rows: Self = own_or_cared_for(self, user)
        if user.is_patient:
            return rows
        return rows.filter(
            Q(on__isnull=False)
            | Q(approved_at__isnull=False)
            | Q(ended_at__isnull=False)
            | (Q(noted_by__isnull=False) & ~Q(noted_by=F("patient")))
        )

    def open(self) -> Self:
        """Visits that have not ended: at most one of each patient."""
        return self.filter(_OPEN)

    def ended(self) -> Self:
        """Visits that have been, the latest first."""
        return self.exclude(_OPEN).order_by("-ended_at", "-pk")


class Visit(models.Model):
    """One visit of a patient: the next one, or one that has been.

    `on` and `at` are the clinic's calendar and clock; the day may be unknown yet. Of what the
    patient writes, a clinician sees there what `approved` names (see care.approval), no more.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="visits"
    )
    # With whom; None where it is not known or they have gone.
    clinician = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    on = models.DateField(_("day"), null=True, blank=True)
    at = models.TimeField(_("time"), null=True, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    approved = SealedTextField(blank=True, default="", editable=False)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Since when something that the patient has chosen waits to be approved.
    waits_since = models.DateTimeField(null=True, blank=True, editable=False)
    agreed = SealedTextField(
        _("what we agreed"),
        blank=True,
        default="",
        validators=[MaxLengthValidator(LONGEST_AGREED)],
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=_OPEN,
                name="care_visit_one_open",
                violation_error_message=_("There is a next visit already."),
            ),
            models.CheckConstraint(
                condition=Q(at__isnull=True) | Q(on__isnull=False), name="care_visit_time_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(approved="", approved_at__isnull=True)
                | (~Q(approved="") & Q(approved_at__isnull=False)),
                name="care_visit_approved_together",
            ),
            # What was approved is for the visit, and ends with it.
            models.CheckConstraint(
                condition=_OPEN | Q(approved=""), name="care_visit_approved_until_its_end"
            ),
            models.CheckConstraint(
                condition=~_OPEN | Q(ended_by__isnull=True), name="care_visit_ended_together"
            ),
        ]
        indexes = [
            # Whose visit is today, of one's patients.
            models.Index(fields=["on", "patient"], condition=_OPEN, name="care_visit_day"),
            models.Index(fields=["patient", "-ended_at"], name="care_visit_newest"),
        ]

    def __str__(self) -> str:
        return f"Visit {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("care:visit_page", args=[self.public_id])

    @property
    def is_approved(self) -> bool:
        """Whether something of the page is shown: approved, and its key is there."""
        return bool(self.approved) and not isinstance(self.approved, Unreadable)

    @property
    def today(self) -> date:
        """The day that it is where the visit is: with whom it is, or else with the patient."""
        return timezone.localdate(timezone=(self.clinician or self.patient).zone)

    @property
    def is_ahead(self) -> bool:
        """Whether its day is still to come."""
        return self.on is not None and self.on > self.today

    @property
    def was_on(self) -> date | None:
        """The day of a visit that has ended: of one that was finished early the day of that."""
        if self.ended_at is None:
            return self.on
        ended = timezone.localdate(self.ended_at, self.patient.zone)
        return min(self.on or ended, ended)

    @property
    def is_past(self) -> bool:
        """Whether its day was before today, and it has not been ended yet."""
        return self.ended_at is None and self.on is not None and self.on < self.today


class ChosenReflectionQuerySet(models.QuerySet["ChosenReflection"]):
    def standing(self) -> Self:
        """Those that stand on the page: shared, or to be shared when the patient approves it.

        What the patient has made private by hand since it was chosen does not.
        """
        return self.filter(
            Q(reflection__shared=True) | Q(was_shared=False, shared_since__isnull=True)
        )

    def shared_for_it(self) -> Self:
        """Those that nothing but the approval of the page has shared."""
        return self.filter(shared_since=F("reflection__shared_at"))


class ChosenReflection(models.Model):
    """A reflection that the patient chose for a visit."""

    # As in the visit: with it, all that belongs to a patient can be kept in one place.
    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="chosen")
    reflection = models.ForeignKey(
        "journal.Reflection", on_delete=models.CASCADE, related_name="chosen_for"
    )
    # Whether it was shared already when it was chosen.
    was_shared = models.BooleanField(default=False)
    # Where approving the page has shared it, since when: it is private again after the visit.
    shared_since = models.DateTimeField(null=True, blank=True)

    objects = ChosenReflectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("reflection chosen for a visit")
        verbose_name_plural = _("reflections chosen for visits")
        constraints = [
            models.UniqueConstraint(fields=["visit", "reflection"], name="care_chosen_once"),
        ]

    def __str__(self) -> str:
        return f"Chosen reflection {self.pk}"
