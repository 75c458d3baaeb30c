"""What a patient has approved to be seen at a visit: exactly what stood on the page, no more.

Kept is not what was seen but which things, and a fingerprint of each as it was. A thing that has
changed since, or is not shared any more, is not what was approved, and nobody is shown it. The
list lies sealed in the visit, since fingerprints of short words could be guessed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from accounts.sealed import Unreadable
from education.care.models import Question
from education.journal.models import Night, Reflection
from education.journal.models.night import NUMBERS

# By id (of nights: the diary date), what it looked like; in the order in which it stood there.
Prints = dict[str, str]


def _print(*said: Any) -> str:
    text = json.dumps(said, ensure_ascii=False, default=str)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def print_of_question(one: Question) -> str:
    """The fingerprint of a question with where it comes from."""
    return _print(one.text, one.edition_id, one.section_id, one.term_id)


def print_of_night(one: Night) -> str:
    """The fingerprint of a night's numbers; its words are on no visit page."""
    moments = [getattr(one, name) for name in NUMBERS]
    # In UTC, whatever zone a row came in.
    said = [at.timestamp() if hasattr(at, "timestamp") else at for at in moments]
    return _print(one.diary_date.isoformat(), one.zone, *said)


def print_of_reflection(one: Reflection) -> str:
    """The fingerprint of a reflection with what it answers."""
    return _print(one.text, one.on.isoformat(), one.prompt_text, one.edition_id)


@dataclass(frozen=True)
class Approved:
    """What was on the page: its last night's date, and the things in their order."""

    until: date
    questions: Prints = field(default_factory=dict)
    nights: Prints = field(default_factory=dict)
    reflections: Prints = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        until: date,
        questions: Iterable[Question],
        nights: Iterable[Night],
        reflections: Iterable[Reflection],
    ) -> Self:
        """The things as they are now."""
        return cls(
            until,
            {str(one.public_id): print_of_question(one) for one in questions},
            {one.diary_date.isoformat(): print_of_night(one) for one in nights},
            {str(one.public_id): print_of_reflection(one) for one in reflections},
        )

    @classmethod
    def read(cls, stored: str) -> Self | None:
        """From a visit; None where nothing is approved, or its key is missing."""
        if not stored or isinstance(stored, Unreadable):
            return None
        said = json.loads(stored)
        return cls(date.fromisoformat(said.pop("until")), **said)

    def write(self) -> str:
        """For a visit, where it is sealed."""
        return json.dumps(
            {
                "until": self.until.isoformat(),
                "questions": self.questions,
                "nights": self.nights,
                "reflections": self.reflections,
            }
        )

    @property
    def fingerprint(self) -> str:
        """Of all of it: what a form carries along to say which page it was on."""
        return _print(self.write())

    def keep_questions(self, rows: Iterable[Question]) -> list[Question]:
        """Those of the questions that are as they were, in the order of then."""
        same = {
            str(one.public_id): one
            for one in rows
            if self.questions.get(str(one.public_id)) == print_of_question(one)
        }
        return [same[key] for key in self.questions if key in same]

    def keep_nights(self, rows: Iterable[Night]) -> list[Night]:
        """Those of the nights whose numbers are as they were."""
        return [
            one
            for one in rows
            if self.nights.get(one.diary_date.isoformat()) == print_of_night(one)
        ]

    def keep_reflections(self, rows: Iterable[Reflection]) -> list[Reflection]:
        """Those of the reflections that are as they were."""
        return [
            one
            for one in rows
            if self.reflections.get(str(one.public_id)) == print_of_reflection(one)
        ]
