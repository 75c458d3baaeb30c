"""A patient's questions: written down, ordered, marked for the visit, settled, deleted."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role
from accounts.opened import Openings
from accounts.sealed import Unreadable
from education.care import visits
from education.care.forms import QuestionForm
from education.care.models import LONGEST_QUESTION, Question, QuestionQuerySet
from education.care.paging import older_than
from education.care.questions import (
    QUESTIONS_PER_PAGE,
    Source,
    change_text,
    keep,
    reflection_from,
    sentences,
    source_of,
    with_own_sources,
)
from education.care.sheet import MOST_MARKED, MOST_QUESTIONS

from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])


def _own(request: HttpRequest) -> QuestionQuerySet:
    """What was settled belongs to a visit that has been."""
    return with_own_sources(Question.objects.visible_to(request.user).open())


def _own_or_404(request: HttpRequest, public_id: uuid.UUID) -> Question:
    return get_object_or_404(_own(request), public_id=public_id)


# --- The lists ------------------------------------------------------------------------------


@audience(Role.PATIENT)
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The patient's open questions: those for the visit in their order, then the private ones."""
    before = request.GET.get("before", "")
    own = Question.objects.visible_to(request.user)
    # There is room for a few, and for those from before there was a limit.
    marked = [] if before else list(with_own_sources(own.for_visit())[:MOST_MARKED])
    private = older_than(with_own_sources(own.private()), before, "asked_at")
    rows = list(private[: QUESTIONS_PER_PAGE + 1])
    if before and not rows:
        return redirect("care:questions")
    shown = rows[:QUESTIONS_PER_PAGE]
    openings = Openings(request.user, things=[one.public_id for one in marked])
    return render(
        request,
        "care/questions.html",
        {
            "marked": [
                (one, source_of(one), openings.of_thing(one.public_id, one.for_visit_since))
                for one in marked
            ],
            "private": [(one, source_of(one)) for one in shown],
            "room": max(0, MOST_QUESTIONS - len(marked)),
            "most": MOST_QUESTIONS,
            "newer_url": reverse("care:questions") if before else None,
            "older_url": f"?before={shown[-1].public_id}" if len(rows) > len(shown) else None,
        },
    )


@audience(Role.PATIENT)
@require_safe
def questions_settled(request: HttpRequest) -> HttpResponse:
    """The patient's questions that have their answer, the latest first."""
    before = request.GET.get("before", "")
    settled = with_own_sources(Question.objects.visible_to(request.user).settled())
    rows = list(
        older_than(settled, before, "settled_at").select_related("settled_by")[
            : QUESTIONS_PER_PAGE + 1
        ]
    )
    if before and not rows:
        return redirect("care:questions_settled")
    shown = rows[:QUESTIONS_PER_PAGE]
    return render(
        request,
        "care/questions_settled.html",
        {
            "questions": [(one, source_of(one)) for one in shown],
            "newer_url": reverse("care:questions_settled") if before else None,
            "older_url": f"?before={shown[-1].public_id}" if len(rows) > len(shown) else None,
        },
    )


# --- One question ---------------------------------------------------------------------------


@audience(Role.PATIENT)
@_require_form
def question_new(request: HttpRequest) -> HttpResponse:
    """Keep a question, about a part of an article (article, level, part), a word (term), from a
    reflection (reflection, sentence), or about anything."""
    source = Source.find(request.GET, request.user)
    reflection = reflection_from(request.GET, request.user)
    is_there = reflection and not isinstance(reflection.text, Unreadable)
    lines = sentences(reflection.text) if is_there else []
    form = QuestionForm(request.POST or None, initial={"text": _said(request, lines, reflection)})
    if request.method == "POST" and form.is_valid():
        question = keep(request.user, form.cleaned_data["text"], source, form.form_id)
        undo = f"{reverse('care:question_delete', args=[question.public_id])}?to=source"
        if not form.cleaned_data["for_visit"]:
            say(request, _("Your question is kept. Only you can see it."), undo=undo)
        elif visits.mark(request.user, [question.pk]) or question.for_visit_since:
            say(request, _("Your question is kept for your visit."), undo=undo)
        else:
            say(request, f"{_('Your question is kept. Only you can see it.')} {_full()}", undo=undo)
        return redirect(source.url)
    return render(
        request,
        "care/question_form.html",
        {
            "form": form,
            "source": source,
            "question": None,
            "lines": lines,
            "back_url": source.url,
        },
    )


