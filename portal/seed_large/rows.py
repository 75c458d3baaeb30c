"""Rows in large numbers: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from django.core.management.color import no_style
from django.db import connection, models, transaction

CHUNK = 50_000
_EPOCH = date(1970, 1, 1)
DAY = 86_400


def some_id(chance: Random) -> str:
    """A UUID of the fourth version that depends on the seed alone."""
    bits = chance.getrandbits(128)
    bits = bits & ~(0xF << 76) | (4 << 76)
    bits = bits & ~(0x3 << 62) | (0x2 << 62)
    return f"{bits:032x}"


class Clock:
    """Moments as seconds since 1970, and their texts for the database, made once each."""

    def __init__(self, on: date) -> None:
        # Everything happened before this midnight (UTC).
        self.today = (on - _EPOCH).days
        self.now = self.today * DAY
        self._zone = "+00" if connection.vendor == "postgresql" else ""
        self._days: dict[int, str] = {}
        self._times: dict[int, str] = {}

    def at(self, seconds: int) -> datetime:
        """A moment as an object."""
        return datetime.fromtimestamp(seconds, UTC)

    def day(self, number: int) -> str:
        """The date so many days after 1970 began."""
        text = self._days.get(number)
        if text is None:
            text = self._days[number] = (_EPOCH + timedelta(days=number)).isoformat()
        return text

    def moment(self, seconds: int) -> str:
        """The moment so many seconds after 1970 began."""
        number, second = divmod(seconds, DAY)
        text = self._times.get(second)
        if text is None:
            at = self.at(second)
            text = self._times[second] = f"{at:%H:%M:%S}{self._zone}"
        return f"{self.day(number)} {text}"


class Table:
    """Rows of one model that wait to be written.

    `fields` are given for each row, in this order; the others have their default. The primary
    key is counted up, or the first of the fields.
    """

    def __init__(self, model: type[models.Model], fields: tuple[str, ...]) -> None:
        self.model = model
        concrete = {one.name: one for one in model._meta.concrete_fields}
        self.counts = not concrete[fields[0]].primary_key
        named = [concrete.pop(name) for name in fields]
        rest = [one for one in concrete.values() if not one.primary_key]
        for one in rest:
            if one.has_default() and callable(one.default) or not _may_be_left_out(one):
                raise TypeError(f"{model.__name__}.{one.name} has no default that all rows share.")
        self.columns = [str(one.column) for one in ([model._meta.pk] * self.counts + named + rest)]
        self._constants = tuple(_plain(one.get_default()) for one in rest)
        last = model._base_manager.aggregate(last=models.Max("pk"))["last"] if self.counts else 0
        self.next_id = (last or 0) + 1
        self.rows: list[tuple[Any, ...]] = []
        self.written = 0

    def add(self, *values: Any) -> int:
        """Keep a row and return its id."""
        number = self.next_id
        self.next_id = number + 1
        self.rows.append((*[number] * self.counts, *values, *self._constants))
        return number

    def write(self) -> None:
        """Store what waits."""
        rows, self.rows = self.rows, []
        if not rows:
            return
        names = [connection.ops.quote_name(name) for name in self.columns]
        table = connection.ops.quote_name(self.model._meta.db_table)
        into = f"{table} ({', '.join(names)})"
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                    copy.write("".join(map(_line, rows)))
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)  # noqa: S608
        self.written += len(rows)


def _may_be_left_out(field: Any) -> bool:
    dated = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return not dated and (field.has_default() or field.null or field.empty_strings_allowed)


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _line(row: tuple[Any, ...]) -> str:
    """A row as COPY reads it. None of our texts has a tab, a line break or a backslash."""
    return "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n"


class Writer:
    """Tables that are filled together and stored together, some ten thousand rows at a time."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._tables: list[Table] = []
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                # Indexes of millions of rows are written all over: 256 MB of them in memory.
                cursor.execute("PRAGMA cache_size = -262144")

    def table(self, model: type[models.Model], *fields: str) -> Table:
        table = Table(model, fields)
        self._tables.append(table)
        return table

    @contextmanager
    def progress(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Gives a function to call with how many there are by now; stores the rest at the end."""
        told = 0

        def step(done: int) -> None:
            nonlocal told
            if sum(len(table.rows) for table in self._tables) >= CHUNK:
                self.store()
            if done - told >= max(total // 10, CHUNK):
                told = done
                self._say(f"{name}: {done:,} of {total:,}")

        yield step
        self.store()
        self._say(f"{name}: {total:,}")

    def store(self) -> None:
        """Write all tables in one transaction: rows refer to each other."""
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    # The limits are for pages; writing many rows may take longer.
                    cursor.execute("SET LOCAL statement_timeout = 0")
            for table in self._tables:
                table.write()

    def finish(self) -> dict[str, int]:
        """Let the database count on from the new ids and look at what it has; rows by model."""
        touched = [table.model for table in self._tables]
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), touched):
                cursor.execute(sql)
            if connection.vendor == "postgresql":
                cursor.execute("SET statement_timeout = 0")
                # Not the shared catalogs too, which others may be looking at.
                names = {connection.ops.quote_name(model._meta.db_table) for model in touched}
                cursor.execute("ANALYZE " + ", ".join(sorted(names)))
                cursor.execute("RESET statement_timeout")
            else:
                cursor.execute("PRAGMA cache_size = -2000")
        made: dict[str, int] = {}
        for table in self._tables:
            name = table.model.__name__
            made[name] = made.get(name, 0) + table.written
        return made
