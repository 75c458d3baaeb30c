"""Which nights of a file can be imported, and what is wrong with the others."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from accounts.privacy.cells import NO, YES
from accounts.sealed import Unreadable
from education.journal.clock import IN_ORDER
from education.journal.columns import LOCAL
from education.journal.models import Night
from education.journal.models.night import NUMBERS, WORDS
from education.journal.words import clock_words

from . import moments
from .row_form import RowForm
from .sheet import DATE, Line, Sheet, iso_date

ZONE = "time_zone"
_EITHER = ("free_day", "alarm_used")
_SAID_YES = {YES, "y", "true", "1"}
_SAID_NO = {NO, "n", "false", "0"}
# Programs write whole numbers with a point where a column has empty cells.
_WHOLE = re.compile(r"(\d+)\.0+")


class State(Enum):
    """What can be done with a row."""

    READY = "ready"
    WRONG = "wrong"
    # The journal has this night, or an earlier row: nothing to do.
    THERE = "there"
    # The journal has this night with other answers, and keeps them.
    DIFFERENT = "different"


@dataclass
class Row:
    """One row of the file: a night, or the reasons why it is none."""

    number: int
    state: State = State.READY
    night: Night | None = None
    # Pairs of a column, or nothing, and what is wrong or different there.
    reasons: list[tuple[str, str]] = field(default_factory=list)
    written_date: str = ""

    def refuse(self, column: str, reason: str) -> None:
        self.state = State.WRONG
        self.reasons.append((column, reason))


def check(sheet: Sheet, patient: Any) -> list[Row]:
    """Every row with its night or its errors. One query, whatever the number of rows."""
    form = RowForm.for_rows_of(patient)
    rows = [_checked(line, form, sheet.day_first) for line in sheet.lines]
    _compare_with_each_other(rows)
    _compare_with_journal(rows, patient)
    return rows


def _checked(line: Line, form: RowForm, day_first: bool | None) -> Row:
    row = Row(line.number, written_date=line.cells.get(DATE, "")[:30])
    if line.error:
        row.refuse("", line.error)
        return row
    try:
        night, times = _night(line.cells, form, day_first)
        moments.fit(night, times)
    except ValidationError as error:
        for column, messages in _by_column(error).items():
            for message in messages:
                row.refuse(column, str(message))
    else:
        row.night = night
    return row


def _night(
    cells: dict[str, str], form: RowForm, day_first: bool | None
) -> tuple[Night, dict[str, moments.Said]]:
    """The night of a row. Raises ValidationError by column."""
    zone = form.zone_for(cells.get(ZONE, ""))
    try:
        day = iso_date(cells.get(DATE, ""), day_first)
    except ValidationError as error:
        raise ValidationError({DATE: error.messages}) from None
    times = moments.times_of(cells, zone)
    answers = {name: _answer(name, text) for name, text in cells.items() if text}
    answers |= {name: said.typed for name, said in times.items()}
    night, errors = form.night({**answers, "diary_date": day}, zone)
    if errors:
        columns = {name: said.column for name, said in times.items()}
        raise ValidationError({columns.get(name, name): said for name, said in errors.items()})
    return night, times


def _answer(name: str, text: str) -> str:
    """An answer as the morning form sends it."""
    if name in _EITHER:
        plain = text.casefold()
        return YES if plain in _SAID_YES else NO if plain in _SAID_NO else text
    whole = _WHOLE.fullmatch(text) if name not in WORDS else None
    return whole[1] if whole else text


def _by_column(error: ValidationError) -> dict[str, list[str]]:
    found = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return {"" if name == NON_FIELD_ERRORS else name: said for name, said in found.items()}


# --- The same night twice ---------------------------------------------------------------------


def _compare_with_each_other(rows: list[Row]) -> None:
    first: dict[date, Row] = {}
    for row in rows:
        if row.night is None:
            continue
        earlier = first.setdefault(row.night.diary_date, row)
        if earlier is row or earlier.night is None:
            continue
        if not differences(earlier.night, row.night):
            row.state = State.THERE
            row.reasons.append(("", _("Row %(n)d says the same.") % {"n": earlier.number}))
            continue
        reason = _("Row %(n)d is the same night with other answers. Keep one of them.")
        row.refuse("", reason % {"n": earlier.number})
        if earlier.state is State.READY:
            earlier.refuse("", reason % {"n": row.number})


def _compare_with_journal(rows: list[Row], patient: Any) -> None:
    ready = {row.night.diary_date: row for row in rows if row.night and row.state is State.READY}
    if not ready:
        return
    stored = Night.objects.visible_to(patient).filter(
        diary_date__gte=min(ready), diary_date__lte=max(ready)
    )
    for night in stored.iterator(500):
        row = ready.get(night.diary_date)
        if row is None or row.night is None:
            continue
        found = differences(night, row.night)
        row.state = State.DIFFERENT if found else State.THERE
        row.reasons.extend(found)


def differences(stored: Night, other: Night) -> list[tuple[str, str]]:
    """Columns in which two nights differ, each with both answers; of words only that they do."""
    found = []
    for name in ("zone", *NUMBERS):
        one, two = getattr(stored, name), getattr(other, name)
        if one != two:
            words = {"stored": _said(stored, name), "file": _said(other, name)}
            found.append((_column(name), _("%(stored)s there, %(file)s in the file") % words))
    for name in WORDS:
        # What can't be read can't be compared.
        if not isinstance(getattr(stored, name), Unreadable) and getattr(stored, name) != getattr(
            other, name
        ):
            found.append((name, _("other words")))
    return found


def _column(name: str) -> str:
    if name.removesuffix("_at") in IN_ORDER:
        return f"{name.removesuffix('_at')}{LOCAL}"
    return ZONE if name == "zone" else name


def _said(night: Night, name: str) -> str:
    value = getattr(night, name)
    if value is None:
        return _("blank")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return clock_words(value.astimezone(night.zone_info))
    return str(value)
