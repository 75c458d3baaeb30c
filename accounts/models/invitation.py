"""Nobody signs up: people are invited, by a link that works once."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .user import User


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class InvitationClosed(Exception):
    """No link is made for this invitation."""


class InvitationAccepted(InvitationClosed):
    """The invited person has set a password already."""


class InvitationRevoked(InvitationClosed):
    """Whoever invited has withdrawn the invitation."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user) -> Self:
        """Those of a clinician's present patients; administrators see everybody's.

        Who takes over a patient who has not come in yet can invite them again; who has handed
        them over can't.
        """
        if user.is_administrator:
            return self
        if user.is_clinician:
            mine = User.objects.patients_of(user).filter(pk=OuterRef("user_id"))
            return self.filter(Exists(mine))
        return self.none()

    def pending(self) -> Self:
        """Neither accepted nor revoked nor expired."""
        return self.filter(
            accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=timezone.now()
        )

    def for_token(self, token: str) -> Self:
        """The pending invitation that this link opens, if there is one."""
        return self.pending().filter(token_hash=_digest(token), user__is_active=True)


class Invitation(models.Model):
    """An invited person's way in: a link that works once and expires.

    Only a hash of the link's token is stored, so that a stolen database opens no account.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitation"
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="invitations_sent",
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-sent_at", "-pk"]
        indexes = [models.Index(fields=["invited_by", "-sent_at"], name="accounts_invitation_by")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="accounts_invitation_lasts"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(revoked_at__isnull=True),
                name="accounts_invitation_accepted_or_revoked",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @property
    def state(self) -> str:
        """One of accepted, revoked, expired, pending."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "pending"

    def renew(self) -> None:
        """Store the invitation, new or once more, before its mail is queued.

        A link that still works goes on working until issue_token(); one that was withdrawn or
        has expired never works again. Raises InvitationAccepted where the person is in by now.
        """
        if self._state.adding:
            self.issue_token()
            return
        rows = type(self).objects.filter(pk=self.pk)
        if rows.pending().update(**self._new_term()):
            return
        nobodys = _digest(secrets.token_urlsafe(32))
        if not rows.filter(accepted_at__isnull=True).update(
            token_hash=nobodys, revoked_at=None, **self._new_term()
        ):
            raise InvitationAccepted
        self.token_hash, self.revoked_at = nobodys, None

    def issue_token(self) -> str:
        """Store the invitation with a new link and a new term, and return the link's token.

        Links sent before stop working. Raises InvitationClosed where the person is in by now,
        or the invitation has been withdrawn.
        """
        token = secrets.token_urlsafe(32)
        self.token_hash = _digest(token)
        term = self._new_term()
        if self._state.adding:
            self.save()
            return token
        rows = type(self).objects.filter(pk=self.pk)
        if not rows.filter(accepted_at__isnull=True, revoked_at__isnull=True).update(
            token_hash=self.token_hash, **term
        ):
            accepted = rows.filter(accepted_at__isnull=False).exists()
            raise InvitationAccepted if accepted else InvitationRevoked
        return token

    def _new_term(self) -> dict[str, datetime]:
        self.sent_at = timezone.now()
        self.expires_at = self.sent_at + timedelta(days=settings.INVITATION_DAYS)
        return {"sent_at": self.sent_at, "expires_at": self.expires_at}

    def revoke(self) -> None:
        """Make the link useless. An accepted invitation stays accepted."""
        type(self).objects.filter(pk=self.pk, accepted_at__isnull=True).update(
            revoked_at=timezone.now()
        )

    def accept(self, password: str) -> bool:
        """Set the invited person's password, once; False if somebody was faster."""
        with transaction.atomic():
            taken = (
                type(self)
                .objects.pending()
                .filter(pk=self.pk, token_hash=self.token_hash)
                .update(accepted_at=timezone.now())
            )
            if not taken:
                return False
            self.user.set_password(password)
            self.user.save(update_fields=["password"])
        return True
