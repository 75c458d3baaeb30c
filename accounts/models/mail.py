"""Mails on their way: queued with what causes them, sent by the worker."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

_UNDER_WAY = Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True)


class MailQuerySet(models.QuerySet["Mail"]):
    def under_way(self) -> Self:
        """Neither sent nor given up nor dropped."""
        return self.filter(_UNDER_WAY)

    def failed(self) -> Self:
        """Given up after the last attempt."""
        return self.filter(failed_at__isnull=False)


class Mail(models.Model):
    """One mail to one person, without a word of what it says: that is made when it leaves.

    Each person has at most one mail about reading under way, and gets at most one a day of
    their own calendar.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        READING = "reading", _("something to read")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="mails",
        verbose_name=_("to"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    created_at = models.DateTimeField(_("queued"), default=timezone.now)
    # Not before this moment: never at night, and later after each attempt that failed.
    send_after = models.DateTimeField(_("to be sent from"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The kind of the last failure; never an address or words of the mail.
    error = models.CharField(_("last failure"), max_length=200, blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    # The day of sending in the recipient's time zone.
    sent_on = models.DateField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    # There was nothing left to say when it was to leave.
    dropped_at = models.DateTimeField(_("not needed any more"), null=True, blank=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind"],
                condition=_UNDER_WAY,
                name="accounts_mail_one_under_way",
            ),
            models.UniqueConstraint(
                fields=["recipient", "sent_on"],
                condition=Q(kind="reading"),
                name="accounts_mail_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["invitation", "reading"]), name="accounts_mail_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, sent_on__isnull=True)
                | Q(sent_at__isnull=False, sent_on__isnull=False),
                name="accounts_mail_sent_on_a_day",
            ),
            models.CheckConstraint(
                condition=_UNDER_WAY
                | Q(sent_at__isnull=False, failed_at__isnull=True, dropped_at__isnull=True)
                | Q(sent_at__isnull=True, failed_at__isnull=False, dropped_at__isnull=True)
                | Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=False),
                name="accounts_mail_one_end",
            ),
        ]
        indexes = [
            models.Index(fields=["send_after"], condition=_UNDER_WAY, name="accounts_mail_due"),
            models.Index(
                fields=["-failed_at"],
                condition=Q(failed_at__isnull=False),
                name="accounts_mail_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"Mail {self.pk}"
