"""Staff get in with a second factor only, wherever settings.MFA_REQUIRED says so."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User

# Recovery codes stand in for one of these, and are nothing by themselves.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

# In the session: whose second factor was shown in it, and where its setting-up leads on to.
SHOWN = "second_factor_of"
WANTED = "second_factor_then"

SETTING_UP = {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"}
SHOWING = {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}
REMOVING = {"mfa_deactivate_totp", "mfa_remove_webauthn"}


def is_required_of(user: User) -> bool:
    """Whether this person may do nothing without a second factor."""
    return settings.MFA_REQUIRED and not user.is_patient


class SecondFactorMiddleware:
    """Lead staff to set up a second factor, or to show it, before they see anything.

    Who has shown it is known from the session, so that it costs no query per page. Removing the
    last factor ends all other sessions and makes this one forget (receivers.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        # Public pages show nothing of anybody; signing out is one of them.
        if not getattr(view, "login_required", True) or not user.is_authenticated:
            return None
        if not is_required_of(user):
            return None
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.session.get(SHOWN) == user.pk:
            return self._has_shown(request, name)
        kinds = set(
            Authenticator.objects.filter(user=user, type__in=FACTORS).values_list("type", flat=True)
        )
        if kinds:
            return None if name in SHOWING else _ask_for_it(request, kinds)
        return None if name in SETTING_UP else _set_it_up(request)

    def _has_shown(self, request: HttpRequest, name: str | None) -> HttpResponse | None:
        if request.session.get(WANTED) == request.get_full_path():
            del request.session[WANTED]
        if name not in REMOVING:
            return None
        if Authenticator.objects.filter(user=request.user, type__in=FACTORS).count() > 1:
            return None
        messages.warning(
            request,
            _("Your work here needs a second step. Add another one before you remove this one."),
        )
        return redirect("mfa_index")


def _ask_for_it(request: HttpRequest, kinds: set[str]) -> HttpResponse:
    page = (
        "mfa_reauthenticate" if Authenticator.Type.TOTP in kinds else "mfa_reauthenticate_webauthn"
    )
    return redirect(f"{reverse(page)}?{urlencode({'next': _wanted(request)})}")


def _set_it_up(request: HttpRequest) -> HttpResponse:
    request.session[WANTED] = _wanted(request)
    return redirect("mfa_index")


def _wanted(request: HttpRequest) -> str:
    """Where to go on afterwards: a form that was sent can't be sent again by a link."""
    return request.get_full_path() if request.method in ("GET", "HEAD") else reverse("home")
