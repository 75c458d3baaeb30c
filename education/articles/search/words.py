"""From a text to the words under which it is found: without case, accents and endings. Pure."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

# Raise it when words come out differently: whatever is indexed is then indexed anew.
VERSION = 1
# Characters for private use can't be part of a word. Between a text and its abbreviations, and
# between sections, so that no phrase reaches from one into the next:
GAP, SECTION = "\ue001", "\ue002"
_CAPITAL = "\ue000"
LONGEST = 64

_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200c\u200d\u2060"
_WORD = re.compile(rf"[\w{_MARKS}]+(?:['’ʼ][\w{_MARKS}]+)*")
_POSSESSIVE = re.compile(r"['’ʼ]s$", re.IGNORECASE)
# Letters that carry no separable accent and are still typed without it.
_PLAIN = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"})
_ENGLISH = re.compile(r"[a-z]{3,}")
# A stemmer keeps the word it works on: one for each thread.
_per_thread = threading.local()


class Token(NamedTuple):
    """A word of a text: as it is found, as an abbreviation if it looks like one, and its place."""

    word: str
    exact: str
    start: int
    end: int


@lru_cache(maxsize=50_000)
def fold(raw: str) -> str:
    """A word without case, accents and apostrophes; empty for what is no word."""
    raw = _POSSESSIVE.sub("", raw)
    if raw.isascii():
        text = raw.lower()
    else:
        text = unicodedata.normalize("NFKD", raw).casefold().translate(_PLAIN)
        text = "".join(char for char in text if not unicodedata.combining(char))
        text = unicodedata.normalize("NFC", text)
    return "".join(char for char in text if char.isalnum())[:LONGEST]


@lru_cache(maxsize=50_000)
def exact(raw: str) -> str:
    """A form that keeps the case of an abbreviation (StAR, CAR, E2, T); empty for other words."""
    text = unicodedata.normalize("NFKC", _POSSESSIVE.sub("", raw))[:LONGEST]
    capitals = sum(char.isupper() for char in text)
    is_abbreviation = (
        any(char.isupper() for char in text[1:])
        or (capitals and any(char.isdigit() for char in text))
        or (len(text) == 1 and capitals and text not in "AI")
    )
    if not is_abbreviation:
        return ""
    kept = (char for char in text if char.isalnum())
    return "".join(_CAPITAL + char.lower() if char.isupper() else char for char in kept)


def stem(word: str) -> str:
    """An English word without its endings (Porter's second algorithm); any other as it is."""
    if not _ENGLISH.fullmatch(word):
        return word
    if not hasattr(_per_thread, "stemmer"):
        _per_thread.stemmer = snowballstemmer.stemmer("english")
    return _per_thread.stemmer.stemWord(word)


@lru_cache(maxsize=50_000)
def word_of(raw: str) -> str:
    """The form under which a written word is found."""
    return stem(fold(raw))


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order."""
    for match in _WORD.finditer(text):
        # Cut before it is remembered: a text may be one word of a megabyte.
        raw = match[0][: 2 * LONGEST]
        if word := word_of(raw):
            yield Token(word, exact(raw), match.start(), match.end())


def indexed(text: str) -> str:
    """What the index keeps of a text: its words, then its abbreviations."""
    found = list(tokens(text))
    shown = " ".join(token.word for token in found)
    abbreviations = " ".join(sorted({token.exact for token in found if token.exact}))
    return f"{shown} {GAP} {abbreviations}" if abbreviations else shown
