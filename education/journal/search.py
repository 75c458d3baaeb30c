"""Finding one's own words again.

What is written is sealed, so the database can't look into it: everything is opened here, newest
first, until a page is full. Case and accents don't matter. Nothing of what is read is remembered.
"""

import re
import unicodedata
import uuid
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from heapq import merge
from typing import Any, Literal, NamedTuple

from django.db.models import Q
from django.urls import reverse

from accounts.sealed import Unreadable
from education.journal.converters import parse_diary_date
from education.journal.models import Night, Reflection

PAGE_SIZE = 20
MOST_WORDS = 10
LONGEST_SEARCH = 200
CHUNK = 500
# Characters shown on either side of a hit, and about so many of one text.
AROUND = 90
MOST_SHOWN = 420

_MARKS_AROUND_WORDS = ".,;:!?…()[]{}\"'«»“”„‘’"
# Letters without a separable accent that are typed without it all the same; quotes as phones
# write them; what can't be seen.
_PLAIN = {
    "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i",
    "’": "'", "‘": "'", "ʼ": "'",
    "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "",
}  # fmt: skip
# The rest of a Latin text need not be looked at one by one: accents begin at U+0300.
_MAY_BE_TYPED_OTHERWISE = re.compile("[\u00adæðøđıłœʼ\u0300-\U0010ffff]+")


class Part(NamedTuple):
    """A piece of a text: what was looked for, or what stands around it."""

    text: str
    is_hit: bool


@dataclass(frozen=True)
class Hit:
    """An entry that holds every word: what of it, with the words marked."""

    date: date
    kind: Literal["night", "reflection"]
    url: str
    prompt: list[Part]
    text: list[Part]
    medicine: list[Part]


class Place(NamedTuple):
    """Where a page begins: on this date, after so many hits of it."""

    date: date
    passed: int

    def __str__(self) -> str:
        return f"{self.date.isoformat()}.{self.passed}"

    @classmethod
    def parse(cls, value: str) -> "Place | None":
        """The place that was written so; None for anything else."""
        day, _dot, passed = value.partition(".")
        if not (passed.isascii() and passed.isdigit() and len(passed) < 6):
            return None
        try:
            return cls(parse_diary_date(day), int(passed))
        except ValueError:
            return None


@dataclass
class Found:
    """A page of hits, newest first, and where the next one begins."""

    hits: list[Hit]
    older: Place | None
    # Whether there were words on the way that no key opens.
    some_unreadable: bool


class _Entry(NamedTuple):
    """One entry's words, as they are needed to look into them."""

    date: date
    reflection: uuid.UUID | None
    prompt: str
    text: str
    medicine: str


def words_in(query: str) -> list[str]:
    """The words to look for, as they are compared; none of them twice."""
    found = {}
    for word in query[:LONGEST_SEARCH].split():
        plain = folded(word.strip(_MARKS_AROUND_WORDS) or word)
        if plain.strip():
            found[plain] = True
    return list(found)[:MOST_WORDS]


def find(patient: Any, words: list[str], place: Place | None = None) -> Found:
    """The patient's entries that hold all of these words, from a place on. Two queries."""
    found = Found([], None, False)
    day, on_day = None, 0
    with closing(_entries(patient, place.date if place else None)) as entries:
        for entry in entries:
            found.some_unreadable |= isinstance(entry.text, Unreadable) or isinstance(
                entry.medicine, Unreadable
            )
            if not _holds(entry, words):
                continue
            on_day = on_day + 1 if entry.date == day else 1
            day = entry.date
            if place and day == place.date and on_day <= place.passed:
                continue
            if len(found.hits) == PAGE_SIZE:
                last = found.hits[-1].date
                before = sum(hit.date == last for hit in found.hits)
                if place and place.date == last:
                    before += place.passed
                found.older = Place(last, before)
                break
            found.hits.append(_hit(entry, words))
    return found


def _entries(patient: Any, newest: date | None) -> Generator[_Entry]:
    """Every entry with words, newest first; on one date the night, then its reflections."""
    with (
        closing(_nights(patient, newest)) as nights,
        closing(_reflections(patient, newest)) as reflections,
    ):
        yield from merge(nights, reflections, key=lambda entry: entry.date, reverse=True)


