"""Mails on their way: queued with what causes them, sent by the worker."""

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sealed import SealedTextField

_UNDER_WAY = Q(sent_at__isnull=True, failed_at__isnull=True, dropped_at__isnull=True)


class MailQuerySet(models.QuerySet["Mail"]):
    def under_way(self) -> Self:
        """Neither sent nor given up nor dropped."""
        return self.filter(_UNDER_WAY)

    def failed(self) -> Self:
        """Given up after the last attempt."""
        return self.filter(failed_at__isnull=False)

    def due(self, now: datetime) -> Self:
        """Under way, and their time has come."""
        return self.under_way().filter(send_after__lte=now)

    def set_aside(self) -> int:
        """Ask nobody any more to look after those that failed; returns how many.

        They keep their last failure; what was dropped because it was not true any more has none.
        """
        return self.failed().update(failed_at=None, dropped_at=timezone.now())

    def failed_since(self, moment: Any) -> Self:
        """Given up after this moment (a value or an expression), also those set aside since."""
        set_aside = ~Q(error="") & Q(dropped_at__gte=moment)
        return self.filter(Q(failed_at__gte=moment) | set_aside)


class Mail(models.Model):
    """One mail to one person; the words are made when it leaves.

    Each person has at most one mail about reading under way, and gets at most one a day of
    their own calendar.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        READING = "reading", _("something to read")
        ACCOUNT = "account", _("about the account")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="mails",
        verbose_name=_("to"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    # What a mail about the account is about and where it goes: known when it is caused, sealed,
    # and forgotten once it has ended (accounts/mail/letters.py).
    letter = SealedTextField(blank=True, default="", db_default="", editable=False)
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
                condition=_UNDER_WAY & ~Q(kind="account"),
                name="accounts_mail_one_under_way",
            ),
            models.UniqueConstraint(
                fields=["recipient", "sent_on"],
                condition=Q(kind="reading"),
                name="accounts_mail_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["invitation", "reading", "account"]),
                name="accounts_mail_kind_known",
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

    @property
    def is_under_way(self) -> bool:
        return self.sent_at is None and self.failed_at is None and self.dropped_at is None

    def recipient_had_one_on(self, moment: datetime) -> bool:
        """Whether a mail of this kind left for the same person on this local day."""
        mails = type(self).objects.filter(recipient=self.recipient_id, kind=self.kind)
        return mails.filter(sent_on=moment.date()).exists()

    def put_off(self, until: datetime, **more: Any) -> bool:
        """Let it wait until then; False if somebody else moved or ended it since it was read.

        Whoever succeeds with `until` in the future has it to themselves until then.
        """
        as_read = (
            type(self)
            .objects.under_way()
            .filter(pk=self.pk, attempts=self.attempts, send_after=self.send_after)
        )
        if not as_read.update(send_after=until, **more):
            return False
        for name, value in {"send_after": until, **more}.items():
            setattr(self, name, value)
        return True

    def note_sent(self) -> bool:
        """It left, and with it what an earlier one failed to bring; False if it had ended."""
        now = timezone.now()
        if not self._end(sent_at=now, sent_on=timezone.localdate(now, self.recipient.zone)):
            return False
        mails = type(self).objects.filter(recipient=self.recipient_id, kind=self.kind)
        mails.failed().set_aside()
        return True

    def try_again(self, send_after: datetime) -> bool:
        """Begin anew after it failed for good; False if another one is under way already, or
        if what it said is forgotten."""
        try:
            with transaction.atomic():
                failed = type(self).objects.failed().filter(pk=self.pk)
                failed = failed.exclude(kind=self.Kind.ACCOUNT)
                return bool(
                    failed.update(failed_at=None, error="", attempts=0, send_after=send_after)
                )
        except IntegrityError:
            return False

    def give_up(self, error: str) -> bool:
        """It failed for good; an administrator sees it and can try again."""
        return self._end(failed_at=timezone.now(), error=error)

    def drop(self) -> bool:
        """There is nothing left to say."""
        return self._end(dropped_at=timezone.now(), error="")

    def _end(self, **facts: Any) -> bool:
        """Whichever way it ends, what it said is forgotten."""
        mails = type(self).objects.under_way().filter(pk=self.pk)
        return bool(mails.update(**facts, letter=""))
