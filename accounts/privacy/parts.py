"""What each app holds of a patient, how it is told, and how it is erased.

Every app adds its Part when it is ready, as with the writers of mails: pages and commands of
`accounts` then speak of journal and reading without knowing them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Protocol, Self

from django.db.models import QuerySet
from django.utils.functional import Promise

from accounts.models import User

Words = str | Promise

# How many rows are read at once for the files of one person.
CHUNK = 300


class Told(Protocol):
    """A column of the files; the journal has its own, with units."""

    @property
    def name(self) -> str: ...
    @property
    def meaning(self) -> Words: ...
    @property
    def value(self) -> Callable[[Any], Any]: ...


@dataclass(frozen=True)
class Column:
    """One thing that is said of each row; `value` gives text, a number, a moment, yes or no."""

    name: str
    meaning: Words
    value: Callable[[Any], Any]

    @classmethod
    def of(cls, name: str, meaning: Words) -> Self:
        """What the row's own field of this name holds."""
        return cls(name, meaning, attrgetter(name))

    @classmethod
    def who(cls, name: str, meaning: Words) -> Self:
        """The name of the person whom this field holds, if anybody."""

        def value(row: Any) -> str | None:
            person = getattr(row, name)
            return person.name if person else None

        return cls(name, meaning, value)


@dataclass(frozen=True)
class Table:
    """One kind of thing in the download: a page, a CSV file, and a list in the JSON file."""

    # In names of files.
    name: str
    title: Words
    about: Words
    columns: Sequence[Told]
    # The oldest first, in an iterator that does not hold them all.
    rows: Callable[[User], Iterable[Any]]
    # What the page says, where a person reads it in another way than a program.
    page: Sequence[Told] = ()


@dataclass(frozen=True)
class Part:
    """What one app holds of a patient."""

    # Where it stands among the others.
    order: int
    tables: Sequence[Table]
    # Erases all of it, in the caller's transaction; twice is as good as once.
    erase: Callable[[User], None]
    # What would be erased, in words: "12 nights".
    holds: Callable[[User], list[str]]


@dataclass(frozen=True)
class Expiry:
    """Something that is kept for a time only."""

    name: str
    # What may go by this moment.
    rows: Callable[[datetime], QuerySet]
    # What is done with each, where it is not erased; afterwards it is none of these rows any more.
    end: Callable[[Any], Any] | None = None


PARTS: list[Part] = []
EXPIRIES: list[Expiry] = []


def parts() -> list[Part]:
    """All parts, in their order."""
    return sorted(PARTS, key=lambda part: part.order)


def tables() -> list[Table]:
    """All tables, in the order of their parts."""
    return [table for part in parts() for table in part.tables]
