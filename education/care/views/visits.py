"""The clinician's visits: today's, noting the next one of a patient, and what came of one."""

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import AccessEvent, Role
from accounts.models.access import Seen
from accounts.opened import Openings
from education.care import visits as next_visits
from education.care.agenda import Agenda
from education.care.forms import AfterForm, VisitDateForm
from education.care.models import Question, Visit
from education.care.pasts import Summary
from education.care.questions import with_sources
from education.care.recording import What, note_opened, seen_of
from education.care.sheet import Sheet

from .patient import patient_or_404
from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])
MOST_SETTLED = 30


@audience(Role.CLINICIAN)
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    """Today's visits, those of the next days, and past ones that were not finished."""
    today = timezone.localdate(timezone=request.user.zone)
    agenda = Agenda(request.user, today)
    with AccessEvent.objects.listing(agenda.patients, by=request.user):
        return render(request, "care/visits.html", {"agenda": agenda, "today": today})


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def patient_visit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Note when a patient's next visit is, or change it."""
    patient = patient_or_404(request, public_id)
    if request.method == "POST":
        next_visits.hold(patient)
    visit = next_visits.next_visit(request.user, patient)
    team = next_visits.team_choices(patient)
    form = VisitDateForm(
        request.POST if request.method == "POST" else None,
        visit=visit,
        team=team,
        reader=request.user,
    )
    if visit is None:
        form.initial["on"] = timezone.localdate(timezone=request.user.zone)
        form.initial["clinician"] = request.user.public_id
    if request.method == "POST" and form.is_valid():
        next_visits.note(patient, request.user, **form.said)
        messages.success(
            request,
            _("The visit is noted. The patient sees it on their pages.")
            if form.said["on"]
            else _("Saved, without a day."),
        )
        return redirect("care:patient", patient.public_id)
    # Its day, and not the page that the patient approves.
    note_opened(request, patient, Seen(What.VISIT))
    return render(
        request, "care/patient_visit.html", {"form": form, "visit": visit, "patient": patient}
    )


# --- The page of a visit --------------------------------------------------------------------


@audience(Role.PATIENT, Role.CLINICIAN)
@require_safe
def visit_page(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The page that patient and clinician look at together; after the visit, what came of it.

    The patient finds out here what is shown (?look=now: what they would approve now).
    """
    with transaction.atomic():
        visit = get_object_or_404(
            Visit.objects.visible_to(request.user).select_related("patient", "clinician"),
            public_id=public_id,
        )
        if visit.ended_at:
            return _summary(request, visit)
        today = timezone.localdate(timezone=visit.patient.zone)
        context = {"visit": visit, "is_past": visit.is_past}
        if request.user.is_patient:
            look = request.GET.get("look") == "now"
            context["sheet"] = Sheet.for_patient(visit, today, as_it_is_now=look)
            context["look"] = look or not visit.is_approved
            openings = Openings(request.user, things=[visit.public_id])
            context["openings"] = openings.of_thing(visit.public_id, visit.approved_at)
        else:
            sheet = context["sheet"] = Sheet.for_clinician(visit, request.user, today)
            asked = [*sheet.answered, *sheet.questions]
            seen = seen_of(sheet.diary, sheet.reflections, asked)
            note_opened(request, visit.patient, Seen(What.VISIT, str(visit.public_id)), *seen)
        return render(request, "care/visit_page.html", context)


def _summary(request: HttpRequest, visit: Visit) -> HttpResponse:
    summary = Summary.of(visit, request.user)
    if request.user.is_clinician:
        seen = _seen_of(one for one, _source in summary.questions)
        note_opened(request, visit.patient, Seen(What.VISIT, str(visit.public_id)), *seen)
    return render(request, "care/visit_summary.html", {"visit": visit, "summary": summary})


def _seen_of(questions: Iterable[Question]) -> list[Seen]:
    """For the record of access."""
    return [Seen(What.QUESTION, str(one.public_id)) for one in questions]


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def visit_after(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Answers to the questions and what was agreed; and that the visit is over."""
    rows = Visit.objects.visible_to(request.user).select_related("patient", "clinician")
    visit = get_object_or_404(rows, public_id=public_id)
    if request.method == "POST":
        # Of two who save at once, the second finds what the first one saved.
        next_visits.hold(visit.patient)
        visit = get_object_or_404(rows, public_id=public_id)
    questions = _to_answer(request, visit)
    form = AfterForm(
        request.POST if request.method == "POST" else None, visit=visit, questions=questions
    )
    if request.method == "POST" and form.is_valid():
        ends = "end" in request.POST and visit.ended_at is None
        next_visits.note_outcome(
            visit,
            request.user,
            agreed=form.cleaned_data.get("agreed", ""),
            answers=form.answers,
            reopened=form.reopened,
            ends=ends,
        )
        if ends:
            undo = reverse("care:visit_open_again", args=[visit.public_id])
            say(request, _("The visit is finished. The patient keeps this summary."), undo=undo)
        elif visit.ended_at:
            messages.success(request, _("Saved. The patient sees it."))
        else:
            words = _("Saved. The patient sees what you agreed once the visit is finished.")
            messages.success(request, words)
        return redirect(visit.get_absolute_url())
    note_opened(
        request, visit.patient,
        Seen(What.VISIT, str(visit.public_id)), *_seen_of(questions),
    )  # fmt: skip
    return render(request, "care/visit_after.html", {"form": form, "visit": visit})


def _to_answer(request: HttpRequest, visit: Visit) -> list[Question]:
    """What the patient marked for the visit, and what has been settled at it."""
    rows = with_sources(Question.objects.visible_to(request.user))
    still_open = rows.for_visit().filter(patient=visit.patient_id)
    if visit.ended_at:
        still_open = still_open.filter(for_visit_since__lte=visit.ended_at)
    # Each by an index of its own, the visit's without its patient's: what is private costs no
    # time to skip.
    settled = rows.filter(settled_at_visit=visit).order_by("place", "for_visit_since", "pk")
    return [*settled[:MOST_SETTLED], *still_open[:MOST_SETTLED]]


@audience(Role.PATIENT, Role.CLINICIAN)
@require_POST
def visit_open_again(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take back that one has just said that a visit is over."""
    rows = Visit.objects.visible_to(request.user).select_related("patient")
    visit = get_object_or_404(rows, public_id=public_id)
    if next_visits.open_again(visit, request.user):
        messages.success(request, _("The visit is open again. Its page is approved anew."))
    else:
        messages.info(request, _("This can’t be undone any more."))
    return redirect(visit.get_absolute_url())


@audience(Role.PATIENT, Role.CLINICIAN)
@_require_form
@transaction.atomic
def visit_call_off(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then call a visit off; what was written down for it stays."""
    visit = get_object_or_404(
        Visit.objects.visible_to(request.user).open().select_related("patient"),
        public_id=public_id,
    )
    if request.method == "POST":
        if next_visits.call_off(visit, request.user):
            messages.success(
                request,
                _("The visit is called off.")
                if request.user.is_patient
                else _("The visit is called off. No mail is sent: tell the patient."),
            )
        else:
            messages.info(
                request,
                _("What was written down at this visit is kept, so it can’t be called off."),
            )
        if request.user.is_patient:
            return redirect("care:visit")
        return redirect("care:patient", visit.patient.public_id)
    if request.user.is_clinician:
        note_opened(request, visit.patient, Seen(What.VISIT))
    return render(request, "care/visit_call_off.html", {"visit": visit})
