"""allauth's forms about signing in, in our words; ACCOUNT_FORMS puts them in their place."""

from typing import Any

from allauth.account import forms
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.mail import ask_for_new_password

_ADDRESS = (_("E-mail address"), _("Write your e-mail address."))
_PASSWORD = (_("Password"), _("Write your password."))
_NEW = (_("New password"), _("Choose a new password."))
_AGAIN = (_("The new password again"), _("Write the new password once more."))
# Label, and what is said where nothing was written.
WORDS = {
    "login": _ADDRESS,
    "email": _ADDRESS,
    "password": _PASSWORD,
    "oldpassword": (_("Password until now"), _("Write the password that you have until now.")),
    "password1": _NEW,
    "password2": _AGAIN,
}


class _InOurWords:
    """Labels beside the fields instead of in them, and what is wrong in plain words."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label, missing = WORDS[name]
            field.error_messages.update(
                required=missing,
                invalid=_("Write the whole address, like name@example.org."),
            )
            field.widget.attrs.pop("placeholder", None)
        if "password1" in self.fields:
            self.fields["password1"].help_text = _(
                "At least 12 characters. A few words in a row are good."
            )


class LoginForm(_InOurWords, forms.LoginForm):
    """An address and its password."""


class ReauthenticateForm(_InOurWords, forms.ReauthenticateForm):
    """The password once more, before something that matters."""


class ChangePasswordForm(_InOurWords, forms.ChangePasswordForm):
    """Another password, by whoever knows the one until now."""


class ResetPasswordKeyForm(_InOurWords, forms.ResetPasswordKeyForm):
    """A new password, by whoever has the link."""


class AddEmailForm(_InOurWords, forms.AddEmailForm):
    """Another address, which has to be confirmed; until then the present one stays in use."""

    def save(self, request: HttpRequest) -> EmailAddress:
        # allauth drops what is not confirmed when something new is asked for: the present address
        # of somebody whom an administrator or the shell has made, who then can't sign in.
        EmailAddress.objects.update_or_create(
            user=self.user, email=self.user.email, defaults={"verified": True, "primary": True}
        )
        return super().save(request)


class ResetPasswordForm(_InOurWords, forms.ResetPasswordForm):
    """A link for a forgotten password: the same answer, and the same work, for any address."""

    def clean_email(self) -> str:
        return self.cleaned_data["email"]

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        ask_for_new_password(self.cleaned_data["email"])
        return self.cleaned_data["email"]
