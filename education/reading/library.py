"""The cards of the library: an article with its levels, and what was looked for in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Prefetch, Q
from django.utils.safestring import SafeString

from education.articles.models import Article, Edition, Level
from education.articles.search import Found, Hit, Results
from education.glossary.annotate import Definitions, TermEntry, definitions
from education.glossary.models import Term

from .evidence import Earlier, changed_since_read
from .models import Assignment
from .shelf import news_since


@dataclass(frozen=True)
class LevelLine:
    """One level of an article: what this patient did with it, and the section that answers a
    search."""

    edition: Any
    hit: Hit | None
    # The edition that the patient read before this one came out.
    earlier: Earlier | None


@dataclass(frozen=True)
class Card:
    """One article of the library, as this reader sees it. Title and text are HTML."""

    article: Article
    title: SafeString | str
    text: SafeString | str
    levels: list[LevelLine]
    is_assigned: bool
    # "new", "updated" or nothing.
    news: str


@dataclass(frozen=True)
class TermCard:
    """The glossary term that somebody searched for, explained for one level."""

    term: Term
    definitions: Definitions


def with_own_reading(editions: Any, user: Any) -> Any:
    """Editions with the facts that this patient stated or caused; empty for anybody else."""
    return editions.annotate(
        own=FilteredRelation("readings", condition=Q(readings__patient=user))
    ).annotate(
        opened_at=F("own__opened_at"),
        finished_at=F("own__finished_at"),
        understood_at=F("own__understood_at"),
    )


def published_levels() -> list[Level]:
    """The levels that there are, the plainest first."""
    there = set(Edition.objects.published().values_list("level", flat=True).distinct())
    return [level for level in Level if level in there]


def cards(user: Any, items: Sequence[int | Found]) -> list[Card]:
    """Cards for articles or for what was found, in the same order."""
    ids = [item.article_id if isinstance(item, Found) else item for item in items]
    editions = with_own_reading(Edition.objects.published(), user)
    articles = Article.objects.prefetch_related(
        Prefetch("editions", queryset=editions, to_attr="published_editions")
    ).in_bulk(ids)
    assigned: set[int] = set()
    if user.is_patient:
        assigned = set(
            Assignment.objects.visible_to(user)
            .open()
            .filter(article__in=ids)
            .values_list("article_id", flat=True)
        )
    published = [one for article in articles.values() for one in article.published_editions]
    changed = changed_since_read(user, published)
    return [
        _card(articles[pk], item if isinstance(item, Found) else None, pk in assigned, changed)
        for pk, item in zip(ids, items, strict=True)
        if pk in articles
    ]


def _card(
    article: Any, found: Found | None, is_assigned: bool, changed: dict[int, Earlier]
) -> Card:
    editions = sorted(article.published_editions, key=lambda one: Level(one.level).rank)
    hits = {hit.edition_id: hit for hit in found.hits} if found else {}
    if found:
        # Levels that answer come first, in the order of the search.
        places = list(hits)
        editions.sort(key=lambda one: places.index(one.pk) if one.pk in hits else len(places))
    return Card(
        article=article,
        title=found.mark(article.title) if found else article.title,
        text=(found.excerpt or found.mark(article.summary)) if found else article.summary,
        levels=[
            LevelLine(edition, hits.get(edition.pk), changed.get(edition.pk))
            for edition in editions
        ],
        is_assigned=is_assigned,
        news=_news(editions),
    )


def _news(editions: list[Any]) -> str:
    """Whether any level came out lately, and whether the article itself did."""
    since = news_since()
    if not any(edition.published_at >= since for edition in editions):
        return ""
    first = all(edition.number == 1 and edition.published_at >= since for edition in editions)
    return "new" if first else "updated"


def term_card(user: Any, results: Results, level: str) -> TermCard | None:
    """The term that a search is about, if the glossary explains it."""
    if results.query.term is None:
        return None
    term = Term.objects.complete().filter(pk=results.query.term).first()
    if term is None:
        return None
    entry = TermEntry(
        slug=term.slug,
        name=term.name,
        plain=term.plain_definition,
        technical=term.technical_definition,
        labels=(),
    )
    usual = Level.FUNDAMENTALS if user.is_patient else Level.INTERMEDIATE
    return TermCard(term, definitions(entry, level or usual))
