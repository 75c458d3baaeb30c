"""The whole journal as files: nights and reflections as CSV, everything as JSON.

What comes out is encoded piece by piece, oldest entry first, so that ten years of nights need no
more memory than one month. One query per kind of entry.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.utils import timezone

from accounts.privacy.cells import cell
from education.journal import columns
from education.journal.columns import Column
from education.journal.models import Night, Reflection

# Raised when a column changes its name or its meaning.
VERSION = 1
CHUNK = 300
# Without this mark spreadsheets take UTF-8 for the alphabet of the machine.
BYTE_ORDER_MARK = "\ufeff"


def nights_csv(patient: Any) -> Iterator[bytes]:
    """All nights of a patient."""
    return _csv(columns.NIGHTS, _nights(patient))


def reflections_csv(patient: Any) -> Iterator[bytes]:
    """All reflections of a patient, with what they answer."""
    return _csv(columns.REFLECTIONS, _reflections(patient))


def journal_json(patient: Any, at: datetime | None = None) -> Iterator[bytes]:
    """Everything at once, with the same names as the columns and a version of the form."""
    now = columns.iso((at or timezone.now()).astimezone(UTC).replace(microsecond=0))
    head = {"format": "journal", "version": VERSION, "exported_at_utc": now}
    yield json.dumps(head).removesuffix("}").encode()
    yield from _listed("nights", columns.NIGHTS, _nights(patient))
    yield from _listed("reflections", columns.REFLECTIONS, _reflections(patient))
    yield b"}\n"


def _nights(patient: Any) -> Iterable[Night]:
    return Night.objects.visible_to(patient).order_by("diary_date").iterator(CHUNK)


def _reflections(patient: Any) -> Iterable[Reflection]:
    rows = Reflection.objects.visible_to(patient).select_related("edition__article")
    return rows.order_by("on", "pk").iterator(CHUNK)


def _csv(wanted: list[Column], entries: Iterable[Any]) -> Iterator[bytes]:
    page = io.StringIO(newline="")
    writer = csv.writer(page)
    page.write(BYTE_ORDER_MARK)
    writer.writerow([column.name for column in wanted])
    rows = iter(entries)
    while True:
        part = list(islice(rows, CHUNK))
        for entry in part:
            writer.writerow([cell(column.value(entry)) for column in wanted])
        yield page.getvalue().encode()
        page.seek(0)
        page.truncate()
        if len(part) < CHUNK:
            return


def _listed(name: str, wanted: list[Column], entries: Iterable[Any]) -> Iterator[bytes]:
    """A list of the JSON file, one entry a line."""
    yield f',\n"{name}": ['.encode()
    divider, rows = "\n", iter(entries)
    while part := list(islice(rows, CHUNK)):
        lines = [json.dumps(columns.written(wanted, one), ensure_ascii=False) for one in part]
        yield (divider + ",\n".join(lines)).encode()
        divider = ",\n"
    yield b"\n]"