def _nights(patient: Any, newest: date | None) -> Generator[_Entry]:
    rows = Night.objects.visible_to(patient).filter(~Q(note="") | ~Q(medicine=""))
    if newest:
        rows = rows.filter(diary_date__lte=newest)
    values = rows.order_by("-diary_date").values_list("diary_date", "note", "medicine")
    for day, note, medicine in values.iterator(CHUNK):
        yield _Entry(day, None, "", note, medicine)


def _reflections(patient: Any, newest: date | None) -> Generator[_Entry]:
    rows = Reflection.objects.visible_to(patient)
    if newest:
        rows = rows.filter(on__lte=newest)
    values = rows.order_by("-on", "-pk").values_list("on", "public_id", "prompt_text", "text")
    for day, public_id, prompt, text in values.iterator(CHUNK):
        yield _Entry(day, public_id, prompt, text, "")


def _holds(entry: _Entry, words: list[str]) -> bool:
    texts = [folded(text) for text in (entry.prompt, entry.text, entry.medicine) if _is_open(text)]
    return all(any(word in text for text in texts) for word in words)


def _is_open(text: str) -> bool:
    return bool(text) and not isinstance(text, Unreadable)


# --- Comparing and marking --------------------------------------------------------------------


def folded(text: str) -> str:
    """A text as it is compared: without case, accents and the kinds of quotation marks."""
    if text.isascii():
        return text.lower()
    return _MAY_BE_TYPED_OTHERWISE.sub(_as_typed, unicodedata.normalize("NFKD", text).casefold())


def _as_typed(letters: re.Match[str]) -> str:
    plain = (_PLAIN.get(char, char) for char in letters[0])
    return "".join(char for char in plain if not unicodedata.combining(char[:1] or " "))


# One character at a time comes to the same as the whole text, and says where everything was.
_folded_character = lru_cache(maxsize=4096)(folded)


def _hit(entry: _Entry, words: list[str]) -> Hit:
    prompt, text, medicine = (
        marked(one, words) if _is_open(one) else []
        for one in (entry.prompt, entry.text, entry.medicine)
    )
    if entry.reflection:
        url = reverse("journal:reflection", args=[entry.reflection])
        return Hit(entry.date, "reflection", url, prompt, text, medicine)
    url = reverse("journal:night", args=[entry.date])
    return Hit(entry.date, "night", url, prompt, text, medicine)


def marked(text: str, words: list[str]) -> list[Part]:
    """The text, or stretches of a long one, with the words marked in it."""
    spans = _spans(text, words)
    parts: list[Part] = []
    for start, end in _stretches(text, spans):
        if start:
            parts.append(Part("… ", False))
        at = start
        for first, last in spans:
            if start <= first and last <= end:
                parts += [Part(text[at:first], False), Part(text[first:last], True)]
                at = last
        parts.append(Part(text[at:end], False))
        if end < len(text):
            parts.append(Part(" …", False))
    return [part for part in parts if part.text]


def _spans(text: str, words: list[str]) -> list[tuple[int, int]]:
    """Where in the text the words stand: starts and ends, in order, none over another."""
    plain, places = [], []
    for at, char in enumerate(text):
        for one in _folded_character(char):
            plain.append(one)
            places.append(at)
    whole = "".join(plain)
    spans = []
    for word in words:
        at = whole.find(word)
        while at >= 0:
            end = at + len(word)
            spans.append((places[at], places[end - 1] + 1))
            at = whole.find(word, end)
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _stretches(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What to show of a text: all of a short one, else what stands around the first hits."""
    if len(text) <= MOST_SHOWN:
        return [(0, len(text))]
    if not spans:
        return [(0, _at_a_space(text, 2 * AROUND, forward=True))]
    found: list[tuple[int, int]] = []
    for first, last in spans:
        start = _at_a_space(text, first - AROUND, forward=False)
        end = _at_a_space(text, last + AROUND, forward=True)
        joins = found and start <= found[-1][1]
        longer = [*found[:-1], (found[-1][0], end)] if joins else [*found, (start, end)]
        if found and sum(map(_length, longer)) > MOST_SHOWN:
            break
        found = longer
    return found


def _length(stretch: tuple[int, int]) -> int:
    return stretch[1] - stretch[0]


def _at_a_space(text: str, at: int, *, forward: bool) -> int:
    """The nearest place within reach that cuts no word."""
    if at <= 0 or at >= len(text):
        return min(max(at, 0), len(text))
    if forward:
        space = text.find(" ", at, at + AROUND // 2)
        return space if space >= 0 else at
    space = text.rfind(" ", max(0, at - AROUND // 2), at)
    return space + 1 if space >= 0 else at
