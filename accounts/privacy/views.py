"""What the patient may ask for, and the text that they agree to."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import PUBLIC, audience
from accounts.models import AccountClosing, CareRelationship, Consent, ConsentText, Role
from accounts.sessions.reauthentication import fresh_sign_in_required

from .closing import close_account
from .files import everything
from .middleware import before_consent
from .parts import parts
from .words import as_html

require_form = require_http_methods(["GET", "HEAD", "POST"])


@before_consent
@audience(Role.PATIENT)
@require_safe
def your_data(request: HttpRequest) -> HttpResponse:
    """What is kept of the patient, and what they may do about it."""
    consent = Consent.objects.visible_to(request.user).select_related("text").first()
    context = {"consent": consent, "years": settings.RECORD_KEPT_YEARS}
    return render(request, "accounts/privacy/your_data.html", context)


@before_consent
@audience(Role.PATIENT)
@require_safe
@fresh_sign_in_required(page="accounts:your_data")
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Everything about the patient in one file, made while it is sent."""
    today = timezone.localdate(timezone=request.user.zone)
    disposition = f'attachment; filename="everything-{today.isoformat()}.zip"'
    headers = {"Content-Disposition": disposition}
    content = everything(request.user) if request.method == "GET" else iter(())
    return StreamingHttpResponse(content, content_type="application/zip", headers=headers)


class ClosingForm(forms.Form):
    """One tick that nobody makes by accident."""

    sure = forms.BooleanField(
        label=gettext_lazy("Erase what is mine and close my account"),
        error_messages={"required": gettext_lazy("Tick this if you want to close your account.")},
    )


@before_consent
@audience(Role.PATIENT)
@require_form
@fresh_sign_in_required
def close(request: HttpRequest) -> HttpResponse:
    """Say what is erased and what is kept, then close the account."""
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        close_account(request.user)
        logout(request)
        kept_until = AccountClosing.kept_until(timezone.now())
        response = render(request, "accounts/privacy/closed.html", {"kept_until": kept_until})
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response
    care = CareRelationship.objects.open().filter(patient=request.user)
    context = {
        "form": form,
        "holds": [words for part in parts() for words in part.holds(request.user)],
        "team": care.order_by("started_at", "pk").values_list("clinician__name", flat=True)[:20],
        "kept_until": AccountClosing.kept_until(timezone.now()),
        "years": settings.RECORD_KEPT_YEARS,
    }
    return render(request, "accounts/privacy/close.html", context)


@before_consent
@audience(Role.PATIENT)
@require_form
def consent(request: HttpRequest) -> HttpResponse:
    """Ask the patient to agree to the current text, and go on to where they were."""
    then = _next(request)
    text = ConsentText.objects.current()
    if text is None or not request.user.consent_is_due:
        return redirect(then or "home")
    if request.method == "POST":
        if Consent.objects.agree(request.user, request.POST.get("number", "")):
            return redirect(then or "home")
        text = ConsentText.objects.current()
        messages.info(request, _("The text has changed this very moment. Here is the new one."))
    before = Consent.objects.visible_to(request.user).select_related("text").first()
    context = {"text": text, "words": as_html(text.text), "before": before, "next": then}
    return render(request, "accounts/privacy/consent.html", context)


def _next(request: HttpRequest) -> str:
    """Where to go on, if that is one of our own addresses."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    # redirect() would take a word without a slash for the name of a view.
    return wanted if safe and wanted.startswith("/") else ""


@audience(PUBLIC)
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The current text, for anybody to read."""
    text = ConsentText.objects.current()
    context: dict[str, Any] = {"text": text}
    if text is not None:
        context["words"] = as_html(text.text)
        if request.user.is_authenticated:
            context["agreed"] = Consent.objects.visible_to(request.user).filter(text=text).first()
    return render(request, "accounts/privacy/privacy.html", context)
