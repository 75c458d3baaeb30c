"""Where the reader's script tells what was on the patient's screen."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import Role
from education.reading.beacon import Malformed, keep, notes_from


@audience(Role.PATIENT)
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """204 for what is kept and for what is nobody's business here; 400 for what is no note."""
    try:
        notes = notes_from(request.body, request.user)
    except Malformed:
        return HttpResponse(status=400)
    keep(request.user, notes)
    return HttpResponse(status=204)
