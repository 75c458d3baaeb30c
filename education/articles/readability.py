"""How hard a text is to read, and how long it takes.

The grade is the Flesch-Kincaid grade level: Kincaid JP, Fishburne RP, Rogers RL, Chissom BS.
Derivation of new readability formulas for Navy enlisted personnel. Research Branch Report 8-75.
Naval Technical Training Command; 1975. Syllables are those of pyphen's American English.

Only prose counts: paragraphs and list items, without headings, tables, captions, pull quotes,
figures and citation marks. Pure: no database.
"""

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

import pyphen
from lxml import html as lxml_html
from lxml.etree import ParserError

WORDS_PER_MINUTE = 200
ENOUGH_WORDS = 100
# The grade of one sentence says something from this many words on; two long words make no
# sentence hard.
ENOUGH_FOR_A_SENTENCE = 8
HARDEST = 5
_LONGEST_WORD = 60

# The lowest and highest grade that each level accepts.
LEVEL_RANGES = {
    "fundamentals": (5.0, 7.5),
    "intermediate": (8.0, 10.5),
    "academic": (11.5, 15.0),
}

_SYLLABLES = pyphen.Pyphen(lang="en_US")
_NOT_PROSE = frozenset(
    "h1 h2 h3 h4 h5 h6 table figure figcaption caption blockquote pre code script style".split()
)
_BLOCKS = frozenset("p li ul ol div section br".split())
_MARK = re.compile(r"(?<!\s)\s*\[\s*@[^\[\]]*\]|\{figure:[^{}]*\}")
_WORD = re.compile(r"\w+(?:[’'\-‐‑–./,]\w+)*")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])")
_ABBREVIATED = re.compile(r"\b(?:e\.g|i\.e|vs|approx|Dr|Mr|Mrs|Ms|Prof|St|et al|No|Fig|cf)\.$")


def prose(html: str) -> list[str]:
    """The paragraphs and list items of stored rich text, as plain text."""
    html = _CONTROL.sub("", html)
    if not html.strip():
        return []
    try:
        root = lxml_html.fragment_fromstring(
            html, create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True)
        )
    except ParserError:
        return []
    blocks = [""]
    _collect(root, blocks)
    cleaned = (" ".join(_MARK.sub("", block).split()) for block in blocks)
    return [block for block in cleaned if block]


def _collect(root: lxml_html.HtmlElement, blocks: list[str]) -> None:
    """Fill in the text of each block; a loop, because nesting may be deeper than the stack."""
    steps: list[tuple[str, lxml_html.HtmlElement]] = [("in", root)]
    while steps:
        step, element = steps.pop()
        tag = element.tag if isinstance(element.tag, str) else "#comment"
        if step == "out":
            if tag in _BLOCKS:
                blocks.append("")
            blocks[-1] += element.tail or ""
            continue
        is_caption = tag == "p" and "table-caption" in element.get("class", "")
        if tag == "#comment" or tag in _NOT_PROSE or is_caption:
            blocks.extend(("",) if element is root else ("", element.tail or ""))
            continue
        if tag in _BLOCKS:
            blocks.append("")
        blocks[-1] += element.text or ""
        if element is not root:
            steps.append(("out", element))
        steps.extend(("in", child) for child in reversed(element))


def sentences(text: str) -> list[str]:
    """A paragraph's sentences; a decimal point or an abbreviation does not end one."""
    parts: list[str] = []
    at = 0
    for end in _SENTENCE_END.finditer(text):
        if _ABBREVIATED.search(text[max(at, end.start() - 12) : end.start()]):
            continue
        parts.append(text[at : end.end()].strip())
        at = end.end()
    parts.append(text[at:].strip())
    return [part for part in parts if _WORD.search(part)]


@lru_cache(maxsize=50_000)
def syllables(word: str) -> int:
    """Syllables of a word, at least one; the parts of a hyphenated word are added up."""
    parts = re.split(r"[^\w]+", word.lower().replace("’", "").replace("'", ""))
    return sum(len(_SYLLABLES.positions(part[:_LONGEST_WORD])) + 1 for part in parts if part) or 1


@dataclass(frozen=True)
class HardSentence:
    """A sentence that is harder to read than its level wants."""

    text: str
    words: int
    grade: float


@dataclass(frozen=True)
class Measure:
    """What can be said of a text's length and difficulty; `grade` None is "not enough text"."""

    words: int
    sentences: int
    grade: float | None
    minutes: int
    hardest: list[HardSentence] = field(default_factory=list)


def measure(html: str, level: str | None = None) -> Measure:
    """Everything about a stored rich text at once.

    `hardest` are the few sentences with the highest grade above the level's upper bound; without
    a level, the hardest of all.
    """
    found = [sentence for block in prose(html) for sentence in sentences(block)]
    counted = [_WORD.findall(sentence) for sentence in found]
    words = [word for one in counted for word in one]
    bound = LEVEL_RANGES[level][1] if level else -math.inf
    hard = []
    for text, its_words in zip(found, counted, strict=True):
        if len(its_words) < ENOUGH_FOR_A_SENTENCE or not _is_latin(its_words):
            continue
        its_grade = _formula(its_words, 1)
        if its_grade > bound:
            hard.append(HardSentence(text, len(its_words), its_grade))
    hard.sort(key=lambda sentence: sentence.grade, reverse=True)
    return Measure(
        words=len(words),
        sentences=len(found),
        grade=_formula(words, len(found)) if _is_enough(words) else None,
        minutes=max(1, math.ceil(len(words) / WORDS_PER_MINUTE)),
        hardest=hard[:HARDEST],
    )


def grade(html: str) -> float | None:
    """The Flesch-Kincaid grade of stored rich text, to one decimal.

    None means "not enough text": fewer than 100 words, or words that are mostly not in the
    Latin alphabet, of which the formula knows nothing.
    """
    return measure(html).grade


def _formula(words: list[str], count: int) -> float:
    total = sum(syllables(word) for word in words)
    return round(0.39 * len(words) / count + 11.8 * total / len(words) - 15.59, 1)


def _is_latin(words: list[str]) -> bool:
    return sum(1 for word in words if _LATIN.search(word)) * 2 >= len(words)


def _is_enough(words: list[str]) -> bool:
    latin = sum(1 for word in words if _LATIN.search(word))
    return latin >= ENOUGH_WORDS and latin * 2 >= len(words)


def reading_minutes(html: str) -> int:
    """Minutes to read the prose at 200 words a minute, rounded up, at least one."""
    return measure(html).minutes


def fits(level: str, value: float | None) -> bool:
    """Whether a grade lies in its level's range; "not enough text" lies in none."""
    lowest, highest = LEVEL_RANGES[level]
    return value is not None and lowest <= value <= highest
