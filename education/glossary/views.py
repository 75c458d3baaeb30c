"""The glossary as a page of its own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience

from .models import Term, folded


@audience(EVERYONE)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All terms by their first letter, or those that a search finds."""
    query = request.GET.get("q", "").strip()[:100]
    terms = Term.objects.complete()
    if query:
        terms = terms.filter(aliases__folded__contains=folded(query)).distinct()
    letters: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda term: folded(term.name)):
        letters.setdefault(folded(term.name)[:1].upper(), []).append(term)
    return render(request, "glossary/index.html", {"letters": letters, "query": query})
