"""The glossary as pages of its own: here, because they say in which articles a word appears."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience
from accounts.replica import from_replica
from education.glossary.models import Alias, Term
from education.glossary.spelling import loosely

from .models import Edition, Level, RenderedEdition

# Up to so many terms are on one page; of more, one letter at a time.
ON_ONE_PAGE = 300
PER_PAGE = 100
FOUND_AT_MOST = 100
ARTICLES_IN_LIST = 3
DIGITS = "0–9"


@dataclass
class Appearance:
    """An article that explains a term, with the levels at which it does, plainest first."""

    title: str
    url: str = ""
    levels: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Shown:
    """A term with what belongs beside it."""

    term: Term
    also: list[str]
    appears_in: list[Appearance]
    more_articles: int = 0


@audience(EVERYONE)
@require_safe
@from_replica
def index(request: HttpRequest) -> HttpResponse:
    """All terms by their first letter, or those that a search finds, best first."""
    query = " ".join(request.GET.get("q", "")[:100].split())
    if query:
        found = _found(query)
        return render(
            request,
            "glossary/index.html",
            {
                "query": query,
                "results": _shown(found[:FOUND_AT_MOST], request.user),
                "left_out": max(0, len(found) - FOUND_AT_MOST),
            },
        )
    letters: dict[str, list[int]] = {}
    names = Term.objects.complete().values_list("pk", "name")
    for key, pk in sorted((loosely(name), pk) for pk, name in names):
        letters.setdefault(_letter(key), []).append(pk)
    if len(names) <= ON_ONE_PAGE:
        ids, letter, page = [pk for part in letters.values() for pk in part], "", None
    else:
        asked = request.GET.get("letter", "")[:3]
        letter = asked if asked in letters else next(iter(letters))
        page = Paginator(letters[letter], PER_PAGE).get_page(request.GET.get("page"))
        ids = list(page.object_list)
    shown = {one.term.pk: one for one in _shown(ids, request.user)}
    return render(
        request,
        "glossary/index.html",
        {
            "letters": list(letters),
            "letter": letter,
            "page": page,
            "groups": [
                (name, [shown[pk] for pk in part if pk in shown])
                for name, part in letters.items()
                if not letter or name == letter
            ],
        },
    )


@audience(EVERYONE)
@require_safe
@from_replica
def term(request: HttpRequest, slug: str) -> HttpResponse:
    """One term with everything that belongs to it."""
    found = get_object_or_404(Term.objects.complete().only("pk"), slug=slug[:120])
    (shown,) = _shown([found.pk], request.user, every_article=True)
    return render(request, "glossary/term.html", {"shown": shown, "term": shown.term})


def _letter(key: str) -> str:
    """The heading under which a name stands; what begins with no letter stands first."""
    return key[0].upper() if key and key[0].isalpha() else DIGITS


def _found(query: str) -> list[int]:
    """The terms that one of their texts leads to: whole, at its beginning, or anywhere in it."""
    wanted = loosely(query)
    if not wanted:
        return []
    best: dict[int, tuple[int, str]] = {}
    labels = Alias.objects.filter(term__in=Term.objects.complete())
    for pk, text in labels.values_list("term_id", "text"):
        label = loosely(text)
        if wanted in label:
            rank = 0 if label == wanted else 1 if label.startswith(wanted) else 2
            best[pk] = min((rank, label), best.get(pk, (3, "")))
    return sorted(best, key=lambda pk: best[pk])


def _shown(ids: list[int], user: Any, *, every_article: bool = False) -> list[Shown]:
    """These terms, in this order, in four queries whatever their number."""
    complete = Term.objects.complete().order_by("name")
    terms = complete.filter(pk__in=ids).prefetch_related(
        Prefetch("aliases", Alias.objects.filter(preferred=False), to_attr="others"),
        Prefetch("see_also", complete, to_attr="related"),
    )
    by_pk: dict[int, Any] = {one.pk: one for one in terms}
    appearances = _appearances(ids, user)
    shown = []
    for pk in ids:
        if pk in by_pk:
            articles = appearances.get(pk, [])
            listed = articles if every_article else articles[:ARTICLES_IN_LIST]
            also = [alias.text for alias in by_pk[pk].others]
            shown.append(Shown(by_pk[pk], also, listed, len(articles) - len(listed)))
    return shown


def _appearances(ids: Iterable[int], user: Any) -> dict[int, list[Appearance]]:
    """The published articles in which each term is marked, by title."""
    marked = RenderedEdition.terms.through.objects.filter(
        term_id__in=ids,
        renderededition__edition__in=Edition.objects.visible_to(user).published(),
    ).values_list(
        "term_id",
        "renderededition__edition__article__slug",
        "renderededition__edition__article__title",
        "renderededition__edition__level",
    )
    found: dict[int, dict[str, Appearance]] = {}
    for pk, slug, title, level in sorted(marked, key=lambda row: Level(row[3]).rank):
        one = found.setdefault(pk, {}).setdefault(slug, Appearance(title))
        url = reverse("reading:reader", args=[slug, level])
        one.url = one.url or url
        one.levels.append((str(Level(level).label), url))
    return {
        pk: sorted(articles.values(), key=lambda one: one.title.casefold())
        for pk, articles in found.items()
    }
