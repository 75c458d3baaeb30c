"""The link that stops mails: signed, so that it works without signing in and for nobody else."""

import uuid

from django.core.signing import BadSignature, Signer

from accounts.models import User

from .writing import absolute

_SIGNER = Signer(salt="accounts.mail.unsubscribe")


def address_for(person: User) -> str:
    """The address of the page that stops mails to this person; it does not expire."""
    return absolute("accounts:unsubscribe", _SIGNER.sign(person.public_id.hex))


def person_of(token: str) -> User | None:
    """To whom the mail with this link went."""
    try:
        public_id = uuid.UUID(_SIGNER.unsign(token))
    except (BadSignature, ValueError):
        return None
    return User.objects.filter(public_id=public_id).first()


def headers_for(person: User) -> dict[str, str]:
    """So that a mail program can offer to stop them with one click (RFC 2369 and 8058)."""
    return {
        "List-Unsubscribe": f"<{address_for(person)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
