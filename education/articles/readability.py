"""How hard a text is to read, and how long it takes.

The grade is the Flesch-Kincaid grade level: Kincaid JP, Fishburne RP, Rogers RL, Chissom BS.
Derivation of new readability formulas for Navy enlisted personnel. Research Branch Report 8-75.
Naval Technical Training Command; 1975. Syllables are those of pyphen's American English.

Only prose counts: paragraphs and list items, without headings, tables, captions, pull quotes,
figures and citation marks. Pure: no database.
"""

import math
import re
from functools import cache

import pyphen
from lxml import html as lxml_html
from lxml.etree import ParserError

WORDS_PER_MINUTE = 200
ENOUGH_WORDS = 100

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
_MARK = re.compile(r"(?<!\s)\s*\[\s*@[^\]]*\]|\{figure:[^}]*\}")
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
        if _ABBREVIATED.search(text[at : end.start()]):
            continue
        parts.append(text[at : end.end()].strip())
        at = end.end()
    parts.append(text[at:].strip())
    return [part for part in parts if _WORD.search(part)]


@cache
def syllables(word: str) -> int:
    """Syllables of a word, at least one; the parts of a hyphenated word are added up."""
    parts = re.split(r"[^\w]+", word.lower().replace("’", "").replace("'", ""))
    return sum(len(_SYLLABLES.positions(part)) + 1 for part in parts if part) or 1


def grade(html: str) -> float | None:
    """The Flesch-Kincaid grade of stored rich text, to one decimal.

    None means "not enough text": fewer than 100 words, or words that are mostly not in the
    Latin alphabet, of which the formula knows nothing.
    """
    words: list[str] = []
    count = 0
    for block in prose(html):
        for sentence in sentences(block):
            count += 1
            words += _WORD.findall(sentence)
    latin = sum(1 for word in words if _LATIN.search(word))
    if latin < ENOUGH_WORDS or latin * 2 < len(words):
        return None
    total = sum(syllables(word) for word in words)
    return round(0.39 * len(words) / count + 11.8 * total / len(words) - 15.59, 1)


def reading_minutes(html: str) -> int:
    """Minutes to read the prose at 200 words a minute, rounded up, at least one."""
    words = sum(len(_WORD.findall(block)) for block in prose(html))
    return max(1, math.ceil(words / WORDS_PER_MINUTE))


def fits(level: str, value: float | None) -> bool:
    """Whether a grade lies in its level's range; "not enough text" lies in none."""
    lowest, highest = LEVEL_RANGES[level]
    return value is not None and lowest <= value <= highest
