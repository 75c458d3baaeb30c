"""Finding glossary terms in text and marking where each is used first.

Pure: no database, no Django. The HTML it reads is already sanitised; everything but the marks
that it adds is handed back byte for byte.
"""

import html as html_module
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# Words keep their combining marks and invisible joiners; the em dash separates, other dashes
# are one and the same sign.
_JOINERS = "\u00ad\u200c\u200d\u2060"
_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f" + _JOINERS
_TOKEN = re.compile(rf"(?P<word>[\w{_MARKS}]+)|(?P<space>\s+)|(?P<sign>.)", re.DOTALL)
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-")
_SAME_SIGN = str.maketrans(_DASHES | dict.fromkeys("\u2018\u2019\u02bc", "'"))
_INVISIBLE = re.compile(f"[{_JOINERS}]")
_JOINING_HYPHENS = frozenset("-\u2010\u2011")

# A sanitised text has no comments. No "<" outside quotes keeps hostile input linear.
_TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-zA-Z][\w:-]*)(?P<attrs>(?:[^"'<>]|"[^"]*"|'[^']*')*+)>"""
)
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);")
_CITATION = re.compile(r"""class=["'][^"']*\bcite\b""")
_MARKED = re.compile(r"""popovertarget=["']term-([\w-]+)["']""")
# As _with_marks writes it; there is never a tag inside.
_MARK = re.compile(
    r'<button type="button" class="term" popovertarget="term-[\w-]+">(.*?)</button>', re.DOTALL
)

_NEVER_INSIDE = frozenset(
    "a button caption code figcaption h1 h2 h3 h4 h5 h6 label math option pre script select "
    "style summary svg textarea th".split()
)
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
_INLINE = frozenset(
    "a abbr b bdi bdo button cite code dfn em i ins kbd mark q s small span strong sub sup u var "
    "wbr".split()
)


class TermFigure(NamedTuple):
    """The picture that explains a term."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class TermEntry:
    """A glossary term: its definitions, and the texts that stand for it."""

    slug: str
    name: str
    plain: str
    technical: str
    # Pairs of text and whether its case must match.
    labels: tuple[tuple[str, bool], ...]
    figure: TermFigure | None = None

    @property
    def is_complete(self) -> bool:
        """Whether it has any definition; without one it is never marked."""
        return bool(self.plain.strip() or self.technical.strip())


class Definitions(NamedTuple):
    """What a reader of one level sees of a term: at once, and on asking for more."""

    shown: str
    behind: str


def definitions(entry: TermEntry, level: str) -> Definitions:
    """The definitions for a level; where the level's own is missing, the other one."""
    plain, technical = entry.plain.strip(), entry.technical.strip()
    if level == "academic":
        return Definitions(technical or plain, "")
    if level == "intermediate" and plain and technical:
        return Definitions(plain, technical)
    return Definitions(plain or technical, "")


def is_abbreviation(text: str) -> bool:
    """Whether a label must match in case: HRT, StAR, E2, TNF-α, GHRH(1-29), not Arimidex."""
    if any(char.isspace() for char in text):
        return False
    capitals = sum(char.isupper() for char in text)
    return capitals >= 2 or (capitals == 1 and any(char.isdigit() for char in text))


# --- Words of a text ------------------------------------------------------------------------


class _Token(NamedTuple):
    text: str  # folded and normalised, but in its case
    start: int
    end: int
    kind: str  # "word", "space" or "sign"


def _tokens(text: str, offset: int = 0) -> Iterator[_Token]:
    """Words, runs of white space (as one space) and single signs, with their places."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        value = " " if kind == "space" else match[0]
        if not value.isascii():
            if kind == "word":
                value = unicodedata.normalize("NFKC", _INVISIBLE.sub("", value))
            else:
                value = unicodedata.normalize("NFKC", value.translate(_SAME_SIGN))
        yield _Token(value, match.start() + offset, match.end() + offset, kind)


def _is_designator(token: _Token) -> bool:
    """Whether a word joined by a hyphen changes what a name names: 17α-, -OH, LH-."""
    text = token.text
    return token.kind == "word" and (
        len(text) == 1 or text.isupper() or any(char.isdigit() for char in text)
    )


@dataclass
class _Node:
    """A place in the trie of folded words; `labels` end here."""

    next: dict[str, "_Node"] = field(default_factory=dict)
    labels: list[tuple[str | None, TermEntry]] = field(default_factory=list)


class TermIndex:
    """All terms, arranged so that a text is searched in one pass. Build it once."""

    def __init__(self, entries: Iterable[TermEntry]) -> None:
        self._root = _Node()
        self.by_slug: dict[str, TermEntry] = {}
        for entry in entries:
            if not entry.is_complete:
                continue
            self.by_slug[entry.slug] = entry
            for text, match_case in entry.labels:
                self._add(text, match_case, entry)

    def _add(self, text: str, match_case: bool, entry: TermEntry) -> None:
        tokens = list(_tokens(text.strip()))
        if not any(token.kind == "word" for token in tokens):
            return
        node = self._root
        for token in tokens:
            node = node.next.setdefault(token.text.casefold(), _Node())
        exact = "".join(token.text for token in tokens) if match_case else None
        node.labels.append((exact, entry))

    def longest(
        self, tokens: list[_Token], folded: list[str], start: int, stop: int
    ) -> Iterator[tuple[int, TermEntry]]:
        """Labels that begin at `start` and end before `stop`, the longest first."""
        found = []
        branch, at = self._root.next, start
        while at < stop and (node := branch.get(folded[at])) is not None:
            at += 1
            if node.labels:
                found.append((at, node))
            branch = node.next
        for end, node in reversed(found):
            exact = None
            for wanted, entry in node.labels:
                if wanted is not None and exact is None:
                    exact = "".join(token.text for token in tokens[start:end])
                if wanted is None or wanted == exact:
                    yield end, entry
                    break


# --- Marking --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Annotated:
    """Marked HTML and the terms that are marked in it, in order of their first use."""

    html: str
    terms: list[TermEntry]


class _Text:
    """A fragment of HTML as tokens in reading order, each knowing its place in the source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens: list[_Token] = []
        self.runs: list[tuple[int, int]] = []
        self.marked: list[str] = []
        self._read()

    def _read(self) -> None:
        stack: list[tuple[str, bool]] = []
        at = 0
        for match in _TAG.finditer(self.source):
            self._add_run(at, match.start(), stack)
            at = match.end()
            name = match["name"].lower()
            if match["end"]:
                cites = self._close(stack, name)
            else:
                attributes = match["attrs"]
                cites = name == "sup" and bool(_CITATION.search(attributes))
                if name == "button" and (marked := _MARKED.search(attributes)):
                    self.marked.append(marked[1])
                if name not in _VOID:
                    stack.append((name, cites or name in _NEVER_INSIDE))
            if cites or name not in _INLINE:
                self.tokens.append(_Token("", at, at, "break"))
        self._add_run(at, len(self.source), stack)

    @staticmethod
    def _close(stack: list[tuple[str, bool]], name: str) -> bool:
        """Leave the element; true for a citation, beside which a word ends."""
        for depth in range(len(stack) - 1, -1, -1):
            if stack[depth][0] == name:
                cites = name == "sup" and stack[depth][1]
                del stack[depth:]
                return cites
        return False

    def _add_run(self, start: int, end: int, stack: list[tuple[str, bool]]) -> None:
        if start == end:
            return
        first = len(self.tokens)
        self.tokens.extend(self._placed(start, end))
        if not any(closed for _, closed in stack):
            self.runs.append((first, len(self.tokens)))

    def _placed(self, start: int, end: int) -> Iterator[_Token]:
        raw = self.source[start:end]
        if "&" not in raw:
            yield from _tokens(raw, start)
            return
        chars: list[str] = []
        places: list[int] = []
        at = 0
        for match in (*_ENTITY.finditer(raw), None):
            stop = match.start() if match else len(raw)
            chars.extend(raw[at:stop])
            places.extend(range(start + at, start + stop))
            if match:
                value = html_module.unescape(match[0])
                chars.extend(value)
                places.extend([start + stop] * len(value))
                at = match.end()
        places.append(end)
        for token in _tokens("".join(chars)):
            yield token._replace(start=places[token.start], end=places[token.end])


def _stands_alone(tokens: list[_Token], start: int, end: int) -> bool:
    """Whether the tokens are whole words, not part of a longer word or of another name."""
    before = tokens[start - 1] if start else None
    after = tokens[end] if end < len(tokens) else None
    if before and before.kind == tokens[start].kind == "word":
        return False
    if after and after.kind == tokens[end - 1].kind == "word":
        return False
    if (
        before
        and before.text in _JOINING_HYPHENS
        and start > 1
        and _is_designator(tokens[start - 2])
    ):
        return False
    return not (
        after
        and after.text in _JOINING_HYPHENS
        and end + 1 < len(tokens)
        and _is_designator(tokens[end + 1])
    )


def annotate(html: str, level: str, index: TermIndex) -> Annotated:
    """Mark the first use of each term in a section's HTML.

    The longest match wins; whole words only; never inside headings, links, header cells,
    captions, code, citations or other marks; never across tags. What is marked already counts as
    used, so annotating twice changes nothing. The level does not change what is marked: a term
    without the level's own definition shows the other one, a term without any is not indexed.
    """
    text = _Text(html)
    tokens = text.tokens
    folded = [token.text.casefold() for token in tokens]
    used = dict.fromkeys(slug for slug in text.marked if slug in index.by_slug)
    places: list[tuple[int, int, str]] = []
    for first, stop in text.runs:
        at = first
        while at < stop:
            found = None
            if tokens[at].kind != "space":
                for end, entry in index.longest(tokens, folded, at, stop):
                    if _stands_alone(tokens, at, end):
                        found = end, entry
                        break
            if found is None:
                at += 1
                continue
            end, entry = found
            if entry.slug not in used:
                used[entry.slug] = None
                places.append((tokens[at].start, tokens[end - 1].end, entry.slug))
            at = end
    order = {slug: place for place, _, slug in reversed(places)}
    if text.marked:
        for match in reversed(list(_MARKED.finditer(html))):
            order[match[1]] = match.start()
    terms = [index.by_slug[slug] for slug in sorted(used, key=lambda slug: order[slug])]
    return Annotated(_with_marks(html, places), terms)


def _with_marks(source: str, places: list[tuple[int, int, str]]) -> str:
    parts = []
    at = 0
    for start, end, slug in places:
        parts += [
            source[at:start],
            f'<button type="button" class="term" popovertarget="term-{slug}">',
            source[start:end],
            "</button>",
        ]
        at = end
    parts.append(source[at:])
    return "".join(parts)


def marked_slugs(html: str) -> list[str]:
    """The terms that are marked in an annotated text, each once."""
    return list(dict.fromkeys(_MARKED.findall(html)))


def unmarked(html: str) -> str:
    """An annotated text as it was before: for who does not want words explained."""
    return _MARK.sub(r"\1", html)
