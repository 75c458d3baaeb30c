"""What a patient agrees to, and what becomes of their account when they close it."""

from datetime import UTC, date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import User


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def published(self) -> Self:
        """Versions that patients are or were asked to agree to."""
        return self.filter(published_at__isnull=False)

    def current(self) -> "ConsentText | None":
        """The text that patients have to agree to now, if the clinic has one."""
        return self.published().order_by("-number").first()

    def next_number(self) -> int:
        """The number of the version to be written next."""
        return (self.aggregate(highest=Max("number"))["highest"] or 0) + 1


class ConsentText(models.Model):
    """One version of the words that a patient agrees to before using the portal.

    A published version never changes: a change is a new version, and patients are asked again.
    Triggers hold that too (accounts/privacy/triggers.py).
    """

    number = models.PositiveIntegerField(_("version"), unique=True)
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
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"Consent text, version {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError where this version is published."""
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Raises ValueError where this version is published."""
        self._refuse_published()
        return super().delete(*args, **kwargs)

    def _refuse_published(self) -> None:
        if self.pk and type(self).objects.published().filter(pk=self.pk).exists():
            raise ValueError("A published text never changes: write a new version.")

    def publish(self, by: User) -> bool:
        """Ask every patient to agree to it from now on; False if it, or a later one, is out."""
        texts = type(self).objects
        with transaction.atomic():
            if texts.published().filter(number__gte=self.number).exists():
                return False
            now = timezone.now()
            waiting = texts.filter(pk=self.pk, published_at__isnull=True)
            if not waiting.update(published_at=now, published_by=by, updated_at=now):
                return False
            # All of them, whatever they are now: who is agreeing to the former text at this
            # moment holds their row, and is asked again when this gets there.
            User.objects.patients().update(consent_is_due=True)
        self.published_at, self.published_by = now, by
        return True


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: Any) -> Self:
        """Each patient's own."""
        return self.filter(patient=user) if user.is_patient else self.none()

    def agree(self, patient: User, number: str) -> bool:
        """Note that the patient agrees to this version; False if another one is current by now."""
        with transaction.atomic():
            # Whoever publishes has to wait for this row, or has been here before.
            people = User.objects.filter(pk=patient.pk)
            people.select_for_update().values_list("pk").get()
            text = ConsentText.objects.current()
            if text is None or number != str(text.number):
                return False
            self.get_or_create(patient=patient, text=text)
            people.update(consent_is_due=False)
        return True


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
    # The last day, in UTC, for which the record of access is kept.
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

    @staticmethod
    def kept_until(closed_at: datetime) -> date:
        """The last day, in UTC, for which the record of access of such an account is kept."""
        day = closed_at.astimezone(UTC).date()
        year = day.year + settings.RECORD_KEPT_YEARS
        try:
            return day.replace(year=year)
        except ValueError:  # 29 February
            return date(year, 3, 1)
