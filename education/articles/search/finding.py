"""What a reader finds: articles in order, with the levels and sections that answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from django.db.models import Q
from django.utils.safestring import SafeString

from education.articles.models import Edition, Level, SearchText

from . import words
from .excerpt import excerpt, marked
from .index import Match, matches, try_to_catch_up
from .query import SHORTEST_BEGINNING, Query, Wanted, current_labels, read

# How the words were taken: all of them as they stand, some as beginnings, or any one of them.
Manner = Literal["all", "begun", "any"]


@dataclass(frozen=True)
class Hit:
    """A level that answers, and the section of it that does; no key where the title does."""

    edition_id: int
    level: Level
    key: str
    heading: str


@dataclass
class Found:
    """An article that answers, the best level first."""

    article_id: int
    hits: list[Hit]
    # From the best level's section, as HTML with <mark>; empty where only title or summary answer.
    excerpt: SafeString
    query: Query

    def mark(self, text: str) -> SafeString:
        """Another text of the article as HTML, what was looked for in <mark>."""
        return marked(text, self.query)


_RANKS: dict[str, int] = {level.value: level.rank for level in Level}

# The editions of an article that answer, the best first.
_Article = list[Match]


@dataclass
class Results(Sequence[Found]):
    """Articles that answer, in order; a slice of them is read when it is asked for."""

    query: Query
    manner: Manner = "all"
    _articles: list[_Article] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._articles)

    @overload
    def __getitem__(self, at: int) -> Found: ...

    @overload
    def __getitem__(self, at: slice) -> list[Found]: ...

    def __getitem__(self, at: int | slice) -> Found | list[Found]:
        if isinstance(at, int):
            return self._read([self._articles[at]])[0]
        return self._read(self._articles[at])

    def _read(self, articles: list[_Article]) -> list[Found]:
        texts = SearchText.objects.in_bulk(
            [match.edition_id for article in articles for match in article]
        )
        return [_found(article, texts, self.query) for article in articles]


def find(user: Any, text: str, topic: str = "", level: str = "", among: Q | None = None) -> Results:
    """What this reader may read and is looking for; any text will do.

    `among` says what else an edition has to be.

    Articles whose title answers come first, then those whose summary, whose headings and whose
    text does; of two alike the one that says it more often. Where no article has all of the
    words, they are taken as beginnings of words, and then any one of them is enough.
    """
    try_to_catch_up()
    labels = current_labels()
    asked = read(text, labels)
    editions = Edition.objects.visible_to(user).published()
    if topic:
        editions = editions.filter(article__topics__slug=topic)
    if level:
        editions = editions.filter(level=level)
    if among:
        editions = editions.filter(among)
    attempts: list[tuple[Manner, Query]] = [("all", asked)]
    if any(len(word) >= SHORTEST_BEGINNING for group in asked.groups for word in group[0].words):
        attempts.append(("begun", read(text, labels, begun=True)))
    if len(asked.groups) > 1:
        attempts.append(("any", asked.any_of_them))
    for manner, query in attempts:
        if found := matches(query, editions):
            # Of any words, the part with most of them answers best.
            shown = asked if manner == "any" else query
            return Results(shown, manner, _ordered(found))
    return Results(asked)


def _ordered(found: list[Match]) -> list[_Article]:
    """Group by article: the best place first, then the heaviest, then by title."""
    grouped: dict[int, list[Match]] = {}
    for match in found:
        grouped.setdefault(match.article_id, []).append(match)
    for matching in grouped.values():
        matching.sort(key=lambda match: (match.place, _RANKS[match.level]))

    def order(matching: list[Match]) -> tuple[int, float, str, int]:
        weight = max(match.weight for match in matching)
        return matching[0].place, -weight, matching[0].title, matching[0].article_id

    return sorted(grouped.values(), key=order)


# --- The sections that answer -----------------------------------------------------------------


def _found(article: _Article, texts: dict[int, SearchText], query: Query) -> Found:
    hits = []
    passage = SafeString("")
    for number, match in enumerate(article):
        # Gone between two statements: nothing to lead to, but no reason to fail.
        text = texts.get(match.edition_id)
        at = _best_part(text, query) if text else None
        part = text.parts[at] if text and at is not None else {"key": "", "heading": "", "text": ""}
        hits.append(Hit(match.edition_id, Level(match.level), part["key"], part["heading"]))
        if number == 0:
            passage = excerpt(part["text"], query)
    return Found(article[0].article_id, hits, passage, query)


def _best_part(text: SearchText, query: Query) -> int | None:
    """The section that has most of what is wanted, its heading counted twice."""
    headings = text.headings.split(words.SECTION)
    bodies = text.body.split(words.SECTION)
    best, best_at = (0, 0), None
    for at in range(len(text.parts)):
        # A text that was cut short has fewer bodies than parts.
        heading, body = f" {headings[at]} ", f" {bodies[at]} " if at < len(bodies) else " "
        in_heading = [_times(heading, group) for group in query.groups]
        in_body = [_times(body, group) for group in query.groups]
        groups = sum(1 for one, other in zip(in_heading, in_body, strict=True) if one or other)
        score = (groups + sum(map(bool, in_heading)), sum(in_body))
        if score > best:
            best, best_at = score, at
    return best_at


def _times(padded: str, group: tuple[Wanted, ...]) -> int:
    """How often one of a group stands in a text of words with spaces around."""
    count = 0
    for wanted in group:
        if wanted.in_a_row:
            count += padded.count(f" {' '.join(wanted.words)}" + ("" if wanted.begun else " "))
        else:
            count += min(padded.count(f" {word} ") for word in wanted.words)
    return count
