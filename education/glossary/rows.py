"""The rows of a glossary file, and what is wrong with them in themselves."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .models import folded
from .spreadsheet import Table

COLUMNS = ("term", "aliases", "plain_definition", "technical_definition", "source_note")
# Where a file lacks one of these, what is stored stays.
OPTIONAL = ("see_also", "slug", "match_case")

Problem = tuple[int, str]


@dataclass
class Row:
    """One row of a glossary file. What is None stands in no column of the file."""

    number: int
    name: str
    aliases: list[str]
    plain: str
    technical: str
    source: str
    see_also: list[str] | None = None
    slug: str | None = None
    # Of name and aliases those that match their case only; None leaves it to the rule for
    # abbreviations.
    match_case: list[str] | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Name and aliases by the form in which they are compared."""
        return {folded(text): text for text in (*self.aliases, self.name)}


def read_rows(table: Table) -> tuple[list[Row], list[Problem]]:
    """The rows of a table, and everything that is wrong with them in themselves."""
    header = [cell.strip().casefold() for cell in table.header]
    if missing := [name for name in COLUMNS if name not in header]:
        reason = _("the columns %(names)s are missing") % {"names": ", ".join(missing)}
        return [], [(1, reason)]
    problems: list[Problem] = [*table.problems]
    rows = []
    for number, cells in table.rows:
        if len(cells) != len(header):
            reason = _("%(cells)d cells where the header has %(header)d") % {
                "cells": len(cells),
                "header": len(header),
            }
            problems.append((number, reason))
            continue
        rows.append(_row(number, dict(zip(header, cells, strict=True))))
    return rows, problems + _clashes(rows)


def _row(number: int, cells: dict[str, str]) -> Row:
    slug = cells.get("slug")
    return Row(
        number=number,
        name=" ".join(cells["term"].split()),
        aliases=_texts(cells["aliases"]),
        plain=as_stored(cells["plain_definition"]),
        technical=as_stored(cells["technical_definition"]),
        source=as_stored(cells["source_note"]),
        see_also=_texts(cells["see_also"]) if "see_also" in cells else None,
        slug=slug.strip() if slug is not None else None,
        match_case=_texts(cells["match_case"]) if "match_case" in cells else None,
    )


def as_stored(cell: str) -> str:
    """Line ends as the admin's form stores them, so that a file that has been there and back
    changes nothing."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").strip()


def _texts(cell: str) -> list[str]:
    return [text for part in cell.split("|") if (text := " ".join(part.split()))]


def _clashes(rows: list[Row]) -> list[Problem]:
    """Rows without a term, and texts that stand for two terms or twice for one."""
    problems = []
    seen: dict[str, Row] = {}
    for row in rows:
        if not row.name:
            problems.append((row.number, _("the term is empty")))
            continue
        for text in (row.name, *row.aliases):
            other = seen.setdefault(folded(text), row)
            if other is not row:
                reason = _("“%(text)s” stands in row %(other)d already")
                problems.append((row.number, reason % {"text": text, "other": other.number}))
        for text in row.match_case or ():
            if folded(text) not in row.labels:
                reason = _("match case: “%(text)s” is neither the term nor an alias")
                problems.append((row.number, reason % {"text": text}))
        if len(row.labels) < 1 + len(row.aliases):
            problems.append((row.number, _("an alias repeats the term or another alias")))
    return problems
