"""Assigning to one patient, and taking back."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import audience
from accounts.models import Role
from education.care.forms import AssignForm
from education.reading.models import Assignment

from .patient import patient_or_404
from .saying import say


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def assign(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Assign an article at a level to one patient."""
    patient = patient_or_404(request, public_id)
    form = AssignForm(request.POST or None, patient=patient, by=request.user)
    if request.method == "POST" and form.is_valid() and (assignment := form.save()):
        say(
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
    if assignment.restore(request.user):
        messages.success(
            request, _("“%(title)s” is assigned again.") % {"title": assignment.article.title}
        )
    else:
        messages.info(request, _("The patient has this article already."))
    return redirect("care:patient", assignment.patient.public_id)
