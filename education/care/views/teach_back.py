"""What a patient explained in their own words: noted, corrected, taken back."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role, User
from accounts.models.access import Seen
from accounts.sealed import Unreadable
from education.articles.models import Article
from education.care import teach_backs, visits
from education.care.forms import TeachBackForm
from education.care.models import TeachBack
from education.care.paging import older_than
from education.care.recording import What, note_opened
from education.care.teach_backs import Again

from .patient import patient_or_404
from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])
EXPLAINED_PER_PAGE = 20


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def teach_back_new(request: HttpRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """Note what a patient explained of an article, and give it to read again at a level."""
    patient = patient_or_404(request, public_id)
    article = get_object_or_404(Article.objects.visible_to(request.user), slug=slug)
    editions = teach_backs.editions_to_explain(request.user, patient, article)
    if not editions:
        raise Http404
    form = TeachBackForm(
        request.POST if request.method == "POST" else None,
        patient=patient,
        editions=editions,
        levels=teach_backs.levels_of(article),
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        one = teach_backs.note(
            patient,
            request.user,
            edition=form.chosen_edition,
            understood=said["understood"],
            words=said["words"],
            again=Again(said["again"], said["due_on"]) if said["again"] else None,
            form_id=form.form_id,
        )
        words = _("What %(name)s explained is noted.") % {"name": patient.name}
        if one.again:
            words += " " + _("The article is given to read again: %(level)s.") % {
                "level": one.again.get_level_display()
            }
        say(request, words, undo=reverse("care:teach_back_undo", args=[one.public_id]))
        return redirect(_back(request, patient))
    note_opened(request, patient, Seen(What.READING))
    return render(
        request,
        "care/teach_back.html",
        {"form": form, "patient": patient, "article": article, "back_url": _back(request, patient)},
    )


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def teach_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Correct what one has noted oneself."""
    one = _own_or_404(request, public_id)
    if isinstance(one.words, Unreadable):
        messages.info(request, one.words)
        return redirect(_back(request, one.patient))
    form = TeachBackForm(
        request.POST if request.method == "POST" else None,
        patient=one.patient,
        editions=[],
        levels=[],
        note=one,
    )
    if request.method == "POST" and form.is_valid():
        if teach_backs.change(one, request.user, **form.cleaned_data):
            messages.success(request, _("Your note is saved."))
        else:
            messages.info(request, _("This note was taken back meanwhile."))
        return redirect(_back(request, one.patient))
    note_opened(request, one.patient, Seen(What.TEACH_BACK, str(one.public_id)))
    return render(
        request,
        "care/teach_back.html",
        {
            "form": form,
            "note": one,
            "patient": one.patient,
            "article": one.edition.article,
            "back_url": _back(request, one.patient),
        },
    )


@audience(Role.PATIENT)
@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    """All that a patient has explained in their own words, the latest first."""
    before = request.GET.get("before", "")
    own = TeachBack.objects.visible_to(request.user).with_editions()
    rows = list(older_than(own, before, "noted_at")[: EXPLAINED_PER_PAGE + 1])
    if before and not rows:
        return redirect("care:explained")
    shown = rows[:EXPLAINED_PER_PAGE]
    return render(
        request,
        "care/explained.html",
        {
            "explained": shown,
            "newer_url": reverse("care:explained") if before else None,
            "older_url": f"?before={shown[-1].public_id}" if len(rows) > len(shown) else None,
        },
    )


@audience(Role.CLINICIAN)
@require_POST
def teach_back_undo(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take back what one has just noted."""
    one = _own_or_404(request, public_id)
    if teach_backs.undo(one, request.user):
        messages.success(request, _("Your note is taken back. What was given to read again stays."))
    else:
        messages.info(request, _("This can’t be undone any more."))
    return redirect(_back(request, one.patient))


def _own_or_404(request: HttpRequest, public_id: uuid.UUID) -> TeachBack:
    """A note that the clinician has made of a patient whom they treat now."""
    return get_object_or_404(
        TeachBack.objects.visible_to(request.user).select_related("patient", "edition__article"),
        clinician=request.user,
        public_id=public_id,
    )


def _back(request: HttpRequest, patient: User) -> str:
    """To the page of the visit, where there is one; otherwise to the patient's."""
    visit = visits.next_visit(request.user, patient)
    if visit:
        return visit.get_absolute_url()
    return reverse("care:patient", args=[patient.public_id])
