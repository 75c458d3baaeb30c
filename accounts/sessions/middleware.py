"""Signs out whoever's time is over, and leads back to where they were."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from accounts.sessions.devices import note_browser
from accounts.sessions.limits import left_of, note_click

# How a page knows, in the address of the sign-in page, what happened to something that was sent.
SENT = "sent"


class SessionLimitsMiddleware:
    """Before LoginRequiredMiddleware: whose time is over is nobody from here on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session_ended_by = ""  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            left = left_of(request.session, request.user)
            if left.seconds <= 0:
                logout(request)
                request.session_ended_by = left.limit  # type: ignore[attr-defined]
        response = self.get_response(request)
        if getattr(request, "has_signed_in", False) and request.user.is_authenticated:
            note_browser(request.user, request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if request.session_ended_by and getattr(view, "login_required", True):  # type: ignore[attr-defined]
            return _to_sign_in(request)
        if request.user.is_authenticated and not getattr(view, "is_no_click", False):
            note_click(request.session)
        return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in, then back. What was sent has to be sent again, from the page it came from."""
    ended, wanted = request.session_ended_by, request.get_full_path()  # type: ignore[attr-defined]
    if request.method not in ("GET", "HEAD"):
        ended, wanted = SENT, _page_before(request)
    query = urlencode({"ended": ended, "next": wanted})
    return HttpResponseRedirect(f"{reverse('account_login')}?{query}")


def _page_before(request: HttpRequest) -> str:
    said = request.META.get("HTTP_REFERER", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, request.is_secure()):
        return reverse("home")
    page = urlsplit(said)
    if not page.netloc:
        return reverse("home")
    return page.path + (f"?{page.query}" if page.query else "")
