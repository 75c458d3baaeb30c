"""Reaching people by mail, without a word about health."""

from django.conf import settings
from django.core.mail import send_mail
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from .models import ClinicProfile, Invitation


def send_invitation(request: HttpRequest, invitation: Invitation, token: str) -> None:
    """Mail the invited person their link, in their language."""
    user = invitation.user
    link = request.build_absolute_uri(reverse("accounts:accept_invitation", args=[token]))
    with translation.override(user.language):
        context = {
            "user": user,
            "clinic": ClinicProfile.current(),
            "link": link,
            "expires_at": invitation.expires_at,
            "zone": user.zone,
        }
        line = render_to_string("accounts/mail/invitation_subject.txt", context)
        body = render_to_string("accounts/mail/invitation.txt", context)
    # A header is one line, whatever the clinic is called.
    subject = " ".join(line.split())
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [user.email])
