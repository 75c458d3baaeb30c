"""What a patient agrees to, and what becomes of their account when they close it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def current(self) -> "ConsentText | None":
        """The text that patients have to agree to now, if the clinic has one."""
        return self.filter(published_at__isnull=False).order_by("-version").first()


class ConsentText(models.Model):
    """One version of the words that a patient agrees to before using the portal.

    A published version never changes: a change is a new version, and patients are asked again.
    """

    version = models.PositiveIntegerField(_("version"), unique=True)
    text = models.TextField(_("text"), max_length=20_000)
    # What is new, in a sentence, for those who have agreed to an earlier version.
    change_note = models.CharField(_("what has changed"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["-version"]

    def __str__(self) -> str:
        return f"Consent text, version {self.version}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: Any) -> Self:
        """Each patient's own."""
        return self.filter(patient=user) if user.is_patient else self.none()


class Consent(models.Model):
    """A patient agreed to one version of the text."""

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="consents"
    )
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents")
    agreed_at = models.DateTimeField(default=timezone.now)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-agreed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "text"], name="accounts_consent_once")
        ]

    def __str__(self) -> str:
        return f"Consent {self.pk}"


class AccountClosing(models.Model):
    """A patient closed their account: what is kept after that, and until when.

    The person's row stays without name and address, so that the record of who opened what keeps
    its patient until it may be erased as well.
    """

    patient = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="closing"
    )
    closed_at = models.DateTimeField(default=timezone.now)
    # The day, in UTC, from which the record of access may be erased.
    record_kept_until = models.DateField()
    record_erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("closed account")
        verbose_name_plural = _("closed accounts")
        ordering = ["-closed_at", "-pk"]
        indexes = [
            models.Index(
                fields=["record_kept_until"],
                condition=Q(record_erased_at__isnull=True),
                name="accounts_closing_due",
            )
        ]

    def __str__(self) -> str:
        return f"Closed account {self.pk}"
