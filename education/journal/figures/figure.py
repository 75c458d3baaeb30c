"""A figure as it is shown, and what is the same for all figures of its kind."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext

from education.journal.models import Night

from .sources import Source

_NAMES = {one.name: one.verbose_name for one in Night._meta.fields}


@dataclass(frozen=True)
class Figure:
    """One number of the diary, in words, with everything that went into it.

    Every figure can be opened to its formula, what went in and what is missing.
    """

    code: str
    name: str
    # Words; empty when it is not known.
    value: str = ""
    # What it rests on: "average of 11 of 14 nights".
    basis: str = ""
    # How much it differs from night to night: "varies by 42 min".
    spread: str = ""
    formula: str = ""
    spread_formula: str = ""
    # The formula with the numbers filled in, where that fits on a line.
    working: str = ""
    inputs: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    # A short citation.
    source: str = ""
    # The heading that it belongs under.
    group: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True)
class Kind:
    """What all figures of one kind have in common, whichever nights they are of."""

    code: str
    name: str | Promise
    group: str | Promise
    formula: str | Promise
    source: Source
    # Names of the answers without which it is unknown.
    needs: tuple[str, ...]
    # What it can't tell, for the page that explains it.
    limits: str | Promise = ""

    @property
    def needed(self) -> list[str]:
        """The questions whose answers it needs, in words."""
        return [question_words(name) for name in self.needs]

    def figure(self, formula: str = "", **rest: Any) -> Figure:
        """A figure of this kind. The formula may say more than that of one night."""
        rest.setdefault("source", self.source.short)
        return Figure(
            code=self.code,
            name=str(self.name),
            group=str(self.group),
            formula=formula or str(self.formula),
            **rest,
        )

    def unanswered(self, night: Night) -> list[str]:
        """Names of the answers that this figure needs and the night does not have."""
        return [name for name in self.needs if _is_unanswered(night, name)]


def _is_unanswered(night: Night, name: str) -> bool:
    if name == "minutes_awake":
        # Who writes that there were no awakenings has answered the minutes too.
        return night.measures.awake_in_the_night is None
    return getattr(night, name) is None


def question_words(name: str) -> str:
    """The name of an answer of the diary: "Woke for good"."""
    return str(capfirst(_NAMES[name]))


def contradiction_words() -> str:
    return gettext("The answers do not fit together")


def joined(parts: Iterable[str]) -> str:
    """Sentences one after the other."""
    return " ".join(part for part in parts if part)
