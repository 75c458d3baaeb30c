"""The patient's next visit: when it is, what is brought to it, and what was there before."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role, User
from accounts.public_ids import as_public_id
from education.care import visits
from education.care.forms import PrepareForm, VisitDateForm
from education.care.models import ChosenReflection, Question, QuestionQuerySet, TeachBack, Visit
from education.care.pasts import VISITS_PER_PAGE, past_visits
from education.care.sheet import MOST_QUESTIONS, MOST_REFLECTIONS
from education.journal.diary import DAYS
from education.journal.models import Night, Reflection
from education.journal.models.night import NO_NUMBERS
from education.reading.models import Assignment

from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])

# How much is offered to choose from on a page of three minutes.
QUESTIONS_OFFERED = 20
REFLECTIONS_OFFERED = 8
READING_SHOWN = 10
PAST_SHOWN = 3
EXPLAINED_SHOWN = 2


# --- Preparing ------------------------------------------------------------------------------


@audience(Role.PATIENT)
@_require_form
def visit(request: HttpRequest) -> HttpResponse:
    """What leads up to the visit: the day, what to read, what to bring; and visits before."""
    patient = request.user
    today = timezone.localdate(timezone=patient.zone)
    next_visit = visits.next_visit(patient, patient)
    offered, reflections = _offered(request, next_visit)
    nights = _nights(patient, today)
    form = PrepareForm(
        request.POST if request.method == "POST" else None,
        questions=offered,
        reflections=reflections,
        chosen=[one for one in reflections if one.is_chosen],
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        prepared = visits.prepare(
            patient,
            offered=offered,
            questions=said["questions"],
            offered_reflections=reflections,
            reflections=said["reflections"],
            share_until=today if said["share_nights"] else None,
        )
        if prepared.nights:
            _say_shared(request, prepared.nights)
        url = prepared.visit.get_absolute_url()
        if not prepared.waits:
            messages.success(request, _("Nothing is different. Your care team sees this page."))
            return redirect(url)
        if prepared.visit.is_approved:
            words = _("Saved. Your care team sees the page from before until you approve this one.")
        else:
            words = _("Saved. Look at the page now: it is shown once you approve it.")
        messages.success(request, words)
        return redirect(f"{url}?look=now")
    past = list(past_visits(patient, patient)[: PAST_SHOWN + 1])
    explained = list(
        TeachBack.objects.visible_to(patient).with_editions().newest()[: EXPLAINED_SHOWN + 1]
    )
    return render(
        request,
        "care/visit.html",
        {
            "form": form,
            "visit": next_visit,
            "is_past": next_visit is not None and next_visit.is_past,
            "date_form": _date_form(request, None) if next_visit is None else None,
            "to_read": list(_to_read(patient)[:READING_SHOWN]),
            "questions": list(zip(form["questions"], offered, strict=True)),
            "reflections": list(zip(form["reflections"], reflections, strict=True)),
            "nights": nights,
            "most_questions": MOST_QUESTIONS,
            "most_reflections": MOST_REFLECTIONS,
            "past": past[:PAST_SHOWN],
            "came_of_it": visits.newly_ended(past),
            "has_more_past": len(past) > PAST_SHOWN,
            "explained": explained[:EXPLAINED_SHOWN],
            "has_more_explained": len(explained) > EXPLAINED_SHOWN,
        },
    )


def _offered(
    request: HttpRequest, next_visit: Visit | None
) -> tuple[list[Question], list[Reflection]]:
    """What can be brought: of questions those for the visit first, then the newest.

    What is sent is about what the page had offered, whatever was written in other tabs since.
    """
    questions = _questions(request.user)
    reflections = _reflections(request.user, next_visit)
    if request.method == "POST" and "offered" in request.POST:
        ids = [key for one in request.POST.getlist("offered")[:100] if (key := as_public_id(one))]
        questions = questions.filter(public_id__in=ids)
        reflections = reflections.filter(public_id__in=ids)
    return list(questions[:QUESTIONS_OFFERED]), list(reflections[:REFLECTIONS_OFFERED])


def _questions(patient: User) -> QuestionQuerySet:
    own = Question.objects.visible_to(patient).open()
    return own.order_by(F("for_visit_since").asc(nulls_last=True), "place", "-asked_at", "-pk")


def _reflections(patient: User, next_visit: Visit | None) -> Any:
    """Those that stand on the page first, then the newest; each with is_chosen."""
    chosen = ChosenReflection.objects.filter(visit=next_visit, reflection=OuterRef("pk")).standing()
    own = Reflection.objects.visible_to(patient).annotate(is_chosen=Exists(chosen))
    return own.order_by("-is_chosen", "-on", "-pk")


def _nights(patient: User, today: Any) -> dict[str, int]:
    """How many of the last nights have numbers, and how many of these are shared. One query."""
    rows = Night.objects.visible_to(patient).filter(
        ~NO_NUMBERS, diary_date__gt=today - timedelta(days=DAYS), diary_date__lte=today
    )
    said = list(rows.order_by().values_list("numbers_shared", flat=True))
    return {"days": DAYS, "written": len(said), "shared": sum(said), "left": said.count(False)}


def _to_read(patient: User) -> Any:
    return (
        Assignment.objects.visible_to(patient)
        .unfinished()
        .with_readable()
        .with_progress()
        .select_related("article")
        .order_by(F("due_on").asc(nulls_last=True), "assigned_at")
    )


def _say_shared(request: HttpRequest, n: int) -> None:
    words = ngettext(
        "Your care team can now see the numbers of %(n)d more night.",
        "Your care team can now see the numbers of %(n)d more nights.",
        n,
    )
    undo_url = reverse("journal:undo_sharing")
    messages.success(request, words % {"n": n}, extra_tags=f"undo:{undo_url}")


# --- The day --------------------------------------------------------------------------------


def _date_form(request: HttpRequest, next_visit: Visit | None) -> VisitDateForm:
    return VisitDateForm(
        request.POST if request.method == "POST" else None,
        visit=next_visit,
        team=visits.team_choices(request.user),
        reader=request.user,
    )


@audience(Role.PATIENT)
@_require_form
@transaction.atomic
def visit_date(request: HttpRequest) -> HttpResponse:
    """Note when the next visit is, or change it."""
    if request.method == "POST":
        visits.hold(request.user)
    next_visit = visits.next_visit(request.user, request.user)
    form = _date_form(request, next_visit)
    if request.method == "POST" and form.is_valid():
        visits.note(request.user, request.user, **form.said)
        known = form.cleaned_data["on"]
        messages.success(
            request, _("Your visit is noted.") if known else _("Saved, without a day.")
        )
        return redirect("care:visit")
    return render(request, "care/visit_date.html", {"form": form, "visit": next_visit})


@audience(Role.PATIENT)
@_require_form
def visit_took_place(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then note that the visit has been: what was approved is not shown any more."""
    one = get_object_or_404(
        Visit.objects.visible_to(request.user).select_related("clinician", "patient"),
        public_id=public_id,
    )
    if request.method != "POST":
        if one.is_past:
            return render(request, "care/visit_took_place.html", {"visit": one})
        return redirect("care:visit")
    if one.ended_at is None and one.on and one.on > one.today:
        messages.info(request, _("This visit is still to come."))
    elif visits.end(one, request.user):
        undo = reverse("care:visit_open_again", args=[one.public_id])
        say(request, _("It is among your visits. You can note the next one."), undo=undo)
    else:
        messages.info(request, _("This visit has ended already."))
    return redirect("care:visit")