def _said(request: HttpRequest, lines: list[str], reflection: object | None) -> str:
    """The sentence of the reflection that the address names; a short reflection as it is."""
    number = request.GET.get("sentence", "")
    if number.isascii() and number.isdigit() and len(number) < 4:
        return next(iter(lines[int(number) - 1 : int(number)]), "") if int(number) else ""
    text = getattr(reflection, "text", "")
    return text if len(text) <= LONGEST_QUESTION and not isinstance(text, Unreadable) else ""


def _full() -> str:
    return _("There is room for %(n)d at a visit: take one off first.") % {"n": MOST_QUESTIONS}


@audience(Role.PATIENT)
@_require_form
def question(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change the words of a question, and whether it is for the visit."""
    question = _own_or_404(request, public_id)
    if isinstance(question.text, Unreadable):
        messages.info(request, question.text)
        return redirect("care:questions")
    initial = {"text": question.text, "for_visit": question.for_visit_since is not None}
    form = QuestionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        # Deleted or settled in this moment: nothing is brought back.
        if change_text(question, form.cleaned_data["text"]):
            messages.success(request, _("Your question is saved."))
            _mark(request, question, form.cleaned_data["for_visit"])
        else:
            messages.info(request, _("This question is not open any more."))
        return redirect("care:questions")
    return render(
        request,
        "care/question_form.html",
        {
            "form": form,
            "source": source_of(question),
            "question": question,
            "back_url": reverse("care:questions"),
        },
    )


def _mark(request: HttpRequest, question: Question, for_visit: bool) -> bool:
    """Whether it changed; says so where there is no room."""
    if not for_visit:
        return bool(visits.unmark(request.user, [question.pk]))
    if question.for_visit_since:
        return False
    if visits.mark(request.user, [question.pk]):
        return True
    messages.warning(request, _full())
    return False


@audience(Role.PATIENT)
@require_POST
def question_for_visit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Mark a question for the visit, or keep it for oneself; effective at once."""
    question = _own_or_404(request, public_id)
    wanted = (request.POST.get("for_visit") or request.GET.get("for_visit")) == "yes"
    if _mark(request, question, wanted):
        if wanted:
            messages.success(request, _("It is for your visit now. Your care team can see it."))
        else:
            say(request, _("Only you can see it now."), undo=f"{request.path}?for_visit=yes")
    return redirect("care:questions")


@audience(Role.PATIENT)
@require_POST
def question_move(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Move a question for the visit up or down by one."""
    question = _own_or_404(request, public_id)
    way = {"up": -1, "down": 1}.get(request.POST.get("way", ""))
    if way and visits.move(request.user, question, way):
        return _at(question)
    return redirect("care:questions")


def _at(question: Question) -> HttpResponseRedirect:
    return redirect(f"{reverse('care:questions')}#question-{question.public_id}")


@audience(Role.PATIENT)
@require_POST
def question_settle(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The patient has their answer: the question is put away."""
    question = _own_or_404(request, public_id)
    if visits.settle(question, request.user):
        undo = reverse("care:question_reopen", args=[question.public_id])
        say(request, _("Your question is among the settled ones."), undo=undo)
    else:
        messages.info(request, _("This question is not open any more."))
    return redirect("care:questions")


@audience(Role.PATIENT)
@require_POST
def question_reopen(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What the patient settled is open again, as it was."""
    own = Question.objects.visible_to(request.user).select_related("patient")
    question = get_object_or_404(own, public_id=public_id)
    if visits.reopen(question, request.user):
        messages.success(request, _("Your question is open again."))
    else:
        messages.info(request, _("This can’t be undone any more."))
    return redirect("care:questions")


@audience(Role.PATIENT)
@_require_form
def question_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a question; right after it was kept, its Undo comes here too."""
    question = _own_or_404(request, public_id)
    to_source = request.GET.get("to") == "source"
    if request.method == "POST":
        # Not what was settled in this moment.
        Question.objects.open().filter(pk=question.pk).delete()
        messages.success(request, _("The question is deleted."))
        return redirect(source_of(question).url if to_source else reverse("care:questions"))
    return render(request, "care/question_delete.html", {"question": question})
