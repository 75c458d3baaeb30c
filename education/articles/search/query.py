"""From what somebody typed to what is looked for, the other names of glossary terms included."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Subquery

from education.glossary.models import Alias, GlossaryVersion, Term

from . import words

MOST_CHARACTERS = 200
MOST_WORDS = 16
# Shorter beginnings fit too much.
SHORTEST_BEGINNING = 4
MOST_TERMS_BEGUN = 3

_PIECE = re.compile(r'(?P<without>(?<!\S)-)?(?:"(?P<quoted>[^"]*)"|(?P<plain>[^\s"]+))')
_QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑", "-"))
# Signs between two words that do not make one name of them: sleep/wake, light,dark.
_SEPARATORS = re.compile(r"[^\w\-'’ʼ\u0300-\u036f]+")
# Left out of a question, unless it has nothing else or puts them in quotation marks.
_STOP_WORDS = frozenset(
    words.word_of(word)
    for word in (
        "a about after all also am an and any are as at be because been but by can could did do "
        "does for from get had has have how i if in into is it its just me my no not of on or our "
        "should so some such than that the their them then there these they this to was we were "
        "what when where which who why will with would you your"
    ).split()
)


@dataclass(frozen=True)
class Wanted:
    """Words that a text may have: one after the other, or anywhere; the last perhaps begun."""

    words: tuple[str, ...]
    in_a_row: bool = True
    begun: bool = False


# Any one of these will do.
Group = tuple[Wanted, ...]


@dataclass(frozen=True)
class Query:
    """What is looked for: one of each group, nothing of `without`."""

    groups: tuple[Group, ...] = ()
    without: tuple[Group, ...] = ()
    # The glossary term that the whole question is.
    term: int | None = None

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def any_of_them(self) -> "Query":
        """The same question, asked for any of its words."""
        return replace(self, groups=(tuple(one for group in self.groups for one in group),))


@dataclass(frozen=True)
class _Unit:
    """A typed word; one with hyphens counts as one and has several."""

    words: tuple[str, ...]
    typed: str
    is_quoted: bool = False


@dataclass
class Labels:
    """The names and aliases of all terms, by the words of which they are made."""

    terms: dict[str, set[int]] = field(default_factory=dict)
    of_term: dict[int, list[Wanted]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    longest: int = 0

    @classmethod
    def made_of(cls, aliases: Iterable[tuple[int, str, bool]]) -> "Labels":
        """From (term, text, whether its case must match)."""
        labels = cls()
        for term, text, match_case in aliases:
            found = list(words.tokens(text))
            if not found:
                continue
            key = tuple(token.word for token in found)
            labels.terms.setdefault(" ".join(key), set()).add(term)
            labels.longest = max(labels.longest, len(key))
            # CAR stands for cortisol awakening response, a car does not.
            if match_case and len(found) == 1 and found[0].exact:
                key = (found[0].exact,)
            labels.of_term.setdefault(term, []).append(Wanted(key))
        labels.keys = sorted(labels.terms)
        return labels

    def begun_with(self, text: str) -> set[int]:
        """Terms with a label that begins so; none where too many do."""
        found: set[int] = set()
        for key in self.keys[bisect_left(self.keys, text) :]:
            if not key.startswith(text) or len(found) > MOST_TERMS_BEGUN:
                break
            found |= self.terms[key]
        return found if len(found) <= MOST_TERMS_BEGUN else set()

    def others(self, terms: Iterable[int]) -> Iterable[Wanted]:
        """Everything that stands for these terms."""
        return (wanted for term in sorted(terms) for wanted in self.of_term[term])


_kept: tuple[object, Labels] = (None, Labels())


def current_labels() -> Labels:
    """All labels of the glossary: one small query, unless the glossary has changed."""
    global _kept
    latest = Subquery(Term.objects.order_by("-updated_at").values("updated_at")[:1])
    state = GlossaryVersion.objects.values_list("number", latest).first()
    if state is None:
        return Labels()
    if _kept[0] != state:
        rows = Alias.objects.values_list("term_id", "text", "match_case")
        _kept = state, Labels.made_of(rows.iterator(chunk_size=2000))
    return _kept[1]


def read(text: str, labels: Labels, *, begun: bool = False) -> Query:
    """What somebody looks for. Any text will do; signs alone look for nothing.

    `begun`: words may go on, testost for testosterone. Words in quotation marks stand in a row
    and mean nothing but themselves; those after a minus are not wanted.
    """
    wanted: list[_Unit] = []
    without: list[Group] = []
    for match in _PIECE.finditer(text[:MOST_CHARACTERS].translate(_QUOTES)):
        for unit in _units(match):
            if match["without"]:
                without.append((Wanted(unit.words),))
            else:
                wanted.append(unit)
    return _grouped(wanted[:MOST_WORDS], tuple(without[:MOST_WORDS]), labels, begun)


def _units(match: re.Match[str]) -> Iterable[_Unit]:
    quoted = match["quoted"] is not None
    for piece in [match["quoted"]] if quoted else _SEPARATORS.split(match["plain"]):
        found = list(words.tokens(piece))
        if found:
            last = found[-1]
            typed = words.fold(piece[last.start : last.end])
            yield _Unit(tuple(token.word for token in found), typed, quoted)


def _grouped(units: list[_Unit], without: tuple[Group, ...], labels: Labels, begun: bool) -> Query:
    groups: list[Group] = []
    stop_words: list[Group] = []
    term = None
    at = 0
    while at < len(units):
        end, terms = _label_at(units, at, labels, begun)
        group: list[Wanted] = []
        if end - at > 1:
            run = tuple(word for unit in units[at:end] for word in unit.words)
            group.append(Wanted(run, in_a_row=False))
        else:
            group.append(_as_typed(units[at], begun))
        group += labels.others(terms)
        is_stop_word = end - at == 1 and not terms and units[at].words[0] in _STOP_WORDS
        is_stop_word = is_stop_word and len(units[at].words) == 1 and not units[at].is_quoted
        (stop_words if is_stop_word else groups).append(tuple(dict.fromkeys(group)))
        if terms and at == 0 and end == len(units) and not without:
            term = min(terms)
        at = end
    return Query(tuple(groups or stop_words), without, term)


def _as_typed(unit: _Unit, begun: bool) -> Wanted:
    if not begun or unit.is_quoted or len(unit.typed) < SHORTEST_BEGINNING:
        return Wanted(unit.words)
    return Wanted((*unit.words[:-1], unit.typed), begun=True)


def _label_at(units: list[_Unit], at: int, labels: Labels, begun: bool) -> tuple[int, set[int]]:
    """Where the longest label that begins here ends, and its terms; the next word if none."""
    run: list[str] = []
    best: tuple[int, set[int]] = (at + 1, set())
    for end in range(at, len(units)):
        unit = units[end]
        if unit.is_quoted or len(run) > labels.longest:
            break
        if begun and end == len(units) - 1 and len(unit.typed) >= SHORTEST_BEGINNING:
            start = " ".join((*run, *unit.words[:-1], unit.typed))
            if terms := labels.begun_with(start):
                best = end + 1, terms
        run += unit.words
        if terms := labels.terms.get(" ".join(run), set()):
            best = end + 1, terms
    return best
