"""The front page of the journal."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.journal import timeline
from education.journal.diary import Diary
from education.journal.views.asking import date_from


@audience(Role.PATIENT)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The last nights as a picture, then everything by date, newest first."""
    before, after = date_from(request, "before"), date_from(request, "after")
    page = timeline.page(request.user, before=before, after=after)
    context = {"page": page, "is_first": page.newer_than is None and before is None}
    if context["is_first"]:
        today = timezone.localdate(timezone=request.user.zone)
        diary = Diary.for_owner(request.user, until=today)
        logged = any(night.diary_date == today for night in diary.nights)
        context |= {"diary": diary, "today": today, "is_logged": logged}
    return render(request, "journal/index.html", context)
