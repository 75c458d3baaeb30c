"""The full-text index in either database, and what is kept in it.

`catch_up` is the one way into it: whoever searches first after something was published or changed
adds what is missing, so that no way of publishing, importing or restoring has to remember to.
"""

import logging
import re
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from lxml import html as lxml_html

from education.articles.models import Edition, SearchText

from . import database, words
from .query import Group, Query, Wanted

logger = logging.getLogger(__name__)

# A search adds no more than this, so that nobody waits long; `reindex_search` adds all.
AT_ONCE = 100
# A tsvector holds one megabyte with its positions.
MOST_BYTES = 250_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_CITATION = re.compile(r"\s*\[\s*@[^\]]*\]")
_FIGURE = re.compile(r"\{figure:\s*([\w-]+)\s*\}")
_INLINE = frozenset("a abbr b bdi bdo cite code em i mark q s small span strong sub sup u".split())

# In the order of PostgreSQL's weights: a word counts most in the title.
FIELDS = ("title", "summary", "headings", "body")
_WEIGHTS = "ABCD"
_BM25 = "8, 4, 2, 1"
_TS_RANK = "{0.05, 0.2, 0.4, 1}"


# --- What is kept ---------------------------------------------------------------------------


def plain_text(html: str) -> str:
    """Rich text without its tags, blocks apart by a line, citations left out."""
    html = _CONTROL.sub("", html)
    if not html.strip():
        return ""
    root = lxml_html.fragment_fromstring(
        html, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True)
    )
    pieces: list[str] = []
    # A loop over events, because nesting may be deeper than Python's stack.
    steps: list[tuple[bool, Any]] = [(True, root)]
    while steps:
        enters, element = steps.pop()
        if element.tag not in _INLINE:
            pieces.append("\n")
        if enters:
            if isinstance(element.tag, str):
                pieces.append(element.text or "")
                steps.append((False, element))
                steps.extend((True, child) for child in reversed(element))
            else:
                pieces.append(element.tail or "")
        elif element is not root:
            pieces.append(element.tail or "")
    text = _CITATION.sub("", "".join(pieces))
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))


