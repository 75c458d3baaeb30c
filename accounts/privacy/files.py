"""Everything about a patient in one ZIP file: pages to read, tables and one file for programs.

It is made while it is sent, oldest entry first, and never stands in memory or on the disk: ten
years need no more than a month. Each table is fetched once for each kind of file.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from accounts.models import ClinicProfile, User

from .cells import cell
from .parts import Table, Told, tables

# Raised when a name or its meaning changes.
VERSION = 1
CHUNK = 200
# Wider tables are shown entry by entry.
MOST_COLUMNS = 5
# Without this mark spreadsheets take UTF-8 for the alphabet of the machine.
BYTE_ORDER_MARK = "\ufeff"
TEMPLATES = "accounts/privacy/download"
INDEX = "index.html"
# Where the entries stand in a page; nobody's words are ever so, because words are escaped.
_ROWS = mark_safe("<!-- entries -->")


class _Outlet(io.RawIOBase):
    """Where the ZIP file is written to: what has come can be taken, and is gone."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def everything(person: User) -> Iterator[bytes]:
    """The ZIP file, piece by piece, in the person's language and time zone."""
    known = translation.check_for_language(person.language)
    language = person.language if known else settings.LANGUAGE_CODE
    outlet = _Outlet()
    steps = _write(person, outlet)
    more = True
    while more:
        # Between two pieces the thread is the server's, and speaks its language.
        with translation.override(language), timezone.override(person.zone):
            more = next(steps, False)
        if piece := outlet.take():
            yield piece


def _write(person: User, outlet: _Outlet) -> Iterator[bool]:
    """Write the files one after the other, and stop after each chunk."""
    now = timezone.localtime().timetuple()[:6]
    with zipfile.ZipFile(outlet, "w") as archive:
        for name, chunks in _files(person):
            entry = zipfile.ZipInfo(name, date_time=now)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Readable by its owner alone where it is unpacked.
            entry.external_attr = 0o600 << 16
            with archive.open(entry, "w") as file:
                for chunk in chunks:
                    file.write(chunk.encode())
                    yield True


def _files(person: User) -> Iterator[tuple[str, Iterable[str]]]:
    """Names and contents of all files; what leads to them comes last, when all is counted."""
    about = {"person": person, "clinic": ClinicProfile.current(), "at": timezone.now()}
    counts: dict[str, int] = {}
    for table in tables():
        yield _page_name(table), _page(table, person, about, counts)
    for table in tables():
        yield _csv_name(table), _csv(table, person)
    yield "everything.json", _json(person)
    about["listed"] = [
        (table, counts[table.name], _page_name(table), _csv_name(table)) for table in tables()
    ]
    for name in (INDEX, "README.txt"):
        yield name, [render_to_string(f"{TEMPLATES}/{name}", about)]


def _page_name(table: Table) -> str:
    return f"pages/{table.name}.html"


def _csv_name(table: Table) -> str:
    return f"tables/{table.name}.csv"


def _in_chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


# --- To read ----------------------------------------------------------------------------------


def _page(
    table: Table, person: User, about: dict[str, Any], counts: dict[str, int]
) -> Iterator[str]:
    columns = table.page or table.columns
    as_table = len(columns) <= MOST_COLUMNS
    context = {
        **about,
        "table": table,
        "columns": columns,
        "as_table": as_table,
        "home": f"../{INDEX}",
        "rows": _ROWS,
    }
    before, after = render_to_string(f"{TEMPLATES}/page.html", context).split(_ROWS)
    yield before
    n = 0
    for chunk in _in_chunks(table.rows(person)):
        n += len(chunk)
        rows = [_cells(columns, row, keep_empty=as_table) for row in chunk]
        yield render_to_string(f"{TEMPLATES}/rows.html", {"rows": rows, "as_table": as_table})
    if not n:
        yield render_to_string(f"{TEMPLATES}/rows.html", context | {"rows": []})
    counts[table.name] = n
    yield after


def _cells(
    columns: Iterable[Told], row: Any, *, keep_empty: bool
) -> list[tuple[str | Promise, str]]:
    cells = [(column.meaning, shown(column.value(row))) for column in columns]
    return cells if keep_empty else [(name, text) for name, text in cells if text]


def shown(value: Any) -> str:
    """A value as a person reads it, in their language and time zone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return date_format(value, "DATE_FORMAT") if isinstance(value, date) else str(value)


# --- For programs -----------------------------------------------------------------------------


def written(value: Any) -> Any:
    """A value as JSON and CSV hold it: moments in UTC (ISO 8601)."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str | Promise) else value


def _csv(table: Table, person: User) -> Iterator[str]:
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    page.write(BYTE_ORDER_MARK)
    writer.writerow([column.name for column in table.columns])
    yield page.getvalue()
    for chunk in _in_chunks(table.rows(person)):
        page.seek(0)
        page.truncate()
        for row in chunk:
            writer.writerow([cell(written(column.value(row))) for column in table.columns])
        yield page.getvalue()


def _json(person: User) -> Iterator[str]:
    """Every table as a list, one entry a line."""
    head = {"format": "everything", "version": VERSION, "exported_at": written(timezone.now())}
    yield json.dumps(head).removesuffix("}")
    for table in tables():
        yield f',\n"{table.name}": ['
        divider = "\n"
        for chunk in _in_chunks(table.rows(person)):
            lines = [
                json.dumps(
                    {column.name: written(column.value(row)) for column in table.columns},
                    ensure_ascii=False,
                )
                for row in chunk
            ]
            yield divider + ",\n".join(lines)
            divider = ",\n"
        yield "\n]"
    yield "}\n"
