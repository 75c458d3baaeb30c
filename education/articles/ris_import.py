"""Importing references: what a file of records would do, and doing it."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .models import Reference
from .ris import FIELDS, INITIALS, Record, RisError, records

# Letters that lose their stroke but not their base when they are folded.
_STROKES = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "œ": "oe", "ł": "l",
                          "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "ı": "i"})  # fmt: skip


@dataclass
class Row(Record):
    """One record, with what importing it would do."""

    NEW: ClassVar[str] = "new"
    CHANGED: ClassVar[str] = "changed"
    UNCHANGED: ClassVar[str] = "unchanged"
    WRONG: ClassVar[str] = "error"

    kind: str = ""
    reference: Reference | None = None
    # Name of the field, what is stored, what the file says.
    changes: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def action(self) -> str:
        return self.WRONG if self.problem else self.kind


def plan(text: str) -> list[Row]:
    """Each record with what importing it would do; nothing is written. Raises RisError."""
    rows = [Row(**vars(record)) for record in records(text)]
    stored = list(Reference.objects.all())
    by = {
        "doi": {one.doi.lower(): one for one in stored if one.doi},
        "pmid": {one.pmid: one for one in stored if one.pmid},
        "key": {one.key: one for one in stored},
    }
    taken = set(by["key"])
    seen: dict[tuple[str, Any], int] = {}
    for row in rows:
        if not row.problem:
            _match(row, by, taken)
        if not row.problem:
            _refuse_twice(row, seen)
        if not row.problem:
            _validate(row)
    return rows


def _match(row: Row, by: dict[str, dict[str, Reference]], taken: set[str]) -> None:
    doi, pmid = row.facts["doi"].lower(), row.facts["pmid"]
    found = by["doi"].get(doi) or by["pmid"].get(pmid)
    other = by["pmid"].get(pmid)
    if found and other and found != other:
        row.problem = _("Its DOI is that of “%(one)s”, its PMID that of “%(two)s”.") % {
            "one": found.key,
            "two": other.key,
        }
        return
    if found is None and (same_key := by["key"].get(row.key)):
        apart = (doi and same_key.doi) or (pmid and same_key.pmid)
        found = None if apart else same_key
    if found is None:
        row.kind = Row.NEW
        row.key = _new_key(row, taken)
        taken.add(row.key)
        row.reference = Reference(key=row.key, **row.facts)
        return
    row.key, row.reference, row.kind = found.key, found, Row.UNCHANGED
    for name in FIELDS:
        new, old = row.facts[name], getattr(found, name)
        # What the file is silent about stays.
        if new not in ("", None) and _compared(name, new) != _compared(name, old):
            label = _label(name)
            row.changes.append((label, str(old if old is not None else ""), str(new)))
            setattr(found, name, new)
            row.kind = Row.CHANGED


def _label(name: str) -> str:
    return str(getattr(Reference._meta.get_field(name), "verbose_name", name))


def _compared(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    value = " ".join(value.split())
    return value.lower() if name == "doi" else value.rstrip(". ")


def _refuse_twice(row: Row, seen: dict[tuple[str, Any], int]) -> None:
    marks = [("doi", row.facts["doi"].lower()), ("pmid", row.facts["pmid"]), ("key", row.key)]
    for mark in marks:
        if mark[1] and (number := seen.setdefault(mark, row.number)) != row.number:
            row.problem = _("This is the same publication as record %(number)d.") % {
                "number": number
            }
            return


def _validate(row: Row) -> None:
    assert row.reference is not None  # noqa: S101
    if row.action == Row.UNCHANGED:
        return
    if not row.reference.title:
        row.problem = _("The title is missing.")
        return
    try:
        row.reference.full_clean()
    except ValidationError as error:
        row.problem = "; ".join(
            " ".join(messages) if name == "__all__" else f"{_label(name)}: {' '.join(messages)}"
            for name, messages in error.message_dict.items()
        )


def _new_key(row: Row, taken: set[str]) -> str:
    """The record's own key where it has one that is free; else smith-2011, smith-2011b."""
    own = row.key
    if re.fullmatch(r"(?=[^a-zA-Z]*[a-zA-Z])[a-zA-Z0-9_-]{1,60}", own) and own not in taken:
        return own
    first = row.facts["authors"].split(",")[0]
    named = INITIALS.match(first)
    family = _folded(named[1] if named and named[2].isupper() else first)
    base = family or _folded(row.facts["title"])[:30].strip("-") or "reference"
    base = f"{base[:50].strip('-')}-{row.facts['year'] or 'undated'}"
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}{chr(96 + number)}" if number <= 26 else f"{base}-{number}"
    return key


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.translate(_STROKES))
    return slugify(text).replace("_", "-")


def apply(rows: list[Row], reason: str) -> tuple[int, int]:
    """Write a plan without problems: how many were added and how many changed.

    What is new or has changed is unchecked until somebody compares it with its source. Raises
    RisError, and writes nothing, where the plan has a problem.
    """
    if any(row.problem for row in rows):
        raise RisError(_("Nothing was imported, because a record is wrong."))
    added = changed = 0
    with transaction.atomic():
        for row in rows:
            reference = row.reference
            if reference is None or row.action == Row.UNCHANGED:
                continue
            added, changed = added + (row.action == Row.NEW), changed + (row.action == Row.CHANGED)
            reference.checked_on = reference.checked_by = None
            reference._change_reason = reason
            reference.save()
    return added, changed
