"""The library and the reader."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import EVERYONE, audience
from accounts.models import Role
from education.articles.models import Article, Edition, Level, Topic
from education.articles.pages import page_of
from education.articles.search import find
from education.glossary.annotate import unmarked

from . import marks
from .library import articles_in_order, cards, published_levels, term_card, with_own_reading
from .models import Assignment, Reading

ARTICLES_PER_PAGE = 20


@audience(EVERYONE)
@require_safe
def library(request: HttpRequest) -> HttpResponse:
    """All published articles by title, or those that a search finds, with what one has read."""
    query = request.GET.get("q", "").strip()[:100]
    topic = request.GET.get("topic", "")[:80]
    level = request.GET.get("level", "")
    level = level if level in Level.values else ""
    results = find(request.user, query, topic, level) if query else None
    articles = articles_in_order(topic, level) if results is None else results
    page = Paginator(articles, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reading/library.html",
        {
            "page": page,
            "cards": cards(request.user, list(page.object_list)),
            "results": results,
            "term_card": term_card(request.user, results, level) if query else None,
            "topics": Topic.objects.filter(articles__in=Article.objects.published()).distinct(),
            "topic": topic,
            "levels": published_levels(),
            "level": level,
            "query": query,
        },
    )


@audience(EVERYONE)
@require_safe
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
def reader(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """An article at one level. A patient's first opening is noted, nothing else."""
    editions = list(
        with_own_reading(
            Edition.objects.published()
            .filter(article__slug=slug)
            .select_related("article", "reviewed_by"),
            request.user,
        )
    )
    edition = next((one for one in editions if one.level == level), None)
    if edition is None:
        if editions:
            nearest = level.nearest([Level(one.level) for one in editions])
            return redirect("reading:reader", slug, nearest)
        raise Http404
    assignment = None
    if request.user.is_patient:
        assignment = (
            Assignment.objects.visible_to(request.user)
            .open()
            .filter(article=edition.article_id)
            .select_related("assigned_by")
            .first()
        )
        if edition.opened_at is None and _is_really_opened(request):
            Reading.objects.note_opened(request.user, edition)
    return _show(request, edition, editions, assignment=assignment)


def _is_really_opened(request: HttpRequest) -> bool:
    """Not when a browser only looks ahead, or asks for the headers alone."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


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
    return _show(request, edition, [edition], preview=True)


def _show(
    request: HttpRequest, edition: Edition, editions: list[Edition], **extra: Any
) -> HttpResponse:
    editions = sorted(editions, key=lambda one: Level(one.level).rank)
    page, explains = page_of(edition), marks.are_wanted(request)
    return render(
        request,
        "reading/reader.html",
        {
            "article": edition.article,
            "edition": edition,
            "editions": editions,
            "page": page,
            "explains": explains,
            "body_html": page.body_html if explains else unmarked(page.body_html),
            "prompts": edition.article.prompts.all(),
            **extra,
        },
    )


@audience(Role.PATIENT)
@require_POST
def finish(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """The patient says “I’ve finished”, or takes it back."""
    edition = get_object_or_404(
        Edition.objects.published().select_related("article"), article__slug=slug, level=level
    )
    if request.POST.get("undo"):
        Reading.objects.take_back_finished(request.user, edition)
        messages.info(request, _("Marked as not finished."))
    else:
        Reading.objects.note_finished(request.user, edition)
        messages.success(request, _("Marked as finished. Your care team can see that."))
    return redirect(f"{reverse('reading:reader', args=[slug, level])}#done")
