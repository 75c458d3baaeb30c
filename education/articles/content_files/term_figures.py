"""The figures of the glossary's terms, which stand beside its CSV file."""

import csv
import io
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction

from education.glossary.models import Term
from education.glossary.spreadsheet import unescaped

from .errors import ContentFileError
from .files import text_of
from .pictures import picture_of

FOLDER = "glossary-figures"
COLUMNS = ("figure", "figure_alt")


def load_term_figures(path: Path) -> list[str]:
    """Give the terms of a glossary file their figures, all or nothing; the names of those that
    changed. A file without the columns `figure` and `figure_alt` changes nothing. Raises
    ContentFileError."""
    changed = []
    rows = csv.DictReader(io.StringIO(text_of(path)))
    with transaction.atomic():
        for cells in rows:
            row = {key: unescaped(cell) for key, cell in cells.items() if isinstance(cell, str)}
            if name := (row.get("figure") or "").strip():
                line = rows.line_num
                term = Term.objects.filter(name=" ".join((row.get("term") or "").split())).first()
                alt = " ".join((row.get("figure_alt") or "").split())
                if term is None or not alt:
                    reason = "a figure needs its term and an alternative text (figure_alt)"
                    raise ContentFileError(path, line, reason)
                if Path(name).name != name or name.endswith(".svg"):
                    raise ContentFileError(path, line, f"“{name}” is no picture of {FOLDER}")
                if _give(term, path, line, name, alt):
                    changed.append(term.name)
    return changed


def _give(term: Term, path: Path, line: int, name: str, alt: str) -> bool:
    picture = picture_of(path.parent / FOLDER / name)
    if (term.figure.name, term.figure_alt) == (picture.name, alt):
        return False
    term.figure, term.figure_alt = picture.name, alt
    term.figure_width, term.figure_height = picture.width, picture.height
    try:
        term.full_clean()
    except ValidationError as error:
        raise ContentFileError(path, line, "; ".join(error.messages)) from error
    picture.store()
    term.save()
    return True
