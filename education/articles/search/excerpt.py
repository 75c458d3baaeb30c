"""The part of a text that answers a question, with its words marked. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from . import words
from .query import Query, Wanted

LENGTH = 34
_SENTENCE = re.compile(r"(?:^|[.!?…]['\"”’)]*\s|\n)\s*")


class Place(NamedTuple):
    """From which word to which something wanted stands, and the group that wants it."""

    first: int
    stop: int
    group: int


def places(tokens: Sequence[words.Token], query: Query) -> list[Place]:
    """Where a text has what is wanted, in order."""
    single: dict[str, int] = {}
    begun: list[tuple[str, int]] = []
    rows: dict[str, list[tuple[Wanted, int]]] = {}
    for number, group in enumerate(query.groups):
        for wanted in group:
            if wanted.begun and len(wanted.words) == 1:
                begun.append((wanted.words[0], number))
            elif not wanted.in_a_row or len(wanted.words) == 1:
                for word in wanted.words:
                    single.setdefault(word, number)
            else:
                rows.setdefault(wanted.words[0], []).append((wanted, number))
    found = []
    for at, token in enumerate(tokens):
        for form in (token.word, token.exact):
            if form in single:
                found.append(Place(at, at + 1, single[form]))
        found += [
            Place(at, at + 1, number) for start, number in begun if token.word.startswith(start)
        ]
        for wanted, number in rows.get(token.word, ()):
            if _stands_at(tokens, at, wanted):
                found.append(Place(at, at + len(wanted.words), number))
    return found


def _stands_at(tokens: Sequence[words.Token], at: int, wanted: Wanted) -> bool:
    row = [token.word for token in tokens[at : at + len(wanted.words)]]
    if len(row) < len(wanted.words) or row[:-1] != list(wanted.words[:-1]):
        return False
    last = wanted.words[-1]
    return row[-1].startswith(last) if wanted.begun else row[-1] == last


def marked(text: str, query: Query) -> SafeString:
    """The whole text as HTML, what is wanted in <mark>."""
    tokens = list(words.tokens(text))
    return _html(text, tokens, places(tokens, query), 0, len(text))


def excerpt(text: str, query: Query) -> SafeString:
    """The stretch of a text that has most of what is wanted, as HTML; empty if it has nothing."""
    tokens = list(words.tokens(text))
    found = places(tokens, query)
    if not found:
        return mark_safe("")  # noqa: S308 (no text)
    first = _best_start(found)
    # As much before as after, beginning with the sentence if that is near.
    first = max(0, min(first - 6, len(tokens) - LENGTH))
    start = tokens[first].start if first else 0
    for match in _SENTENCE.finditer(text, 0, tokens[min(first + 6, len(tokens) - 1)].start + 1):
        if match.end() >= tokens[max(0, first - 6)].start:
            start = match.end()
    begins = [at for at, token in enumerate(tokens) if token.start >= start]
    first = begins[0] if begins else first
    last = min(first + LENGTH, len(tokens)) - 1
    end = tokens[last].end if last + 1 < len(tokens) else len(text)
    return _html(text, tokens, found, start, end)


def _best_start(found: list[Place]) -> int:
    """The place from which the next words have most of what is wanted, the first of the best."""
    best, start = (0, 0), found[0].first
    left = 0
    for right, place in enumerate(found):
        while place.stop - found[left].first > LENGTH - 8:
            left += 1
        window = found[left : right + 1]
        score = (len({one.group for one in window}), len(window))
        if score > best:
            best, start = score, found[left].first
    return start


def _html(
    text: str, tokens: Sequence[words.Token], found: list[Place], start: int, end: int
) -> SafeString:
    pieces: list[tuple[SafeString]] = []
    at = start
    if start:
        pieces.append((mark_safe("… "),))  # noqa: S308 (a constant)
    spans: list[list[int]] = []
    for first, stop in sorted((one.first, one.stop) for one in found):
        if spans and first < spans[-1][1]:
            spans[-1][1] = max(spans[-1][1], stop)
        else:
            spans.append([first, stop])
    for first, stop in spans:
        begin, finish = tokens[first].start, tokens[stop - 1].end
        if begin < at or finish > end:
            continue
        pieces.append((conditional_escape(text[at:begin]),))
        pieces.append((format_html_join("", "<mark>{}</mark>", [(text[begin:finish],)]),))
        at = finish
    pieces.append((conditional_escape(text[at:end]),))
    if end < len(text):
        pieces.append((mark_safe(" …"),))  # noqa: S308 (a constant)
    return format_html_join("", "{}", pieces)
