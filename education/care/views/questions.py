"""A patient's questions for the visit: written down, changed, deleted."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.audience import audience
from accounts.models import Role
from accounts.opened import Openings
from education.care.forms import QuestionForm
from education.care.models import Question, QuestionQuerySet
from education.care.questions import (
    QUESTIONS_PER_PAGE,
    Source,
    change_text,
    keep,
    older_than,
    source_of,
    with_sources,
)

from .saying import say

_require_form = require_http_methods(["GET", "HEAD", "POST"])


def _own(request: HttpRequest) -> QuestionQuerySet:
    """What was settled belongs to a visit that has been."""
    return with_sources(Question.objects.visible_to(request.user).open())


@audience(Role.PATIENT)
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """The patient's own open questions, the newest first."""
    before = request.GET.get("before", "")
    rows = list(older_than(_own(request), before)[: QUESTIONS_PER_PAGE + 1])
    shown = rows[:QUESTIONS_PER_PAGE]
    openings = Openings(request.user, things=[one.public_id for one in shown])
    return render(
        request,
        "care/questions.html",
        {
            "questions": [
                (one, source_of(one), openings.of_thing(one.public_id, one.asked_at))
                for one in shown
            ],
            "newer_url": reverse("care:questions") if before else None,
            "older_url": f"?before={shown[-1].public_id}" if len(rows) > len(shown) else None,
        },
    )


@audience(Role.PATIENT)
@_require_form
def question_new(request: HttpRequest) -> HttpResponse:
    """Keep a question, about a part of an article (article, level, part) or about anything."""
    asked = request.GET
    source = Source.find(asked.get("article", ""), asked.get("level", ""), asked.get("part", ""))
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        question = keep(request.user, form.cleaned_data["text"], source, form.form_id)
        undo = reverse("care:question_delete", args=[question.public_id])
        say(request, _("Your question is kept for your visit."), undo=f"{undo}?to=source")
        return redirect(source.url)
    return render(
        request,
        "care/question_form.html",
        {"form": form, "source": source, "question": None, "back_url": source.url},
    )


@audience(Role.PATIENT)
@_require_form
def question(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change the words of a question."""
    question = get_object_or_404(_own(request), public_id=public_id)
    form = QuestionForm(request.POST or None, initial={"text": question.text})
    if request.method == "POST" and form.is_valid():
        # Deleted or settled in this moment: nothing is brought back.
        if change_text(question, form.cleaned_data["text"]):
            messages.success(request, _("Your question is saved."))
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


@audience(Role.PATIENT)
@_require_form
def question_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a question; right after it was kept, its Undo comes here too."""
    question = get_object_or_404(_own(request), public_id=public_id)
    to_source = request.GET.get("to") == "source"
    if request.method == "POST":
        question.delete()
        messages.success(request, _("The question is deleted."))
        return redirect(source_of(question).url if to_source else reverse("care:questions"))
    return render(request, "care/question_delete.html", {"question": question})
