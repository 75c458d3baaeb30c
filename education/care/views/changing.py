"""What is assigned: changing, withdrawing, and taking that back."""

import uuid

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import audience
from accounts.models import Role
from accounts.models.access import Seen
from education.articles.models import Level
from education.care.choosing import LevelOption, level_rows, levels_of
from education.care.forms import ChangeForm, WithdrawForm
from education.care.history import history_of
from education.care.recording import What, note_opened
from education.reading import assigning
from education.reading.models import Assignment

from .saying import say


def _assignment_or_404(request: HttpRequest, public_id: uuid.UUID) -> Assignment:
    return get_object_or_404(
        Assignment.objects.visible_to(request.user).select_related(
            "article", "patient", "assigned_by", "withdrawn_by", "programme"
        ),
        public_id=public_id,
    )


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def assignment(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change level, day or note of what is assigned; what was read stays."""
    assignment = _assignment_or_404(request, public_id)
    if request.method != "POST":
        return _show(request, assignment)
    # Held from the look to the saving, so that of two people one is told.
    rows = Assignment.objects.open().select_for_update(of=("self",))
    rows = rows.select_related("article", "patient", "assigned_by")
    held = rows.filter(pk=assignment.pk).first()
    if held is None:
        messages.info(request, _("This was withdrawn in the meantime. Nothing was changed."))
        return redirect("care:patient", assignment.patient.public_id)
    form = ChangeForm(
        request.POST, assignment=held, levels=_with_own(held, levels_of(held.article))
    )
    if not form.is_valid():
        return _show(request, held, form=form)
    data = form.cleaned_data
    held.change(request.user, level=data["level"], due_on=data["due_on"], note=data["note"])
    messages.success(request, _("“%(title)s” is saved.") % {"title": assignment.article.title})
    return redirect("care:patient", assignment.patient.public_id)


def _with_own(assignment: Assignment, options: list[LevelOption]) -> list[Level]:
    """The levels there are, and the one that is assigned, even if it left the library."""
    levels = {one.level for one in options} | {Level(assignment.level)}
    return sorted(levels, key=lambda level: level.rank)


def _show(
    request: HttpRequest,
    assignment: Assignment,
    *,
    form: ChangeForm | None = None,
    withdrawing: WithdrawForm | None = None,
) -> HttpResponse:
    note_opened(request, assignment.patient, Seen(What.ASSIGNMENT, str(assignment.public_id)))
    levels = levels_of(assignment.article)
    if form is None and assignment.withdrawn_at is None:
        form = ChangeForm(assignment=assignment, levels=_with_own(assignment, levels))
    return render(
        request,
        "care/assignment.html",
        {
            "assignment": assignment,
            "patient": assignment.patient,
            "form": form,
            "rows": level_rows(form, levels) if form else (),
            "withdrawing": withdrawing or WithdrawForm(),
            "history": history_of([assignment])[assignment.pk],
        },
    )


@audience(Role.CLINICIAN)
@require_POST
@transaction.atomic
def withdraw(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Take an assignment back, with a reason if there is one; what was read stays."""
    assignment = _assignment_or_404(request, public_id)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _show(request, assignment, withdrawing=form)
    if assignment.withdraw(request.user, form.cleaned_data["reason"]):
        say(
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
    if assigning.restore(assignment, request.user):
        messages.success(
            request, _("“%(title)s” is assigned again.") % {"title": assignment.article.title}
        )
    else:
        messages.info(request, _("The patient has this article already."))
    return redirect("care:patient", assignment.patient.public_id)
