"""Assigning to one patient: what there is, an article at a level, a programme; and undoing it."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role, User
from accounts.models.access import Seen
from education.articles.models import Article, Topic
from education.articles.search import find
from education.care import choosing
from education.care.forms import ReadingForm, StartForm
from education.care.recording import What, note_opened
from education.care.teams import MOMENT
from education.reading.assigning import assign
from education.reading.models import Assignment, Outcome, Programme, Wanted
from education.reading.programmes import wanted_of

from .patient import patient_or_404
from .saying import say

ARTICLES_PER_PAGE = 20
PROGRAMMES = 50
SECOND_CLICK = timedelta(seconds=30)

_require_form = require_http_methods(["GET", "HEAD", "POST"])


@audience(Role.CLINICIAN)
@require_safe
@transaction.atomic
def choose(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What this patient can be given: articles, to be searched, and programmes."""
    patient = patient_or_404(request, public_id)
    note_opened(request, patient, Seen(What.READING))
    query = request.GET.get("q", "").strip()[:100]
    topic = request.GET.get("topic", "")[:80]
    if query:
        found: Any = find(request.user, query, topic)
    else:
        articles = Article.objects.published().order_by("title", "pk")
        if topic:
            articles = articles.filter(topics__slug=topic)
        found = articles.values_list("pk", flat=True)
    page = Paginator(found, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "care/assign.html",
        {
            "patient": patient,
            "page": page,
            "offers": choosing.offers(request.user, patient, list(page.object_list)),
            "manner": getattr(found, "manner", "all"),
            "topics": Topic.objects.filter(articles__in=Article.objects.published()).distinct(),
            "topic": topic,
            "query": query,
            "programmes": _programmes(request) if not (query or topic) else (),
        },
    )


def _programmes(request: HttpRequest) -> list[Programme]:
    programmes = Programme.objects.visible_to(request.user).in_use()
    return list(programmes.prefetch_related("steps__article").order_by("name")[:PROGRAMMES])


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def assign_article(request: HttpRequest, public_id: uuid.UUID, slug: str) -> HttpResponse:
    """One article for one patient: level, day, note."""
    patient = patient_or_404(request, public_id)
    article = get_object_or_404(Article.objects.published(), slug=slug)
    levels = choosing.levels_of(article)
    if not levels:
        raise Http404  # Retired in this moment.
    usual = choosing.usual_level(patient, levels)
    form = ReadingForm(
        request.POST or None,
        patient=patient,
        levels=[one.level for one in levels],
        initial={"level": usual.level},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wanted = Wanted(patient, article, data["level"], data["due_on"])
        outcome = assign([wanted], by=request.user, note=data["note"])
        if outcome.assigned:
            _say_assigned(
                request, outcome, _("“%(title)s” is assigned.") % {"title": article.title}
            )
            return redirect("care:patient", patient.public_id)
        if outcome.not_cared_for:
            raise Http404
    # Looked up last: somebody may have assigned it while this form was open.
    has = choosing.open_by_article(request.user, patient, [article.pk]).get(article.pk)
    if form.is_bound and has and _is_second_click(request, has):
        messages.info(
            request, _("“%(title)s” was assigned a moment ago.") % {"title": article.title}
        )
        return redirect("care:patient", patient.public_id)
    note_opened(request, patient, Seen(What.READING))
    return render(
        request,
        "care/assign_article.html",
        {
            "patient": patient,
            "article": article,
            "rows": choosing.level_rows(form, levels),
            "usual": usual,
            "form": form,
            "has": has,
        },
    )


def _is_second_click(request: HttpRequest, has: Assignment) -> bool:
    """Whether this was assigned by the same person so lately that it was one intention."""
    return has.assigned_by == request.user and timezone.now() - has.assigned_at < SECOND_CLICK


@audience(Role.CLINICIAN)
@_require_form
@transaction.atomic
def assign_programme(
    request: HttpRequest, public_id: uuid.UUID, programme_id: uuid.UUID
) -> HttpResponse:
    """A programme for one patient, from a day on; what they have of it they keep."""
    patient = patient_or_404(request, public_id)
    programme = get_object_or_404(
        Programme.objects.visible_to(request.user).in_use(), public_id=programme_id
    )
    form = StartForm(request.POST or None, patient=patient)
    is_valid = request.method == "POST" and form.is_valid()
    start = form.cleaned_data["start"] if is_valid else form.today
    wanted = wanted_of(programme, [patient], start)
    if is_valid and "show" not in request.POST:
        outcome = assign(
            wanted, by=request.user, note=form.cleaned_data["note"], programme=programme
        )
        if outcome.not_cared_for:
            raise Http404
        if outcome.assigned:
            _say_assigned(request, outcome, _programme_words(programme, outcome))
            return redirect("care:patient", patient.public_id)
        if wanted:
            messages.info(
                request,
                _("%(name)s has every article of this programme already. Nothing was assigned.")
                % {"name": patient.name},
            )
    note_opened(request, patient, Seen(What.READING))
    return render(
        request,
        "care/assign_programme.html",
        {
            "patient": patient,
            "programme": programme,
            "form": form,
            "start": start,
            "days": choosing.planned_days(request.user, patient, wanted),
        },
    )


def _programme_words(programme: Programme, outcome: Outcome) -> str:
    n = len(outcome.assigned)
    words = ngettext(
        "%(n)d article of “%(programme)s” is assigned.",
        "%(n)d articles of “%(programme)s” are assigned.",
        n,
    ) % {"n": n, "programme": programme.name}
    if outcome.already:
        titles = ", ".join(f"“{one.article.title}”" for one in outcome.already)
        words += " " + _("Kept as it was: %(titles)s.") % {"titles": titles}
    return words


def _say_assigned(request: HttpRequest, outcome: Outcome, words: str) -> None:
    say(request, words, undo=reverse("care:undo_assign", args=[outcome.batch]))


@audience(Role.CLINICIAN)
@require_POST
def undo(request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
    """Take back what one has just assigned, to one patient or to many; once."""
    just_assigned = Assignment.objects.visible_to(request.user).filter(
        batch=batch, assigned_by=request.user
    )
    patients = list(User.objects.filter(pk__in=just_assigned.order_by().values("patient"))[:2])
    if not patients:
        raise Http404
    recent = just_assigned.filter(assigned_at__gt=timezone.now() - MOMENT)
    # Of many patients one wants to know from how many, of one patient how many articles.
    people = (
        recent.open().order_by().values("patient").distinct().count() if len(patients) > 1 else 0
    )
    if n := recent.withdraw_all(request.user):
        if people:
            said = ngettext(
                "Undone: taken back from %(n)d patient.",
                "Undone: taken back from %(n)d patients.",
                people,
            ) % {"n": people}
        else:
            said = ngettext(
                "Undone: %(n)d article is taken back.", "Undone: %(n)d articles are taken back.", n
            ) % {"n": n}
        messages.success(request, said)
    elif recent.exists():
        messages.info(request, _("This was taken back already."))
    else:
        messages.info(
            request, _("This was assigned too long ago to be undone. Withdraw it one by one.")
        )
    if len(patients) == 1:
        return redirect("care:patient", patients[0].public_id)
    return redirect("care:caseload")
