"""A patient agrees to the clinic's text before anything else, and again when it has changed."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Consent, ConsentText

# Signing in and out, and what belongs to it.
OPEN = ("account_", "mfa_", "usersessions_", "accounts:end_session")
View = Callable[..., HttpResponse]


def before_consent(view: View) -> View:
    """Mark a view that is there for patients who have not agreed: what is theirs stays theirs."""
    view.before_consent = True  # type: ignore[attr-defined]
    return view


class ConsentMiddleware:
    """Leads patients to the text while `consent_is_due`. No query for anybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated or not (user.is_patient and user.consent_is_due):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        public = not getattr(view, "login_required", True)
        if public or getattr(view, "before_consent", False) or name.startswith(OPEN):
            return None
        if ConsentText.objects.current() is None:
            return None
        if request.method not in ("GET", "HEAD"):
            # What somebody has written under the former text is not lost: the next page asks.
            if Consent.objects.visible_to(user).exists():
                return None
            return redirect("accounts:consent")
        then = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('accounts:consent')}?{then}")