@audience(Role.PATIENT)
@require_safe
def visits_past(request: HttpRequest) -> HttpResponse:
    """All visits that have been, with what came of them, the latest first."""
    before = request.GET.get("before", "")
    rows = list(past_visits(request.user, request.user, before)[: VISITS_PER_PAGE + 1])
    if before and not rows:
        return redirect("care:visits_past")
    shown = rows[:VISITS_PER_PAGE]
    return render(
        request,
        "care/visits_past.html",
        {
            "past": shown,
            "newer_url": reverse("care:visits_past") if before else None,
            "older_url": f"?before={shown[-1].public_id}" if len(rows) > len(shown) else None,
        },
    )


# --- What will be shown ---------------------------------------------------------------------


@audience(Role.PATIENT)
@require_POST
def visit_approve(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Let what is on the page be seen at the visit."""
    one = get_object_or_404(Visit.objects.visible_to(request.user).open(), public_id=public_id)
    today = timezone.localdate(timezone=request.user.zone)
    url = one.get_absolute_url()
    if visits.approve(one, today, request.POST.get("page", "")):
        undo = reverse("care:visit_take_back", args=[one.public_id])
        messages.success(
            request, _("Approved. Your care team sees exactly this."), extra_tags=f"undo:{undo}"
        )
        return redirect(url)
    messages.warning(
        request, _("Something changed since you looked. This is the page as it is now.")
    )
    return redirect(f"{url}?look=now")


@audience(Role.PATIENT)
@require_POST
def visit_take_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Nothing is approved any more."""
    one = get_object_or_404(Visit.objects.visible_to(request.user), public_id=public_id)
    if visits.take_back(one):
        messages.success(
            request,
            _(
                "Your care team doesn’t see your questions, nights and reflections on this page "
                "any more. What you share in your journal stays shared."
            ),
        )
    else:
        messages.info(request, _("Nothing was approved."))
    return redirect(one.get_absolute_url())
