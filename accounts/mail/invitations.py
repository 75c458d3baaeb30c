"""The mail with an invited person's way in."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import AccessEvent, Invitation, Mail, User
from accounts.models.invitation import InvitationClosed

from .delivery import LEASE, wake
from .hours import next_allowed
from .queueing import queue
from .writing import WRITERS, Letter, Writer, absolute


def queue_invitation(invitation: Invitation) -> Mail:
    """Store the invitation, new or once more, and queue its mail, in the caller's transaction.

    The link is made when the mail leaves. A link that was sent before works until then, unless
    it was withdrawn or has expired. Raises InvitationAccepted where the person is in by now.
    """
    return queue_invitations([invitation])[0]


def queue_invitations(invitations: Iterable[Invitation]) -> list[Mail]:
    """queue_invitation() for many, all of them or none."""
    invitations = list(invitations)
    with transaction.atomic():
        for invitation in invitations:
            invitation.renew()
        queue(Mail.Kind.INVITATION, [one.user for one in invitations])
        mails = {
            mail.recipient_id: mail
            for mail in Mail.objects.under_way()
            .filter(kind=Mail.Kind.INVITATION, recipient__in=[one.user_id for one in invitations])
            .select_related("recipient")
        }
        for mail in mails.values():
            _bring_forward(mail)
    return [mails[one.user_id] for one in invitations]


def note_invitations(
    invitations: Iterable[Invitation],
    *,
    by: User,
    action: str = AccessEvent.Action.CHANGED,
) -> None:
    """Note in the record of each invited patient who invited them, or withdrew it."""
    AccessEvent.objects.record_many(
        changed=[(one.user, "") for one in invitations if one.user.is_patient],
        actor=by,
        action=action,
        what=AccessEvent.What.INVITATION,
    )


def _bring_forward(mail: Mail) -> None:
    """Somebody asks for it again: do not wait for the next attempt."""
    now = timezone.now()
    soon = next_allowed(now, mail.recipient.zone)
    # What is to be sent within the lease may be in the worker's hands.
    if mail.send_after > max(soon, now + LEASE) and mail.put_off(soon, attempts=0):
        wake([soon])


def write(mail: Mail) -> Letter | None:
    """With a new link; nothing when the person is in, or the invitation was withdrawn."""
    invitation = Invitation.objects.filter(user=mail.recipient_id).select_related("user").first()
    if invitation is None or not mail.recipient.is_active:
        return None
    try:
        token = invitation.issue_token()
    except InvitationClosed:
        return None
    return Letter(
        "accounts/mail/invitation",
        {
            "link": absolute("accounts:accept_invitation", token),
            "expires_at": invitation.expires_at,
        },
    )


WRITERS[Mail.Kind.INVITATION] = Writer(write)
