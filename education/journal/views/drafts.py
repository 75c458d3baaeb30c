"""Keeping what is typed into a form of the journal until it is saved."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import Role
from education.journal import drafts
from education.journal.models import Draft
from education.journal.views.asking import own_nights
from education.journal.words import clock_words


@audience(Role.PATIENT)
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    """Keep a form as it stands, for draft.js; or forget it (start_over) and open it anew.

    The answer to draft.js: words for the reader, the name the draft has now, when it was kept
    (milliseconds, UTC).
    """
    name = request.POST.get("draft", "")
    try:
        drafts.form_of(name)
    except ValueError:
        return JsonResponse({"words": _("Not kept. It stays on this page.")}, status=400)
    if "start_over" in request.POST:
        Draft.objects.drop(request.user, name)
        messages.success(request, _("What you typed and did not save is gone."))
        day = drafts.night_of(name)
        has_entry = bool(day) and own_nights(request).filter(diary_date=day).exists()
        return redirect(drafts.url_of(name, has_entry=has_entry))
    try:
        kept = drafts.keep(request.user, name, request.POST)
    except drafts.NotKept as refused:
        return JsonResponse({"words": str(refused)}, status=400)
    if kept is None:
        return JsonResponse({"words": "", "form": name, "at": 0})
    at = timezone.localtime(kept.updated_at, request.user.zone)
    return JsonResponse(
        {
            "words": _("Kept %(time)s") % {"time": clock_words(at)},
            "form": kept.form,
            "at": int(kept.updated_at.timestamp() * 1000),
        }
    )
