"""The page of one patient, as their clinician sees it."""

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import AccessEvent, Role, User
from education.journal.diary import Diary
from education.journal.models import Reflection
from education.reading.models import Assignment

SHARED_REFLECTIONS = 20


def patient_or_404(request: HttpRequest, public_id: uuid.UUID) -> User:
    """A present patient of whoever asks, or 404."""
    return get_object_or_404(User.objects.patients_of(request.user), public_id=public_id)


@audience(Role.CLINICIAN)
@require_safe
def patient(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One patient: what was assigned and read, and what they chose to share."""
    with transaction.atomic():
        patient = patient_or_404(request, public_id)
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
