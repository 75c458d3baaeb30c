"""For a colleague whose phone and recovery codes are gone."""

import logging
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.mail import queue_letter
from accounts.mfa.receivers import end_sessions
from accounts.models import User

WORDS = {"totp": "app", "webauthn": "passkey", "recovery_codes": "recovery codes"}

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Remove the second factor of somebody who can no longer show it: app, passkeys and "
        "recovery codes. Make sure first, by telephone or face to face, that it is they who ask: "
        "afterwards their password alone lets in, until they set up a new one."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email", help="the address they sign in with")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = User.objects.with_address(email).first()
        if person is None:
            raise CommandError(f"Nobody signs in with {email}.")
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update().filter(user=person)
            factors = list(rows.order_by("pk"))
            if not factors:
                raise CommandError(f"{email} has no second factor. Nothing was changed.")
            removed = [WORDS[one.type] for one in factors]
            Authenticator.objects.filter(user=person).delete()
            ended = end_sessions(person)
            queue_letter(person, "mfa/email/second_factor_reset")
        logger.warning("The second factor of %s was removed from the shell.", person.public_id)
        self.stdout.write(f"Removed from {person.email}: {', '.join(removed)}")
        self.stdout.write(f"Sessions ended: {ended}")
        self.stdout.write(
            "A mail tells them so. They sign in with their password now"
            + ("." if person.is_patient else " and set up a new second factor at once.")
        )
