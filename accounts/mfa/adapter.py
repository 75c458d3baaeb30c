"""How allauth's second factor behaves here."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http import Http404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import ClinicProfile, User
from accounts.sealed import Unreadable, seal, unseal


class SecretUnreadable(Http404):
    """The key that sealed this secret is missing from JOURNAL_KEYS.

    A page that needs the secret is not there; a template that only counts codes shows none.
    """

    silent_variable_failure = True


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are sealed like the journal; names and words are the clinic's."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _(
            "This code is not right. Each code works once, and the app shows a new one every "
            "30 seconds: type the one that it shows now."
        ),
        "cannot_generate_recovery_codes": _(
            "Recovery codes stand in for an app or a passkey. Add one of these first."
        ),
    }

    def encrypt(self, text: str) -> str:
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Raise SecretUnreadable where no key opens it: codes made of anything else than the
        secret, of an empty text even, would be known to everybody."""
        secret = unseal(encrypted_text)
        if not secret or isinstance(secret, Unreadable):
            raise SecretUnreadable
        return secret

    def _get_site_name(self) -> str:
        return ClinicProfile.current().name_in_mails

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        """The passkey keeps this: no number of a row, nothing that says who it is."""
        return {
            "id": user.public_id.bytes,
            "display_name": user.get_full_name() or user.email,
            "name": user.email,
        }

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}
