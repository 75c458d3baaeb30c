"""The library: what there is to read."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience
from accounts.replica import from_replica
from education.articles.models import Article, Topic
from education.articles.search import find
from education.reading.library import cards, published_levels, term_card
from education.reading.shelf import Own, Shelf, Time

ARTICLES_PER_PAGE = 20


@audience(EVERYONE)
@require_safe
@from_replica
def library(request: HttpRequest) -> HttpResponse:
    """All published articles by title, or those that a search finds, with what one has read."""
    query = request.GET.get("q", "").strip()[:100]
    shelf = Shelf.asked_for(request.user, request.GET)
    results = find(request.user, query, among=shelf.condition) if query else None
    articles = shelf.articles() if results is None else results
    page = Paginator(articles, ARTICLES_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "reading/library.html",
        {
            "page": page,
            "cards": cards(request.user, list(page.object_list)),
            "results": results,
            "term_card": (
                None if results is None else term_card(request.user, results, shelf.level)
            ),
            "topics": Topic.objects.filter(articles__in=Article.objects.published()).distinct(),
            "levels": published_levels(),
            "times": Time.choices,
            "owns": Own.choices,
            "shelf": shelf,
            "query": query,
        },
    )
