"""The times of a row: a clock time as in the morning form, or a date and time as exported."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from education.journal.clock import IN_ORDER
from education.journal.columns import IN_UTC, LOCAL
from education.journal.converters import FIRST_YEAR, LAST_YEAR
from education.journal.models import Night
from education.journal.words import clock_words, day_words

_DATE_AND_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ].{4,30}", re.ASCII)


@dataclass(frozen=True)
class Said:
    """What a row says of one time: as typed, and with its date and its moment where it has them."""

    column: str
    typed: str
    # As the clock on the wall showed it: naive.
    on_the_wall: datetime | None = None
    # Aware, in the zone of the night.
    moment: datetime | None = None


def times_of(cells: Mapping[str, str], zone: ZoneInfo) -> dict[str, Said]:
    """The times of a row by name. Raises ValidationError by column where one is impossible."""
    found: dict[str, Said] = {}
    for name in IN_ORDER:
        local, utc = f"{name}{LOCAL}", f"{name}{IN_UTC}"
        said = [_said(column, cells.get(column, ""), zone) for column in (local, utc)]
        answered = [one for one in said if one is not None]
        if len(answered) == 2 and not _agree(*answered):
            raise ValidationError(
                {local: _("This is another time than in %(column)s. Correct one or empty it.")
                 % {"column": utc}}
            )  # fmt: skip
        if answered:
            # The column in UTC always knows the moment.
            found[name] = max(answered, key=lambda one: one.moment is not None)
    return found


def _said(column: str, text: str, zone: ZoneInfo) -> Said | None:
    if not text:
        return None
    in_utc = column.endswith(IN_UTC)
    found = _parsed(column, text)
    if found is None:
        if in_utc:
            raise ValidationError(
                {column: _("Write date and time in UTC, such as 2026-11-02T22:30Z.")}
            )
        return Said(column, text)
    if in_utc and found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    if found.tzinfo is None:
        return Said(column, _typed(found), found)
    there = found.astimezone(zone)
    wall = there.replace(tzinfo=None, fold=0)
    if not in_utc and found.replace(tzinfo=None) != wall:
        raise ValidationError(
            {column: _("This offset from UTC is not that of %(zone)s on this day.")
             % {"zone": zone.key}}
        )  # fmt: skip
    return Said(column, _typed(wall), wall, there)


def _parsed(column: str, text: str) -> datetime | None:
    """A date and time, aware where an offset is written; None where it is something else."""
    if not _DATE_AND_TIME.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValidationError({column: _("This date is too far away.")})
    # A diary is written in minutes.
    return found.replace(second=0, microsecond=0)


def _typed(wall: datetime) -> str:
    return f"{wall:%H:%M}"


def _agree(local: Said, utc: Said) -> bool:
    if local.moment is not None:
        return local.moment == utc.moment
    if local.on_the_wall is not None:
        return local.on_the_wall == utc.on_the_wall
    return True


def fit(night: Night, times: Mapping[str, Said]) -> None:
    """Hold the dates that a row writes against those on which its clock times were placed.

    A time that the autumn change repeats is moved to the occurrence that the row means. Raises
    ValidationError by column.
    """
    moved = False
    for name, said in times.items():
        placed: datetime = getattr(night, name)
        wall = placed.replace(tzinfo=None, fold=0)
        if said.on_the_wall is None:
            continue
        if said.on_the_wall != wall:
            words = {
                "said": _moment_words(said.on_the_wall),
                "placed": _moment_words(wall),
            }
            raise ValidationError(
                {said.column: _("This is %(said)s. In this night it can only be %(placed)s.")
                 % words}
            )  # fmt: skip
        if said.moment is not None and said.moment.astimezone(UTC) != placed.astimezone(UTC):
            setattr(night, f"{name}_at", said.moment)
            moved = True
    if moved:
        # Rare enough to ask the database; whether the date is free is asked for all rows at once.
        night.validate_constraints(exclude={"patient"})


def _moment_words(wall: datetime) -> str:
    return f"{day_words(wall.date())}, {clock_words(wall)}"
