"""Closing an account: what is erased at once, what stays for a time, in one transaction."""

import logging

from django.db import transaction
from django.utils import timezone

from accounts.mail import queue_letter
from accounts.models import AccountClosing, CareRelationship, User

from .parts import parts

LAST = "account/email/account_closed"

logger = logging.getLogger(__name__)


def close_account(patient: User) -> bool:
    """Erase all that is the patient's but for the record of access; False if it is closed already.

    The row of the person stays, without name and address and shut: the record of access, the
    consents and the care relationships, which say whom it may name, are erased with it later
    (expiry.py).
    """
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=patient.pk)
        if AccountClosing.objects.filter(patient=person).exists():
            return False
        now = timezone.now()
        AccountClosing.objects.create(
            patient=person, closed_at=now, record_kept_until=AccountClosing.kept_until(now)
        )
        open_care = CareRelationship.objects.open().filter(patient=person)
        open_care.update(ended_at=now, ended_by=person)
        erase_all(person)
        # The last one, to the address that is forgotten in the next line.
        queue_letter(person, LAST, to=person.email, name=person.name)
        _forget_who(person)
    # Whoever restores an older backup closes the account again; see docs/operations.md.
    logger.warning("account closed", extra={"user": str(person.public_id)})
    return True


def erase_all(person: User) -> None:
    """Whatever the apps hold of this person, in the caller's transaction."""
    for part in parts():
        part.erase(person)


def _forget_who(person: User) -> None:
    person.name = ""
    # Nobody can own such an address (RFC 2606).
    person.email = f"closed-{person.public_id}@closed.invalid"
    person.time_zone = "UTC"
    person.is_active = person.consent_is_due = False
    person.mails_new_reading = person.mails_reminders = False
    person.last_login = None
    person.set_unusable_password()
    person.save()
