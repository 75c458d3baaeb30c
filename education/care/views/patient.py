"""The page of one patient, as their clinician sees it."""

import uuid

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import CareRelationship, Role, User
from accounts.models.access import Seen
from education.care import one_patient, visits
from education.care.pasts import past_visits
from education.care.questions import source_of
from education.care.recording import What, note_opened, seen_of
from education.care.teams import team_of
from education.journal.sharing import Look, Shared


def patient_or_404(request: HttpRequest, public_id: uuid.UUID) -> User:
    """A present patient of whoever asks, or 404."""
    return get_object_or_404(
        User.objects.patients_of(request.user).select_related("invitation"), public_id=public_id
    )


@audience(Role.CLINICIAN)
@require_safe
def patient(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One patient: what was assigned and read, what they ask, and what they chose to share."""
    with transaction.atomic():
        # Before anything is read: what is shared from now on is new the next time.
        now = timezone.now()
        patient = patient_or_404(request, public_id)
        team = team_of(patient)
        own = next((one for one in team if one.clinician_id == request.user.pk), None)
        if own is None:
            raise Http404  # Ended in this moment.
        day = timezone.localdate(timezone=patient.zone)
        look = Look.of(own)
        found = one_patient.open_questions(request.user, patient, look.since)
        questions = found[: one_patient.MOST_QUESTIONS]
        shared = Shared.for_clinician(request.user, patient, day, look)
        seen = seen_of(shared.diary, shared.reflections or (), questions, shared.news)
        note_opened(request, patient, Seen(What.PATIENT_PAGE), *seen)
        context = {
            "patient": patient,
            "day": day,
            "team": team,
            "is_invited_only": _is_invited_only(patient),
            "reading": one_patient.reading_of(request.user, patient, day, now),
            "questions": [(one, source_of(one)) for one in questions],
            "has_more_questions": len(found) > len(questions),
            "shared": shared,
            "visit": visits.next_visit(request.user, patient),
            "last_visit": past_visits(request.user, patient).first(),
            "teach_backs": one_patient.teach_backs_of(request.user, patient),
        }
        if _is_looked_at(request):
            CareRelationship.objects.filter(pk=own.pk).update(page_opened_at=now)
        return render(request, "care/patient.html", context)


def _is_invited_only(patient: User) -> bool:
    """Whether the patient has not yet accepted the invitation they got."""
    invitation = getattr(patient, "invitation", None)
    return invitation is not None and invitation.accepted_at is None


def _is_looked_at(request: HttpRequest) -> bool:
    """Not when a browser only looks ahead, or asks for the headers alone."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")
