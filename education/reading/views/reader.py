"""The reader: an article at a level, for everybody who may read it."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience
from accounts.replica import from_replica
from education.articles.models import Edition, Level, RenderedEdition, State
from education.articles.pages import page_of
from education.glossary.annotate import unmarked
from education.reading import look
from education.reading.models import Assignment
from education.reading.reader import editions_for, next_level, own_reading, parts_of


@audience(EVERYONE)
@require_safe
@from_replica
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to the level that fits: the assigned one, or the plainest there is."""
    levels = [
        Level(value)
        for value in Edition.objects.published()
        .filter(article__slug=slug)
        .values_list("level", flat=True)
    ]
    if not levels:
        raise Http404
    wanted = (
        Assignment.objects.visible_to(request.user)
        .open()
        .filter(article__slug=slug, patient=request.user)
        .values_list("level", flat=True)
        .first()
    )
    level = Level(wanted or Level.FUNDAMENTALS).nearest(levels)
    return redirect("reading:reader", slug, level)


@audience(EVERYONE)
@require_safe
@from_replica
def reader(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """An article at one level. Showing it records nothing: the page tells what was seen."""
    editions = editions_for(request.user, slug)
    published = [one for one in editions if one.state == State.PUBLISHED]
    edition = next((one for one in published if one.level == level), None)
    if edition is None:
        if published:
            nearest = level.nearest([Level(one.level) for one in published])
            return redirect("reading:reader", slug, nearest)
        raise Http404
    page = page_of(edition)
    if not request.user.is_patient:
        return _show(request, edition, published, page)
    assignment = (
        Assignment.objects.visible_to(request.user)
        .open()
        .filter(article=edition.article_id)
        .select_related("assigned_by")
        .first()
    )
    own = own_reading(request.user, edition, editions, page.contents, assignment)
    return _show(request, edition, published, page, assignment=assignment, own=own)


@audience(EVERYONE)
@require_safe
def preview(request: HttpRequest, slug: str, level: Level, number: int) -> HttpResponse:
    """Any edition, for those who write and review; patients see published ones only."""
    edition = get_object_or_404(
        Edition.objects.visible_to(request.user).select_related("article", "reviewed_by"),
        article__slug=slug,
        level=level,
        number=number,
    )
    return _show(request, edition, [], page_of(edition), preview=True)


def _show(
    request: HttpRequest,
    edition: Edition,
    published: Sequence[Edition],
    page: RenderedEdition,
    **extra: Any,
) -> HttpResponse:
    explains = look.explains_words(request)
    body_html = page.body_html if explains else unmarked(page.body_html)
    return render(
        request,
        "reading/reader.html",
        {
            "article": edition.article,
            "edition": edition,
            "editions": published,
            "page": page,
            "explains": explains,
            "parts": parts_of(page, body_html, edition, published),
            "body_html": body_html,
            "deeper": next_level(edition, published),
            "prompts": edition.article.prompts.all(),
            **extra,
        },
    )
