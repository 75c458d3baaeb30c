"""The patient's home."""

from datetime import timedelta

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal.models import Night
from education.reading.models import Assignment


@audience(Role.PATIENT)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The patient's home: what to read next, and last night."""
    day = timezone.localdate(timezone=request.user.zone)
    assignments = list(
        Assignment.objects.visible_to(request.user)
        .open()
        .with_progress()
        .select_related("article", "assigned_by")
        .order_by(
            F("finished_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "assigned_at"
        )[:50]
    )
    to_read = [one for one in assignments if one.finished_at is None]
    recent = list(
        Night.objects.visible_to(request.user)
        .filter(diary_date__gt=day - timedelta(days=14), diary_date__lte=day)
        .order_by("-diary_date")
    )
    return render(
        request,
        "care/today.html",
        {
            "day": day,
            "greeting": _greeting(timezone.localtime(timezone=request.user.zone).hour),
            "to_read": to_read,
            "finished": [one for one in assignments if one.finished_at],
            "last_night": recent[0] if recent and recent[0].diary_date == day else None,
            "nights_recorded": len(recent),
        },
    )


def _greeting(hour: int) -> str:
    if 4 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")
