"""Nobody signs up: people are invited, by a link that works once."""

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class InvitationAccepted(Exception):
    """The invited person has set a password already."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user) -> Self:
        """Invitations that this person sent; administrators see everybody's."""
        if user.is_administrator:
            return self
        if user.is_clinician:
            return self.filter(invited_by=user)
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

    def issue_token(self) -> str:
        """Store the invitation with a new link and a new term, and return the link's token.

        Links sent before stop working. Raises InvitationAccepted where the person is in by now.
        """
        token = secrets.token_urlsafe(32)
        self.token_hash = _digest(token)
        self.sent_at = timezone.now()
        self.expires_at = self.sent_at + timedelta(days=settings.INVITATION_DAYS)
        self.revoked_at = None
        if self._state.adding:
            self.save()
            return token
        renewed = type(self).objects.filter(pk=self.pk, accepted_at__isnull=True)
        if not renewed.update(
            token_hash=self.token_hash,
            sent_at=self.sent_at,
            expires_at=self.expires_at,
            revoked_at=None,
        ):
            raise InvitationAccepted
        return token

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
