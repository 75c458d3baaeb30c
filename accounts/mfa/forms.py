"""The forms of the second factor; MFA_FORMS puts them in the place of allauth's."""

import json
from textwrap import wrap
from typing import Any
from uuid import UUID

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.dispatch import Signal
from django.utils.translation import gettext_lazy as _
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import RegistrationResponse

from accounts.mfa.codes import count_a_try, forget_tries, step_of, use_code
from accounts.models import User

# Sent with the user, if it is known who that is, when a code or a passkey was wrong.
factor_refused = Signal()

MOST_PASSKEYS = 10
LONGEST_CREDENTIAL = 20_000


def _code_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
        error_messages={"required": _("Type the code.")},
    )


# --- Codes ----------------------------------------------------------------------------------


class _UseCode(base.BaseAuthenticateForm):
    """A code that is right once, and may be wrong a few times."""

    code = _code_field(_("Code from the app, or a recovery code"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = Authenticator.objects.filter(user=self.user).values_list("type", flat=True)
        self.has_passkey = Authenticator.Type.WEBAUTHN in kinds
        self.has_app = Authenticator.Type.TOTP in kinds
        if not self.has_app:
            self.fields["code"].label = _("Recovery code")
        if self.is_bound or not self.has_passkey:
            self.fields["code"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        count_a_try(self.user)
        accepted = use_code(self.user, self.cleaned_data["code"])
        if accepted is None:
            factor_refused.send(type(self), user=self.user)
            raise get_adapter().validation_error("incorrect_code")
        forget_tries(self.user)
        accepted.user = self.user
        self.authenticator = accepted
        return self.cleaned_data["code"]


class AuthenticateForm(_UseCode, base.AuthenticateForm):
    """The second step at sign-in."""


class ReauthenticateForm(_UseCode, base.ReauthenticateForm):
    """Once more, before something that matters."""


class ActivateAppForm(totp.ActivateTOTPForm):
    """The first code of an app; its secret waits in the session, sealed."""

    code = _code_field(_("Code that the app shows"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        super(totp.ActivateTOTPForm, self).__init__(*args, **kwargs)
        session = context.request.session
        if not self.is_bound or SECRET_SESSION_KEY not in session:
            session[SECRET_SESSION_KEY] = encrypt(generate_totp_secret())
        self.secret = decrypt(session[SECRET_SESSION_KEY])
        self.spaced_secret = " ".join(wrap(self.secret, 4))
        if self.is_bound:
            self.fields["code"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        count_a_try(self.user)
        step = step_of(self.secret, self.cleaned_data["code"])
        # Of two clicks at once, one sets the app up.
        if step is None or not cache.add(f"first-code-{self.user.pk}-{step}", True, 120):
            raise get_adapter().validation_error("incorrect_code")
        forget_tries(self.user)
        # receivers.py keeps it with the secret: this code has been used now.
        context.request.first_step = step
        return self.cleaned_data["code"]


# --- Passkeys -------------------------------------------------------------------------------


class CredentialField(forms.CharField):
    """What a browser says of a passkey, as JSON. Anything may arrive here."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            credential = json.loads(text[: LONGEST_CREDENTIAL + 1])
        except (ValueError, RecursionError):
            credential = None
        if not isinstance(credential, dict):
            raise _refused()
        return credential

    def bound_data(self, data: Any, initial: Any) -> str:
        """A credential is worth something once: the page never shows it again."""
        return ""


def _refused() -> ValidationError:
    return ValidationError(
        _("This passkey was not accepted. Try again, or sign in another way."), code="refused"
    )


class _UsePasskey(webauthn.AuthenticateWebAuthnForm):
    """A passkey's answer to our challenge. It can't be guessed, so nothing counts the tries."""

    credential = CredentialField(error_messages={"required": _("No passkey was used.")})

    def clean_credential(self) -> Authenticator:
        credential = self.cleaned_data["credential"]
        try:
            return auth.complete_authentication(self.user or _owner_of(credential), credential)
        except DatabaseError:
            raise
        # What a made-up answer makes the library raise has nothing in common.
        except Exception as error:
            factor_refused.send(type(self), user=self.user)
            raise _refused() from error


def _owner_of(credential: dict[str, Any]) -> User:
    """Whose passkey it says it is. Raise anything if nobody's."""
    handle = websafe_decode(credential["response"]["userHandle"])
    return User.objects.get(public_id=UUID(bytes=handle))


class AuthenticatePasskeyForm(_UsePasskey):
    """A passkey as the second step at sign-in."""


class LoginPasskeyForm(_UsePasskey, webauthn.LoginWebAuthnForm):
    """A passkey instead of address, password and code."""


class ReauthenticatePasskeyForm(_UsePasskey, webauthn.ReauthenticateWebAuthnForm):
    """A passkey once more, before something that matters."""


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=_("A name for it"),
        help_text=_("So that you know it again, like “My phone”."),
        max_length=60,
        error_messages={"required": _("Give it a name.")},
    )


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    """A new passkey, which always asks for finger, face or PIN and can sign in by itself."""

    name = _name_field()
    credential = CredentialField(error_messages={"required": _("No passkey was made.")})
    passwordless = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # allauth fills it in, so as not to refuse a passkey that the device has stored already.
        self.fields["name"].required = False

    def clean(self) -> dict[str, Any]:
        credential = self.cleaned_data.get("credential")
        if not credential:
            return self.cleaned_data
        theirs = Authenticator.objects.filter(
            user=self.user, type=Authenticator.Type.WEBAUTHN
        ).count()
        if theirs >= MOST_PASSKEYS:
            raise ValidationError(
                _("You have %(count)s passkeys. Remove one before you add another."),
                params={"count": theirs},
                code="too_many",
            )
        try:
            registered = auth.complete_registration(credential)
            if not registered.is_user_verified():
                raise _refused()
            self.cleaned_data["credential"] = _worth_keeping(credential)
        except DatabaseError:
            raise
        except Exception as error:
            raise _refused() from error
        return self.cleaned_data


def _worth_keeping(credential: dict[str, Any]) -> dict[str, Any]:
    """Only what is read later, written by ourselves: the rest may be anything at all."""
    parsed = RegistrationResponse.from_dict(credential)
    return {
        "id": websafe_encode(parsed.raw_id),
        "rawId": websafe_encode(parsed.raw_id),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(parsed.response.client_data),
            "attestationObject": websafe_encode(parsed.response.attestation_object),
        },
        "clientExtensionResults": {},
    }


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    name = _name_field()
