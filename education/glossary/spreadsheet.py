"""Tables from CSV and XLSX files, whoever made them, and cells that are safe to open."""

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 50
# An XLSX file is packed: what it may become when it is opened, and of how many parts.
MAX_UNPACKED = 60 * 1024 * 1024
MAX_PARTS = 500

_FORMULA = re.compile(r"'*\s*[=+\-@\t\r|%]")


def escaped(text: str) -> str:
    """A text that a spreadsheet shows as it is instead of computing it."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text that was `escaped`; any other as it is."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


class TableError(Exception):
    """A file that can't be read as a table, in words for an editor."""

    def __init__(self, reason: str, row: int = 1) -> None:
        self.row = row
        super().__init__(reason)


@dataclass
class Table:
    """A header, and rows with their numbers as a spreadsheet shows them; blank rows are left
    out. `problems` are rows that could not be read."""

    header: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.problems)

    def add(self, number: int, cells: list[str]) -> None:
        if not any(cell.strip() for cell in cells):
            return
        if len(self.rows) >= MAX_ROWS:
            raise TableError(_("the file has more than %(max)d rows") % {"max": MAX_ROWS}, number)
        self.rows.append((number, [unescaped(cell) for cell in cells]))


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise TableError(_("the file is larger than %(max)d MB") % {"max": MAX_BYTES // 2**20})


def _check_header(header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise TableError(_("the file has more than %(max)d columns") % {"max": MAX_COLUMNS})
    names = [name.strip().casefold() for name in header if name.strip()]
    if len(set(names)) < len(names):
        raise TableError(_("two columns have the same name"))


# --- CSV ------------------------------------------------------------------------------------


def from_csv(data: bytes) -> Table:
    """A table from CSV: with or without byte order mark, with any line ends, its cells parted
    by comma, semicolon (as European spreadsheets do) or tab. Raises TableError."""
    _check_size(data)
    text = _decoded(data)
    if "\0" in text:
        raise TableError(_("the file holds binary data"))
    if not text.strip():
        raise TableError(_("the file is empty"))
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    table: Table | None = None
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if table is None:
                _check_header(cells)
                table = Table(cells)
            else:
                table.add(number, cells)
    except csv.Error as error:
        if table is None:
            raise TableError(str(error)) from None
        table.problems.append((number + 1, str(error)))
    if table is None:
        raise TableError(_("the file is empty"))
    return table


def _decoded(data: bytes) -> str:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        reason = _("the file is not UTF-8; in Excel, save it as “CSV UTF-8”")
        raise TableError(reason) from None


# --- XLSX -----------------------------------------------------------------------------------


def is_xlsx(data: bytes) -> bool:
    """Whether this begins like a packed workbook."""
    return data.startswith(b"PK")


def from_xlsx(data: bytes) -> Table:
    """A table from the first sheet of a workbook. Raises TableError."""
    import openpyxl

    _check_size(data)
    try:
        _check_parts(data)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        if not book.worksheets:
            raise TableError(_("the workbook has no sheet"))
        # Some programs write a wrong size of the sheet; then all rows would be cut.
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return _from_sheet(sheet)
    except TableError:
        raise
    except Exception as error:  # Hostile bytes make the reader raise nearly anything.
        raise TableError(_("the file is not a sound XLSX workbook")) from error


def _check_parts(data: bytes) -> None:
    """Refuse what would fill the memory when it is opened."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        too_much = sum(part.file_size for part in parts) > MAX_UNPACKED
        if too_much or len(parts) > MAX_PARTS:
            raise TableError(_("the workbook is too large when it is unpacked"))
        for part in parts:
            with archive.open(part) as content:
                # No workbook declares a document type; who makes entities of it does.
                if b"<!DOCTYPE" in content.read(4096):
                    raise TableError(_("the file is not a sound XLSX workbook"))


def _from_sheet(sheet: Any) -> Table:
    table: Table | None = None
    # Blank rows count as rows of the sheet, so the number of all that are looked at is bounded.
    limits = {"max_row": MAX_ROWS + 2, "max_col": MAX_COLUMNS + 1}
    for number, values in enumerate(sheet.iter_rows(values_only=True, **limits), start=1):
        cells = [_as_text(value) for value in values]
        if table is None:
            while cells and not cells[-1].strip():
                cells.pop()
            _check_header(cells)
            table = Table(cells)
            continue
        width = len(table.header)
        # A sheet leaves out empty cells at the end, or shows more of them than the header has.
        cells += [""] * (width - len(cells))
        if not any(cell.strip() for cell in cells[width:]):
            del cells[width:]
        table.add(number, cells)
    if table is None or not table.header:
        raise TableError(_("the file is empty"))
    return table


def _as_text(value: Any) -> str:
    """A cell's value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