def text_of(edition: Edition) -> SearchText:
    """What is kept of an edition; its sections and figures should be prefetched."""
    captions = {figure.key: figure.caption for figure in edition.figures.all()}
    parts = [
        {
            "key": section.key,
            "heading": _CONTROL.sub("", section.heading),
            "text": plain_text(
                # The caption goes in as text, so it must not be taken for tags.
                _FIGURE.sub(lambda match: _escaped(captions.get(match[1], "")), section.body)
            ),
        }
        for section in edition.sections.all()
    ]
    headings = [words.indexed(part["heading"]) for part in parts]
    bodies = [words.indexed(part["text"]) for part in parts]
    return SearchText(
        edition=edition,
        title=words.indexed(edition.article.title),
        summary=words.indexed(edition.article.summary),
        headings=f" {words.SECTION} ".join(headings),
        body=_no_longer_than(f" {words.SECTION} ".join(bodies)),
        parts=parts,
        words_version=words.VERSION,
        article_updated_at=edition.article.updated_at,
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _no_longer_than(text: str) -> str:
    cut = text.encode()[:MOST_BYTES].decode(errors="ignore")
    return cut if len(cut) == len(text) else cut.rpartition(" ")[0]


def out_of_date() -> "QuerySet[Edition]":
    """Published editions of which the index knows nothing, or something that is over."""
    return Edition.objects.published().filter(
        Q(search_text__isnull=True)
        | ~Q(search_text__words_version=words.VERSION)
        | ~Q(search_text__article_updated_at=F("article__updated_at"))
    )


def catch_up(at_most: int = AT_ONCE) -> int:
    """Add what is missing, the newest first, in one query if nothing is; says how many."""
    editions = list(
        out_of_date()
        .select_related("article")
        .prefetch_related("sections", "figures")
        .order_by("-pk")[:at_most]
    )
    # No transaction unless there is something to write: on SQLite it would lock out writers.
    if editions:
        with transaction.atomic():
            _keep([text_of(edition) for edition in editions])
    return len(editions)


def try_to_catch_up() -> None:
    """Catch up, unless the database can't be written to: then what is known is searched."""
    try:
        catch_up()
    except DatabaseError as error:
        logger.warning("search.not_caught_up", extra={"error": type(error).__name__})


def reindex() -> int:
    """Make everything anew, in steps; says how many editions there are."""
    SearchText.objects.all().delete()
    count = 0
    while done := catch_up():
        count += done
    return count


def _keep(texts: list[SearchText]) -> None:
    # Two people may search at once: the second writes the same over it.
    fields = [*FIELDS, "parts", "words_version", "article_updated_at"]
    SearchText.objects.bulk_create(
        texts, update_conflicts=True, unique_fields=["edition"], update_fields=fields
    )


# --- Looking --------------------------------------------------------------------------------


class Match(NamedTuple):
    """An edition that fits.

    The place is 0 where the title has all that is wanted, 1 where title and summary have, 2 with
    the headings, and 3 for the whole text. Of two in one place the heavier fits better; the
    weight is the database's own measure.
    """

    edition_id: int
    article_id: int
    level: str
    title: str
    place: int
    weight: float


def matches(query: Query, editions: "QuerySet[Edition]") -> list[Match]:
    """The editions that fit, out of those given, in no order."""
    if not query:
        return []
    rows = editions.order_by().values_list("pk", "article_id", "level", "article__title")
    rows_sql, params = rows.query.sql_with_params()
    given = f"e (id, article_id, level, title) AS ({rows_sql})"
    found = "e.id, e.article_id, e.level, e.title"
    if connection.vendor == "postgresql":
        sql = f"""
            WITH {given}
            SELECT {found},
                CASE WHEN t.heads @@ %s::tsquery THEN 0 WHEN t.heads @@ %s::tsquery THEN 1
                     WHEN t.heads @@ %s::tsquery THEN 2 ELSE 3 END,
                ts_rank('{_TS_RANK}', t.vector, %s::tsquery)
            FROM {database.TABLE} t JOIN e ON e.id = t.edition_id
            WHERE t.vector @@ %s::tsquery
        """
        whole = tsquery(query)
        places = [tsquery(query, _WEIGHTS[: depth + 1]) for depth in range(3)]
        values = [*params, *places, any_word(query), whole]
    else:
        index = database.INDEX
        fits = f"rowid IN (SELECT rowid FROM {index} WHERE {index} MATCH %s)"
        sql = f"""
            WITH {given}, t AS MATERIALIZED (
                SELECT rowid AS id,
                    CASE WHEN {fits} THEN 0 WHEN {fits} THEN 1 WHEN {fits} THEN 2 ELSE 3 END
                    AS place,
                    -bm25({index}, {_BM25}) AS weight
                FROM {index} WHERE {index} MATCH %s
            )
            SELECT {found}, t.place, t.weight FROM t JOIN e ON e.id = t.id
        """
        whole = fts5(query)
        places = [f"{{{' '.join(FIELDS[: depth + 1])}}} : ({whole})" for depth in range(3)]
        values = [*params, *places, whole]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [Match(*row) for row in cursor.fetchall()]


def fts5(query: Query) -> str:
    """A query in the language of SQLite's FTS5."""

    def wanted(one: Wanted) -> str:
        if one.in_a_row:
            return f'"{" ".join(one.words)}"' + (" *" if one.begun else "")
        return "(" + " AND ".join(f'"{word}"' for word in one.words) + ")"

    def group(alternatives: Group) -> str:
        return "(" + " OR ".join(map(wanted, alternatives)) + ")"

    text = "(" + " AND ".join(map(group, query.groups)) + ")"
    return " NOT ".join((text, *map(group, query.without)))


def tsquery(query: Query, weights: str = "") -> str:
    """A query in PostgreSQL's language; with weights, the words have to stand where these are."""

    def word(text: str, label: str) -> str:
        return f"'{text}'" + (f":{label}" if label else "")

    def wanted(one: Wanted) -> str:
        labels = [weights] * len(one.words)
        if one.begun:
            labels[-1] += "*"
        sign = " <-> " if one.in_a_row else " & "
        return f"({sign.join(map(word, one.words, labels))})"

    def group(alternatives: Group) -> str:
        return "(" + " | ".join(map(wanted, alternatives)) + ")"

    without = (f"!{group(one)}" for one in query.without)
    return " & ".join((*map(group, query.groups), *without))


def any_word(query: Query) -> str:
    """The words alone, to weigh by: PostgreSQL weighs words that must come together in a time
    that grows with the square of their number."""
    lexemes = {
        f"'{word}'" + (":*" if one.begun and place == len(one.words) - 1 else "")
        for group in query.groups
        for one in group
        for place, word in enumerate(one.words)
    }
    return " | ".join(sorted(lexemes))
