"""What follows when a second factor is added, used or removed."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.dispatch import receiver
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mfa.middleware import FACTORS, SHOWN
from accounts.models import User

FEW_CODES = 3


def end_sessions(person: User, but: str | None = None) -> int:
    """Sign somebody out everywhere, `but` in the session with this key; says how often."""
    sessions = list(UserSession.objects.filter(user=person).exclude(session_key=but))
    for session in sessions:
        session.end()
    return len(sessions)


@receiver(authenticator_added)
def added(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Who has set one up has shown it. Sessions from before the first one knew a password only."""
    if authenticator.type not in FACTORS:
        return
    request.session[SHOWN] = user.pk
    if authenticator.type == Authenticator.Type.TOTP:
        authenticator.data["last_step"] = getattr(request, "first_step", 0)
        authenticator.save(update_fields=["data"])
    if Authenticator.objects.filter(user=user, type__in=FACTORS).count() == 1:
        end_sessions(user, but=request.session.session_key)


@receiver(authenticator_used)
def used(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Remember in the session that it was shown; say when recovery codes run out."""
    request.session[SHOWN] = user.pk
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        return
    authenticator.refresh_from_db()
    left = len(authenticator.wrap().get_unused_codes())
    if left > FEW_CODES:
        return
    words = ngettext(
        "You have %(count)s recovery code left.", "You have %(count)s recovery codes left.", left
    ) % {"count": left}
    messages.warning(
        request,
        format_html(
            '{} <a href="{}">{}</a>',
            words,
            reverse("mfa_generate_recovery_codes"),
            _("Make new codes"),
        ),
    )


@receiver(authenticator_removed)
def removed(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    """Without any factor no session may go on as if it had one."""
    if not Authenticator.objects.filter(user=user, type__in=FACTORS).exists():
        request.session.pop(SHOWN, None)
        end_sessions(user, but=request.session.session_key)
