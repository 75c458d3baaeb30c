"""The diary of one patient, as far as it is shared, over a longer time."""

import uuid

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from accounts.models.access import Seen
from education.care.recording import What, note_opened, seen_of
from education.care.views.patient import patient_or_404
from education.journal.diary import DAYS, STRETCHES, Diary
from education.journal.sharing import Shared


@audience(Role.CLINICIAN)
@require_safe
def patient_diary(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """What a patient shares of the last 14, 28 or 90 nights. It is no look at what is new."""
    days = _days_from(request)
    with transaction.atomic():
        patient = patient_or_404(request, public_id)
        until = timezone.localdate(timezone=patient.zone)
        diary = Diary.shared(patient, request.user, until=until, days=days)
        note_opened(request, patient, *(seen_of(diary) or [Seen(What.NIGHTS)]))
        context = {"patient": patient, "shared": Shared(diary), "stretches": STRETCHES}
        return render(request, "care/patient_diary.html", context)


def _days_from(request: HttpRequest) -> int:
    """How many nights are asked for; 404 where there is no such page."""
    wanted = request.GET.get("last", str(DAYS))
    for days in STRETCHES:
        if wanted == str(days):
            return days
    raise Http404
