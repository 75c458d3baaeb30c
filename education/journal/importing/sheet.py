"""Reading a CSV file of nights: which columns it has, and its rows as they are written."""

import csv
import io
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.privacy.cells import unescaped
from education.journal import columns

LARGEST_FILE = 2 * 1024 * 1024
MOST_ROWS = 4000
MOST_COLUMNS = 200
LONGEST_HEADINGS = 20_000
DATE = "diary_date"

_DELIMITERS = ",;\t"
_KNOWN = {column.name for column in columns.NIGHTS}
_READ = {column.name for column in columns.NIGHTS if column.is_read}


@dataclass(frozen=True)
class Line:
    """One row as written, by column; `number` is the row in a spreadsheet, headings are row 1."""

    number: int
    cells: dict[str, str]
    error: str = ""


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, and the headings in it that mean nothing here."""

    lines: list[Line]
    unknown: list[str]
    # How dates such as 3/11/2026 are written in it; None where nothing tells.
    day_first: bool | None = None


def read(text: str) -> Sheet:
    """The rows of a text. Raises ValidationError where it can't be read as a whole."""
    delimiter = _delimiter(text.lstrip("\n").partition("\n")[0][:LONGEST_HEADINGS])
    rows, n = _rows(text, delimiter)
    if not rows:
        raise ValidationError(_("There are no rows in it. Choose a file or paste the rows."))
    headings = rows.pop(0)[1]
    if len(headings) > MOST_COLUMNS:
        raise ValidationError(_("These are too many columns for a diary."))
    names = [_plain(heading) for heading in headings]
    _refuse(names)
    if not rows:
        raise ValidationError(_("There are headings in it, and no nights below them."))
    if n > MOST_ROWS:
        raise ValidationError(
            _("These are %(n)s rows; %(most)s fit at a time. Divide the file in parts.")
            % {"n": f"{n:,}", "most": f"{MOST_ROWS:,}"}
        )
    lines = [_line(number, names, cells) for number, cells in rows]
    unknown = [name for name in names if name and name not in _KNOWN]
    return Sheet(lines, unknown, _day_first(lines))


def _delimiter(heading: str) -> str:
    """What divides the headings: the names of the columns tell."""
    return max(_DELIMITERS, key=lambda one: len(_READ & set(map(_plain, heading.split(one)))))


def _plain(heading: str) -> str:
    return re.sub(r"[\s\-]+", "_", unescaped(heading).strip(' "\ufeff')).casefold()


def _rows(text: str, delimiter: str) -> tuple[list[tuple[int, list[str]]], int]:
    """The headings and all rows that fit, with their numbers; and how many rows there are.

    Empty rows count for nothing, and those that are too many are only counted: a small file may
    hold a million of either.
    """
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    number, n = 0, -1
    try:
        for number, cells in enumerate(found, start=1):
            if not any(cell.strip(" \t") for cell in cells):
                continue
            n += 1
            if n <= MOST_ROWS:
                rows.append((number, [cell.strip(" \t") for cell in cells]))
    except csv.Error:
        raise ValidationError(
            _("Row %(number)d can’t be read. Is a quotation mark opened there and not closed?")
            % {"number": number + 1}
        ) from None
    return rows, n


def _refuse(names: list[str]) -> None:
    """Raise ValidationError for headings with which no row makes sense."""
    if DATE not in names:
        raise ValidationError(
            _("The first row has to name the columns, and one of them has to be diary_date. "
              "All names are at the end of this page.")
        )  # fmt: skip
    twice = sorted({name for name in names if name in _READ and names.count(name) > 1})
    if twice:
        raise ValidationError(_("The column %(name)s is there twice.") % {"name": twice[0]})


def _line(number: int, names: list[str], cells: list[str]) -> Line:
    said = {
        name: unescaped(text) for name, text in zip(names, cells, strict=False) if name in _READ
    }
    if any(cells[len(names) :]):
        error = _("This row has more cells than there are headings. Is a comma in a note, "
                  "without quotation marks around the note?")  # fmt: skip
        return Line(number, said, error)
    return Line(number, said)


# --- Dates --------------------------------------------------------------------------------------

_DATE = re.compile(r"(\d{1,4})\s*([-./])\s*(\d{1,2})\s*\2\s*(\d{1,4})\.?")


def _day_first(lines: list[Line]) -> bool | None:
    """Whether days stand before months, as one date of the file with a day past 12 tells."""
    for line in lines:
        found = _DATE.fullmatch(line.cells.get(DATE, ""))
        if not found or len(found[1]) > 2:
            continue
        if found[2] == ".":
            return True
        first, second = int(found[1]), int(found[3])
        if max(first, second) > 12:
            return first > second
    return None


def iso_date(written: str, day_first: bool | None) -> str:
    """A date as year-month-day; unchanged where it can't be told what is meant.

    Raises ValidationError where it may mean two dates.
    """
    found = _DATE.fullmatch(written)
    if not found:
        return written
    one, two, three = found[1], found[3], found[4]
    if len(one) == 4 and len(three) <= 2:
        return f"{one}-{two:0>2}-{three:0>2}"
    if len(three) != 4 or len(one) > 2:
        return written
    if day_first is None and one != two:
        raise ValidationError(
            _("%(date)s may be two dates. Write the year first, as in %(iso)s.")
            % {"date": written, "iso": f"{three}-{two:0>2}-{one:0>2}"}
        )
    day, month = (one, two) if day_first else (two, one)
    return f"{three}-{month:0>2}-{day:0>2}"
