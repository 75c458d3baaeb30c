"""A person's own settings, the record of access, invitations, and the clinic's color."""

import hashlib
import uuid
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .audience import EVERYONE, PUBLIC, audience
from .forms import InvitationForm, ProfileForm, WelcomeForm
from .mail import send_invitation
from .models import AccessEvent, ClinicProfile, Invitation, Role
from .models.invitation import InvitationAccepted

EVENTS_PER_PAGE = 30
INVITERS = frozenset({Role.CLINICIAN, Role.ADMINISTRATOR})


@audience(EVERYONE)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """A person's own name, language and time zone."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your settings are saved."))
        return redirect("accounts:profile")
    return render(request, "accounts/profile.html", {"form": form})


@audience(Role.PATIENT)
@require_safe
def access_record(request: HttpRequest) -> HttpResponse:
    """Who opened or changed something of the patient's, and when."""
    events = AccessEvent.objects.visible_to(request.user).select_related("actor")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    rows = list(events.order_by("-pk")[: EVENTS_PER_PAGE + 1])
    shown = rows[:EVENTS_PER_PAGE]
    return render(
        request,
        "accounts/access_record.html",
        {
            "events": shown,
            "newer_url": reverse("accounts:access_record") if before else None,
            "older_url": f"?before={shown[-1].pk}" if len(rows) > len(shown) else None,
        },
    )


@audience(PUBLIC)
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie of this browser."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    choice = request.POST.get("theme")
    if choice in ("light", "dark"):
        response.set_cookie(
            "theme", choice, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@audience(PUBLIC)
@cache_control(public=True, max_age=300)
@require_safe
def clinic_css(request: HttpRequest) -> HttpResponse:
    """The clinic's accent color as custom properties; CSP allows no inline style."""
    clinic = ClinicProfile.current()
    css = render(
        request, "accounts/clinic.css", {"shades": clinic.accent_shades}, content_type="text/css"
    )
    css.headers["ETag"] = f'"{hashlib.sha256(css.content).hexdigest()[:20]}"'
    return css


@audience(INVITERS)
@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    """Invitations that this person sent, and how each stands."""
    sent = Invitation.objects.visible_to(request.user).select_related("user", "invited_by")
    page = Paginator(sent, 25).get_page(request.GET.get("page"))
    return render(request, "accounts/invitations.html", {"page": page})


@audience(INVITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a patient (clinicians) or anybody (administrators) by a link."""
    form = InvitationForm(request.POST or None, inviter=request.user)
    if request.method == "POST" and form.is_valid() and (issued := form.save()):
        _deliver(request, *issued)
        return redirect("accounts:invitations")
    return render(request, "accounts/invite.html", {"form": form})


@audience(INVITERS)
@require_POST
def invite_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Send a new link; the former one stops working."""
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user).select_related("user"),
        user__public_id=public_id,
    )
    try:
        _deliver(request, invitation, invitation.issue_token())
    except InvitationAccepted:
        messages.info(request, _("This invitation has been accepted already."))
    return redirect("accounts:invitations")


@audience(INVITERS)
@require_POST
def revoke(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Make an invitation's link useless."""
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user), user__public_id=public_id
    )
    invitation.revoke()
    messages.success(request, _("The link no longer works."))
    return redirect("accounts:invitations")


def _deliver(request: HttpRequest, invitation: Invitation, token: str) -> None:
    try:
        send_invitation(request, invitation, token)
    except (OSError, SMTPException, ValueError):
        messages.error(
            request,
            _("The invitation is kept, but the mail could not be sent. Send it again later."),
        )
    else:
        messages.success(
            request,
            _("An invitation is on its way to %(email)s.") % {"email": invitation.user.email},
        )


@audience(PUBLIC)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The invited person chooses a password and is signed in."""
    invitation = Invitation.objects.for_token(token).select_related("user").first()
    if invitation is None:
        return render(request, "accounts/invitation_closed.html", status=404)
    form = WelcomeForm(invitation.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not invitation.accept(form.cleaned_data["new_password1"]):
            return render(request, "accounts/invitation_closed.html", status=404)
        user = invitation.user
        EmailAddress.objects.update_or_create(
            user=user, email=user.email, defaults={"verified": True, "primary": True}
        )
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("Welcome. Your password is set."))
        return redirect("home")
    return render(request, "accounts/welcome.html", {"form": form, "invited": invitation.user})
