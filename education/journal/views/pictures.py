"""The nights as pictures: 14, 28 or 90 of them, up to today or an earlier day."""

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal.converters import FIRST_YEAR
from education.journal.diary import DAYS, STRETCHES, Diary
from education.journal.views.asking import date_from, own_nights


@audience(Role.PATIENT)
@require_safe
def nights(request: HttpRequest) -> HttpResponse:
    """When one slept, how long, and the figures, with a table of the same numbers."""
    today = timezone.localdate(timezone=request.user.zone)
    until = min(date_from(request, "until") or today, today)
    diary = Diary.for_owner(request.user, until=until, days=_days_from(request))
    later = until + timedelta(days=diary.days)
    context = {
        "diary": diary,
        "stretches": STRETCHES,
        "until": until if until < today else None,
        "earlier": _earlier(request, diary),
        "later": min(later, today) if until < today else None,
        "today": today,
    }
    return render(request, "journal/nights.html", context)


def _days_from(request: HttpRequest) -> int:
    """How many nights are asked for; 404 where there is no such picture."""
    wanted = request.GET.get("last", str(DAYS))
    for days in STRETCHES:
        if wanted == str(days):
            return days
    raise Http404


def _earlier(request: HttpRequest, diary: Diary) -> date | None:
    """The last day of the stretch before this one, where there are nights so early."""
    until = diary.first - timedelta(days=1)
    if until.year < FIRST_YEAR or not own_nights(request).filter(diary_date__lte=until).exists():
        return None
    return until
