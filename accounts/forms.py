"""What people say of themselves, and inviting others."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from .mail import queue_invitation
from .mail.invitations import note_invitations
from .models import CareRelationship, Invitation, Mail, Role, User
from .models.user import validate_time_zone

_ZONES = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone or zone == "UTC")


class ProfileForm(forms.ModelForm):
    """A person's own name, language and time zone, and which mails a patient wants."""

    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        validators=[validate_time_zone],
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
        help_text=_("Times of your nights and due dates are shown in it."),
    )
    language = forms.ChoiceField(label=_("Language and date format"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "time_zone", "language", "mails_new_reading", "mails_reminders"]
        labels = {"name": _("Name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Nobody else gets these mails.
        if not self.instance.is_patient:
            del self.fields["mails_new_reading"], self.fields["mails_reminders"]

    @property
    def about_person(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "time_zone", "language")]

    @property
    def about_mails(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("mails_new_reading", "mails_reminders") if name in self.fields
        ]

    @property
    def zones(self) -> list[str]:
        return _ZONES


class InvitationForm(forms.Form):
    """Inviting somebody: a clinician invites patients, an administrator anybody."""

    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("The link goes there. It works once, for a limited time."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args: Any, inviter: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inviter = inviter
        if not inviter.is_administrator:
            del self.fields["role"]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].lower()
        try:
            email.rpartition("@")[2].encode("idna")
        except UnicodeError:
            raise forms.ValidationError(_("No mail can reach this address."), code="idna") from None
        if len(email) > User._meta.get_field("email").max_length:
            raise forms.ValidationError(_("This address is too long."), code="max_length")
        if self.is_known(email):
            raise forms.ValidationError(self._known(), code="known")
        return email

    def is_known(self, email: str) -> bool:
        """Whether somebody has this address already."""
        return User.objects.filter(email__iexact=email).exists()

    def _known(self) -> str:
        # A clinician may know that an address is taken: only staff can invite, and without the
        # answer they would wait for a mail that never comes.
        return _("This address can’t be invited: it already has an account or an invitation.")

    def save(self) -> Mail | None:
        """Create the person and their invitation, and queue its mail.

        A clinician's patient is at once in their care. None, with an error beside the address,
        when somebody else invited the same address at the same moment.
        """
        data = self.cleaned_data
        language, zone = self.inviter.language, self.inviter.time_zone
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    data["email"],
                    name=data["name"],
                    role=data.get("role", Role.PATIENT),
                    language=language,
                    time_zone=zone,
                )
                invitation = Invitation(user=user, invited_by=self.inviter)
                mail = queue_invitation(invitation)
                note_invitations([invitation], by=self.inviter)
                if self.inviter.is_clinician:
                    CareRelationship.objects.create(
                        clinician=self.inviter, patient=user, started_by=self.inviter
                    )
        except IntegrityError:
            self.add_error("email", self._known())
            return None
        return mail


class WelcomeForm(SetPasswordForm):
    """The invited person chooses a password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        first.label, again.label = _("Password"), _("The same password again")
        first.help_text = _("At least 12 characters. A few words in a row are good.")
        again.help_text = ""
        for field in (first, again):
            field.error_messages["required"] = _("Choose a password.")
