"""The diary on paper."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal.diary import DAYS, STRETCHES, Diary
from education.journal.views.asking import date_from


@audience(Role.PATIENT)
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Some nights with pictures, figures and their table, and the words on them if wanted."""
    today = timezone.localdate(timezone=request.user.zone)
    until = min(date_from(request, "until") or today, today)
    diary = Diary.for_owner(request.user, until=until, days=_days(request))
    with_notes = request.GET.get("notes") == "on"
    context = {
        "diary": diary,
        "stretches": STRETCHES,
        "until": until if until < today else None,
        "today": today,
        "with_notes": with_notes,
        "words": [one for one in diary.nights if one.note or one.medicine] if with_notes else [],
        "zones": sorted({night.zone for night in diary.numbered}),
    }
    return render(request, "journal/report.html", context)


def _days(request: HttpRequest) -> int:
    """How many nights are wanted; 404 where there is no such report."""
    wanted = request.GET.get("last", str(DAYS))
    for days in STRETCHES:
        if wanted == str(days):
            return days
    raise Http404
