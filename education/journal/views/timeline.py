"""The front page of the journal."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal import drafts, timeline
from education.journal.diary import Diary
from education.journal.opened import add_openings
from education.journal.views.asking import date_from


@audience(Role.PATIENT)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The last nights as a picture, then everything by date, newest first, month by month."""
    before, after = date_from(request, "before"), date_from(request, "after")
    month = _month(request)
    if month:
        before, after = timeline.after_month(month), None
    page = timeline.page(request.user, before=before, after=after)
    add_openings(
        request.user,
        [one.night for one in page.dates if one.night],
        [reflection for one in page.dates for reflection in one.reflections],
    )
    context: dict[str, Any] = {
        "page": page,
        "month": month,
        "shown_month": page.months[0].first if page.dates else None,
        "months": timeline.months(request.user),
        "drafts": drafts.begun(request.user),
        "is_first": page.newer_than is None and before is None,
    }
    if context["is_first"]:
        today = timezone.localdate(timezone=request.user.zone)
        diary = Diary.for_owner(request.user, until=today)
        logged = any(night.diary_date == today for night in diary.nights)
        context |= {"diary": diary, "today": today, "is_logged": logged}
    return render(request, "journal/index.html", context)


def _month(request: HttpRequest) -> date | None:
    """The month that the address names; 404 where it is none."""
    value = request.GET.get("month")
    if value is None:
        return None
    try:
        return timeline.parse_month(value)
    except ValueError:
        raise Http404 from None
