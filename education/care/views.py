"""Where reading and journal meet: the patient's today, the clinician's caseload and patient."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import AccessEvent, Role, User
from education.journal.diary import Diary
from education.journal.models import Night, Reflection
from education.reading.models import Assignment

from . import caseload as caseloads
from .forms import AssignForm

SHARED_REFLECTIONS = 20


@audience(Role.PATIENT)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The patient's home: what to read next, and last night."""
    day = timezone.localdate(timezone=request.user.zone)
    assignments = list(
        Assignment.objects.visible_to(request.user)
        .open()
        .with_progress()
        .select_related("article", "assigned_by")
        .order_by(
            F("finished_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "assigned_at"
        )[:50]
    )
    to_read = [one for one in assignments if one.finished_at is None]
    recent = list(
        Night.objects.visible_to(request.user)
        .filter(diary_date__gt=day - timedelta(days=14), diary_date__lte=day)
        .order_by("-diary_date")
    )
    return render(
        request,
        "care/today.html",
        {
            "day": day,
            "greeting": _greeting(timezone.localtime(timezone=request.user.zone).hour),
            "to_read": to_read,
            "finished": [one for one in assignments if one.finished_at],
            "last_night": recent[0] if recent and recent[0].diary_date == day else None,
            "nights_recorded": len(recent),
        },
    )


def _greeting(hour: int) -> str:
    if 4 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")


@audience(Role.CLINICIAN)
@require_safe
def caseload(request: HttpRequest) -> HttpResponse:
    """The clinician's home: their patients, those who need attention first."""
    query = request.GET.get("q", "").strip()[:150]
    attention = request.GET.get("show") == "attention"
    page, rows = caseloads.caseload(
        request.user, query=query, attention=attention, number=request.GET.get("page")
    )
    context = {"page": page, "rows": rows, "search_query": query, "attention": attention}
    return render(request, "care/caseload.html", context)


def _patient_or_404(request: HttpRequest, public_id: uuid.UUID) -> User:
    return get_object_or_404(User.objects.patients_of(request.user), public_id=public_id)


@audience(Role.CLINICIAN)
@require_safe
def patient(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One patient: what was assigned and read, and what they chose to share."""
    with transaction.atomic():
        patient = _patient_or_404(request, public_id)
        AccessEvent.objects.record(
            patient=patient,
            actor=request.user,
            action=AccessEvent.Action.OPENED,
            what=AccessEvent.What.PATIENT_PAGE,
        )
        day = timezone.localdate(timezone=patient.zone)
        assignments = (
            Assignment.objects.visible_to(request.user)
            .filter(patient=patient)
            .with_progress()
            .select_related("article", "assigned_by", "withdrawn_by")
            .order_by("-assigned_at", "-pk")[:100]
        )
        context = {
            "patient": patient,
            "day": day,
            "open": [one for one in assignments if one.withdrawn_at is None],
            "withdrawn": [one for one in assignments if one.withdrawn_at],
            "diary": Diary.shared(patient, request.user, until=day),
            "reflections": Reflection.objects.visible_to(request.user)
            .filter(patient=patient)
            .order_by("-on", "-pk")[:SHARED_REFLECTIONS],
        }
        return render(request, "care/patient.html", context)


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Assign an article at a level to one patient."""
    patient = _patient_or_404(request, public_id)
    form = AssignForm(request.POST or None, patient=patient, by=request.user)
    if request.method == "POST" and form.is_valid() and (assignment := form.save()):
        _say(
            request,
            _("“%(title)s” is assigned.") % {"title": assignment.article.title},
            undo=reverse("care:withdraw", args=[assignment.public_id]),
        )
        return redirect("care:patient", patient.public_id)
    return render(request, "care/assign.html", {"form": form, "patient": patient})


def _assignment_or_404(request: HttpRequest, public_id: uuid.UUID) -> Assignment:
    return get_object_or_404(
        Assignment.objects.visible_to(request.user).select_related("article", "patient"),
        public_id=public_id,
    )


@audience(Role.CLINICIAN)
@require_POST
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take an assignment back; what was read stays."""
    assignment = _assignment_or_404(request, public_id)
    if assignment.withdraw(request.user):
        _say(
            request,
            _("“%(title)s” is withdrawn.") % {"title": assignment.article.title},
            undo=reverse("care:restore", args=[assignment.public_id]),
        )
    else:
        messages.info(request, _("This was withdrawn already."))
    return redirect("care:patient", assignment.patient.public_id)


@audience(Role.CLINICIAN)
@require_POST
def restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Undo a withdrawal."""
    assignment = _assignment_or_404(request, public_id)
    if assignment.restore(request.user):
        messages.success(
            request, _("“%(title)s” is assigned again.") % {"title": assignment.article.title}
        )
    else:
        messages.info(request, _("The patient has this article already."))
    return redirect("care:patient", assignment.patient.public_id)


def _say(request: HttpRequest, text: str, *, undo: str) -> None:
    """A message with a button that takes the action back."""
    messages.success(request, text, extra_tags=f"undo:{undo}")
