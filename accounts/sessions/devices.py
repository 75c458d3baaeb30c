"""Telling somebody that a browser signed in to their account that never did before."""

import hashlib
import re
import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.mail import queue_letter
from accounts.models import Device, User
from accounts.sessions.browsers import browser_of

COOKIE_DAYS = 365
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def note_browser(person: User, request: HttpRequest, response: HttpResponse) -> None:
    """Remember the browser in which somebody has just signed in; tell them of a new one.

    Nobody is told of their very first: it follows the invitation.
    """
    token = _token_of(request) or secrets.token_urlsafe(32)
    now = timezone.now()
    theirs = Device.objects.filter(person=person)
    known = theirs.filter(token_hash=_hash(token)).update(last_seen_at=now)
    if not known:
        is_first = not theirs.exists()
        _device, is_new = theirs.get_or_create(person=person, token_hash=_hash(token))
        if is_new and not is_first:
            browser = browser_of(request.META.get("HTTP_USER_AGENT", ""))
            queue_letter(
                person, "accounts/mail/new_device", browser=browser.name, system=browser.system
            )
    response.set_cookie(
        cookie_name(),
        token,
        max_age=COOKIE_DAYS * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def is_known(request: HttpRequest, email: str) -> bool:
    """Whether whoever has this address has signed in with this browser before.

    No query without the cookie; with it one, for known and unknown addresses alike.
    """
    token = _token_of(request)
    return bool(token) and (
        Device.objects.filter(
            token_hash=_hash(token), person__in=User.objects.with_address(email)
        ).exists()
    )


def _token_of(request: HttpRequest) -> str:
    token = request.COOKIES.get(cookie_name(), "")
    return token if _TOKEN.fullmatch(token) else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
