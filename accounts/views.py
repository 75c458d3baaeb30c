"""A person's own settings, the record of access, invitations, and the clinic's color."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format, time_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from .audience import EVERYONE, PUBLIC, audience
from .forms import InvitationForm, ProfileForm, WelcomeForm
from .mail import queue_invitation
from .mail.invitations import note_invitations
from .mail.unsubscribing import person_of
from .models import AccessEvent, CareRelationship, ClinicProfile, Invitation, Mail, Role
from .models.invitation import InvitationAccepted
from .opened import told
from .sessions.counting import limited

MAIL_WISHES = ("mails_new_reading", "mails_reminders")
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
    second_factor = is_mfa_enabled(request.user)
    return render(request, "accounts/profile.html", {"form": form, "second_factor": second_factor})


@audience(Role.PATIENT)
@require_safe
def access_record(request: HttpRequest) -> HttpResponse:
    """Who is in the patient's care team, and who opened or changed what of theirs, and when."""
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    days, older = told(AccessEvent.objects.visible_to(request.user), before)
    return render(
        request,
        "accounts/access_record.html",
        {
            "days": days,
            "team": CareRelationship.objects.open()
            .filter(patient=request.user)
            .select_related("clinician")
            .order_by("started_at", "pk")[:100],
            "newer_url": reverse("accounts:access_record") if before else None,
            "older_url": f"?before={older}" if older else None,
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
        request,
        "accounts/clinic.css",
        {"shades": clinic.accent_shades},
        content_type="text/css; charset=utf-8",
    )
    css.headers["ETag"] = f'"{hashlib.sha256(css.content).hexdigest()[:20]}"'
    return css


@audience(INVITERS)
@require_safe
def invitations(request: HttpRequest) -> HttpResponse:
    """The invitations of one's patients, for administrators everybody's, and how each stands."""
    sent = Invitation.objects.visible_to(request.user).select_related("user", "invited_by")
    page = Paginator(sent, 25).get_page(request.GET.get("page"))
    _add_mails(page.object_list)
    with AccessEvent.objects.listing((one.user for one in page.object_list), by=request.user):
        return render(request, "accounts/invitations.html", {"page": page})


def _add_mails(invitations: Iterable[Any]) -> None:
    """What became of each invitation's newest mail: waiting, on its way, failed, or sent.

    One query for all; mails of before there was a queue are taken as sent.
    """
    mails = (
        Mail.objects.filter(
            kind=Mail.Kind.INVITATION, recipient__in=[one.user_id for one in invitations]
        )
        .select_related("recipient")
        .order_by("created_at", "pk")
    )
    newest = {mail.recipient_id: mail for mail in mails}
    now = timezone.now()
    for invitation in invitations:
        mail = newest.get(invitation.user_id)
        if mail is None or not (mail.is_under_way or mail.failed_at):
            invitation.mail = "sent"
        elif mail.failed_at:
            invitation.mail = "failed"
        elif mail.attempts or mail.send_after <= now:
            invitation.mail = "on its way"
        else:
            invitation.mail, invitation.leaves = "waiting", _local(mail)


@audience(INVITERS)
@limited("invite")
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a patient (clinicians) or anybody (administrators) by a link."""
    form = InvitationForm(request.POST or None, inviter=request.user)
    if request.method == "POST" and form.is_valid() and (mail := form.save()):
        _say_when(request, mail)
        return redirect("accounts:invitations")
    return render(request, "accounts/invite.html", {"form": form})


@audience(INVITERS)
@limited("invite")
@require_POST
def invite_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Queue a mail with a new link; the former one works until it leaves."""
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user).select_related("user"),
        user__public_id=public_id,
    )
    try:
        with transaction.atomic():
            mail = queue_invitation(invitation)
            note_invitations([invitation], by=request.user)
        _say_when(request, mail)
    except InvitationAccepted:
        messages.info(request, _("This invitation has been accepted already."))
    return redirect("accounts:invitations")


@audience(INVITERS)
@require_POST
def revoke(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Make an invitation's link useless."""
    invitation = get_object_or_404(
        Invitation.objects.visible_to(request.user).select_related("user"),
        user__public_id=public_id,
    )
    with transaction.atomic():
        invitation.revoke()
        note_invitations([invitation], by=request.user, action=AccessEvent.Action.WITHDREW)
    messages.success(request, _("The link no longer works."))
    return redirect("accounts:invitations")


def _say_when(request: HttpRequest, mail: Mail) -> None:
    """Whether the mail leaves now, or in the morning where its recipient is."""
    email = mail.recipient.email
    if mail.send_after <= timezone.now() + timedelta(minutes=10):
        messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": email})
        return
    messages.success(
        request,
        _("The invitation for %(email)s goes out on %(day)s at %(time)s, their time.")
        % {"email": email, **_local(mail)},
    )


def _local(mail: Mail) -> dict[str, str]:
    """Day and time of sending where the recipient is, in the reader's format."""
    at = mail.send_after.astimezone(mail.recipient.zone)
    return {"day": date_format(at, "D j M"), "time": time_format(at.time(), "TIME_FORMAT")}


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
        # As signing in does: the session can be listed and ended, and the password that was
        # chosen this moment is not asked for again before a second factor is set up.
        record_authentication(request, user, "password")
        UserSession.objects.create_from_request(request)
        messages.success(request, _("Welcome. Your password is set."))
        return redirect("home")
    return render(request, "accounts/welcome.html", {"form": form, "invited": invitation.user})


@audience(PUBLIC)
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the mails to whoever got this link: the page asks, a POST does it (RFC 8058).

    A mail program posts without a cookie, so the token alone speaks for its recipient; it can
    do nothing else. The same page takes it back: its button says which ones there were.
    """
    person = person_of(token)
    if person is None:
        return render(request, "accounts/unsubscribe_unknown.html", status=404)
    before = [name for name in MAIL_WISHES if getattr(person, name)]
    if request.method == "POST":
        named = set(request.POST.get("again", "").split()) & set(MAIL_WISHES)
        wanted = (named or MAIL_WISHES) if "again" in request.POST else ()
        for name in MAIL_WISHES:
            setattr(person, name, name in wanted)
        person.save(update_fields=MAIL_WISHES)
    known = translation.check_for_language(person.language)
    with translation.override(person.language if known else None):
        return render(
            request,
            "accounts/unsubscribe.html",
            {
                "gets_mails": person.mails_new_reading or person.mails_reminders,
                "again": " ".join(before or MAIL_WISHES),
            },
        )
