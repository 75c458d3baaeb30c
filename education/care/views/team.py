"""Who cares for one patient: sharing with a colleague, handing over, ending one's own care."""

import uuid
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import audience
from accounts.models import Role, User
from accounts.models.access import Seen
from education.care import teams
from education.care.forms import ColleagueForm
from education.care.recording import What, note_opened

from .patient import patient_or_404
from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def team(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The care team; a colleague can be added to it."""
    patient = patient_or_404(request, public_id)
    members = teams.team_of(patient)
    form = ColleagueForm(
        request.POST or None, by=request.user, without=[one.clinician_id for one in members]
    )
    if request.method == "POST" and form.is_valid():
        colleague = form.cleaned_data["colleague"]
        names = {"colleague": colleague.name, "name": patient.name}
        shared = teams.share(patient, colleague, request.user)
        if shared is None:
            raise Http404
        if shared:
            say(
                request,
                _("%(colleague)s now cares for %(name)s as well.") % names,
                undo=reverse("care:undo_share", args=[patient.public_id, colleague.public_id]),
            )
        else:
            messages.info(request, _("%(colleague)s cares for %(name)s already.") % names)
        return redirect("care:team", patient.public_id)
    context = {
        "patient": patient,
        "members": members,
        "form": form,
        "has_colleagues": form.fields["colleague"].queryset.exists(),
    }
    note_opened(request, patient, Seen(What.CARE_TEAM))
    return render(request, "care/team.html", context)


@audience(Role.CLINICIAN)
@require_POST
def undo_share(request: HttpRequest, public_id: uuid.UUID, colleague_id: uuid.UUID) -> HttpResponse:
    """Take back what one has just shared."""
    patient = patient_or_404(request, public_id)
    colleague = get_object_or_404(User, role=Role.CLINICIAN, public_id=colleague_id)
    names = {"colleague": colleague.name, "name": patient.name}
    if teams.undo_share(patient, colleague, request.user):
        messages.success(request, _("%(colleague)s does not care for %(name)s any more.") % names)
    else:
        messages.info(request, _("This can’t be undone any more."))
    return redirect("care:team", patient.public_id)


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def hand_over(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then let a colleague take over: theirs begins as one's own ends."""
    patient = _patient_or_left(request, public_id)
    if patient is None:
        return redirect("care:caseload")
    form = ColleagueForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        colleague = form.cleaned_data["colleague"]
        if teams.hand_over(patient, colleague, request.user):
            messages.success(
                request,
                _("%(name)s is handed over to %(colleague)s. Your own access has ended.")
                % {"name": patient.name, "colleague": colleague.name},
            )
        else:
            messages.info(request, _already_ended())
        return redirect("care:caseload")
    return render(request, "care/hand_over.html", _leaving(request, patient) | {"form": form})


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def end(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then end one's own care; access ends with it."""
    patient = _patient_or_left(request, public_id)
    if patient is None:
        return redirect("care:caseload")
    if request.method == "POST":
        if teams.end(patient, request.user):
            messages.success(
                request,
                _("Your care for %(name)s has ended, and so has your access.")
                % {"name": patient.name},
            )
        else:
            messages.info(request, _already_ended())
        return redirect("care:caseload")
    return render(request, "care/end_care.html", _leaving(request, patient))


def _leaving(request: HttpRequest, patient: User) -> dict[str, Any]:
    note_opened(request, patient, Seen(What.CARE_TEAM))
    others = [
        one.clinician
        for one in teams.team_of(patient)
        if one.clinician_id != request.user.pk and one.clinician.is_active
    ]
    return {"patient": patient, "others": others}


def _patient_or_left(request: HttpRequest, public_id: uuid.UUID) -> User | None:
    """The patient; None, with a message, for the second click of somebody who has just left."""
    try:
        return patient_or_404(request, public_id)
    except Http404:
        if request.method == "POST" and teams.has_just_left(request.user, public_id):
            messages.info(request, _already_ended())
            return None
        raise


def _already_ended() -> str:
    return _("Your care for this patient had ended already.")
