"""The glossary as a table: what django-import-export reads and writes in the admin.

The library brings the way through the admin (form, preview, confirmation, log). What a row may
say, and how it is written, is decided in loading.py, as for the command line.
"""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import tablib
from diff_match_patch import diff_match_patch
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from import_export import resources
from import_export.fields import Field
from import_export.formats.base_formats import CSV, XLSX
from import_export.results import InvalidRow, Result, RowResult
from import_export.tmp_storages import BaseStorage

from . import spreadsheet
from .loading import Plan, Step
from .models import GlossaryVersion, Term
from .rows import COLUMNS, OPTIONAL, read_rows
from .spreadsheet import Table

# The columns of the file, and the names of the same under which a Step keeps them.
_SHOWN = {
    "term": "name",
    "aliases": "aliases",
    "plain_definition": "plain_definition",
    "technical_definition": "technical_definition",
    "source_note": "source",
    "see_also": "see_also",
    "match_case": "match_case",
}


# --- Files ----------------------------------------------------------------------------------


class GlossaryCSV(CSV):
    """CSV with our limits. Cells are made safe by the resource, and can be read back."""

    def create_dataset(self, in_stream: bytes, **kwargs: Any) -> Table:
        return spreadsheet.from_csv(in_stream)

    def get_read_mode(self) -> str:
        return "rb"

    def _escape_formulae(self, dataset: Any) -> None:
        """The library’s own way drops the sign, which can’t be undone."""


class GlossaryXLSX(XLSX):
    """A workbook with our limits, which never loses a row to a sign that XML can't hold."""

    def create_dataset(self, in_stream: bytes) -> Table:
        return spreadsheet.from_xlsx(in_stream)

    def export_data(self, dataset: Any, **kwargs: Any) -> Any:
        self._escape_illegal_chars(dataset)
        return super().export_data(dataset, **kwargs)

    def _escape_formulae(self, dataset: Any) -> None:
        """See GlossaryCSV."""


FORMATS = [GlossaryCSV, GlossaryXLSX]


class UploadStorage(BaseStorage):
    """Keeps an uploaded file between preview and confirmation, where every worker finds it.

    Its name is random and is checked, so that it leads to no other file. What nobody confirmed
    goes with the next upload a day later.
    """

    FOLDER = "imports"
    KEPT = timedelta(days=1)

    def save(self, data: bytes) -> None:
        self._sweep()
        self.name = uuid4().hex
        default_storage.save(self._path(), ContentFile(data))

    def read(self) -> bytes:
        """The file. Raises FileNotFoundError where there is none of this name."""
        with default_storage.open(self._path()) as file:
            return file.read()

    def remove(self) -> None:
        default_storage.delete(self._path())

    def _path(self) -> str:
        if not re.fullmatch(r"[0-9a-f]{32}", self.name or ""):
            raise FileNotFoundError(self.name)
        return f"{self.FOLDER}/{self.name}"

    def _sweep(self) -> None:
        if not default_storage.exists(self.FOLDER):
            return
        for name in default_storage.listdir(self.FOLDER)[1]:
            path = f"{self.FOLDER}/{name}"
            try:
                if default_storage.get_modified_time(path) < timezone.now() - self.KEPT:
                    default_storage.delete(path)
            except FileNotFoundError:  # Another worker was faster.
                continue


# --- Rows -----------------------------------------------------------------------------------


class PlannedRow(RowResult):
    """What the import does with one row, as the preview and the log show it."""

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self.number = step.row.number
        self.import_type = step.kind
        self.instance = step.term
        self.object_id = step.term.pk
        self.object_repr = step.row.name

    def cells(self) -> list[SafeString]:
        """What the row changes, column by column; made for the rows that are shown only."""
        return [
            difference(self.step.before.get(name, ""), self.step.after.get(name, ""))
            for name in _SHOWN.values()
        ]


def difference(before: str, after: str) -> SafeString:
    """A text with what goes and what comes marked, without a style of its own."""
    if before == after:
        return format_html("{}", after)
    comparison = diff_match_patch()
    # A rough difference soon is better than the smallest one late.
    comparison.Diff_Timeout = 0.05
    parts = comparison.diff_main(before, after)
    comparison.diff_cleanupSemantic(parts)
    marks = {-1: "<del>{}</del>", 0: "{}", 1: "<ins>{}</ins>"}
    return format_html_join("", "{}", ((format_html(marks[how], text),) for how, text in parts))


class GlossaryResult(Result):
    """The result of an import: all rows that change something, and counts of all."""

    def is_change(self) -> bool:
        return bool(self.totals["new"] or self.totals["update"])


class TermResource(resources.ModelResource):
    """Terms with aliases and connections, one row each. All or nothing."""

    term = Field(column_name="term", attribute="name")
    aliases = Field(column_name="aliases")
    plain_definition = Field(column_name="plain_definition", attribute="plain_definition")
    technical_definition = Field(
        column_name="technical_definition", attribute="technical_definition"
    )
    source_note = Field(column_name="source_note", attribute="source")
    see_also = Field(column_name="see_also")
    slug = Field(column_name="slug", attribute="slug")
    match_case = Field(column_name="match_case")

    class Meta:
        model = Term
        name = "glossary"
        fields = (*COLUMNS, *OPTIONAL)

    def export(self, queryset: Any = None, **kwargs: Any) -> tablib.Dataset:
        """All columns, by name, in three queries whatever the number of terms."""
        terms: QuerySet[Term] = Term.objects.all() if queryset is None else queryset
        dataset = tablib.Dataset(headers=[*COLUMNS, *OPTIONAL])
        for term in terms.order_by("name").prefetch_related("aliases", "see_also"):
            cells = (
                term.name,
                "|".join(alias.text for alias in term.aliases.all() if not alias.preferred),
                term.plain_definition,
                term.technical_definition,
                term.source,
                "|".join(other.name for other in term.see_also.all()),
                term.slug,
                "|".join(alias.text for alias in term.aliases.all() if alias.match_case),
            )
            dataset.append([spreadsheet.escaped(cell) for cell in cells])
        return dataset

    def import_data(self, dataset: Table, dry_run: bool = False, **kwargs: Any) -> GlossaryResult:
        """Say what the file would change, and change it unless this is a dry run."""
        result = GlossaryResult()
        result.diff_headers = list(_SHOWN)
        result.total_rows = len(dataset)
        rows, problems = read_rows(dataset)
        with transaction.atomic():
            plan = Plan(rows) if not problems else None
            if plan is not None:
                problems = plan.problems
            if plan is None or problems:
                self._refuse(result, problems, dataset)
                return result
            for step in plan.steps:
                result.totals[step.kind] += 1
            if not dry_run:
                plan.write()
            # Written already, so that new terms have their ids.
            result.rows = [PlannedRow(step) for step in plan.steps if step.kind != "skip"]
        return result

    @staticmethod
    def _refuse(result: GlossaryResult, problems: list[tuple[int, str]], dataset: Table) -> None:
        first = {number: cells[0] if cells else "" for number, cells in dataset.rows}
        reasons: dict[int, list[str]] = {}
        for number, reason in sorted(problems):
            reasons.setdefault(number, []).append(reason)
        for number, texts in reasons.items():
            result.totals["invalid"] += 1
            row = InvalidRow(number, ValidationError(texts), [first.get(number, "")[:80]])
            result.invalid_rows.append(row)


def glossary_version() -> str:
    """The state of the glossary that a preview was made from."""
    return str(GlossaryVersion.current())
