"""The patient's home."""

from datetime import timedelta

from django.db.models import Count, F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role, User
from accounts.opened import Openings
from education.care import visits
from education.care.models import Question
from education.care.pasts import past_visits
from education.journal.models import Night
from education.reading.evidence import changed_by_level
from education.reading.models import Assignment

MOST_ASSIGNMENTS = 50


@audience(Role.PATIENT)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """The patient's home: what to read next, last night, and what will come up at the visit."""
    day = timezone.localdate(timezone=request.user.zone)
    assignments = list(
        Assignment.objects.visible_to(request.user)
        .open()
        .with_readable()
        .with_progress()
        .select_related("article", "assigned_by")
        .order_by(
            F("finished_at").desc(nulls_first=True), F("due_on").asc(nulls_last=True), "assigned_at"
        )[:MOST_ASSIGNMENTS]
    )
    changed = changed_by_level(
        request.user,
        {
            (one.article_id, one.level): one.edition_pk
            for one in assignments
            if one.edition_pk is not None
        },
    )
    openings = Openings(request.user, page=bool(assignments))
    for one in assignments:
        one.changed = changed.get(one.edition_pk)
        one.opened_by = openings.of_page(one.assigned_at)
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
            "to_read": [one for one in assignments if one.finished_at is None],
            "finished": [one for one in assignments if one.finished_at],
            "last_night": recent[0] if recent and recent[0].diary_date == day else None,
            "nights_recorded": len(recent),
            "visit": visits.next_visit(request.user, request.user),
            "came_of_it": visits.newly_ended(list(past_visits(request.user, request.user)[:1])),
            "questions": _questions(request.user),
        },
    )


def _questions(patient: User) -> dict[str, int]:
    """How many open questions there are, and how many of them are for the visit. One query."""
    own = Question.objects.visible_to(patient).open().order_by()
    found: dict[str, int] = own.aggregate(all=Count("pk"), for_visit=Count("for_visit_since"))
    return found | {"private": found["all"] - found["for_visit"]}


def _greeting(hour: int) -> str:
    if 4 <= hour < 12:
        return _("Good morning")
    if 12 <= hour < 18:
        return _("Good afternoon")
    return _("Good evening")
