"""How each database is copied while it serves, and put in place of what is there."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3._functions import register  # type: ignore[import-not-found]
from psycopg.conninfo import make_conninfo

from portal.backup import BackupError

# Whoever was signed in signs in again: a session that had ended must not come back to life. The
# cache has counts of attempts and the like.
NOT_BROUGHT_BACK = ("django_session", "usersessions_usersession", "portal_cache")
PEOPLE = "accounts_user"


@dataclass(frozen=True)
class Facts:
    """What is in a copy, counted in the copy itself."""

    server: str
    migrations: list[str]
    rows: dict[str, int]


class Database(ABC):
    """A database to copy or to fill."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection

    @abstractmethod
    def copy(self, to: Path) -> Facts:
        """Everything as it is at one moment, while others read and write."""

    @staticmethod
    @abstractmethod
    def check(copy: Path, rows: dict[str, int]) -> None:
        """Raises BackupError if the copy can't be what was copied."""

    @abstractmethod
    def fill(self, copy: Path, rows: dict[str, int]) -> None:
        """Put the copy in place of everything there is, or change nothing at all."""

    def is_empty(self) -> bool:
        """Whether nobody is in it: no table at all, or the portal's tables without people."""
        tables = self.connection.introspection.table_names()
        if PEOPLE not in tables:
            return not tables
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT 1 FROM {PEOPLE} LIMIT 1")  # noqa: S608
            return cursor.fetchone() is None


def database_of(connection: BaseDatabaseWrapper) -> Database:
    """The right one of the two."""
    return KINDS[connection.vendor](connection)


def _facts(cursor: Any, server: str, tables: Iterable[str]) -> Facts:
    # Names of tables come from the database itself.
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    migrations = sorted({f"{app}.{name}" for app, name in cursor.fetchall()})
    rows = {}
    for table in tables:
        cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608
        rows[table] = cursor.fetchone()[0]
    return Facts(server, migrations, rows)


# --- SQLite ---------------------------------------------------------------------------------


class Sqlite(Database):
    """SQLite's own backup: a read transaction over the whole copy, which stops no writer."""

    def copy(self, to: Path) -> Facts:
        name = str(self.connection.settings_dict["NAME"])
        try:
            with (
                closing(sqlite3.connect(f"{Path(name).as_uri()}?mode=ro", uri=True)) as source,
                closing(_open(to)) as target,
            ):
                source.execute("PRAGMA busy_timeout = 10000")
                source.backup(target)
                _sound(target)
                return _facts(target.cursor(), sqlite3.sqlite_version, _tables(target))
        except sqlite3.Error as error:
            raise BackupError(f"The database can't be copied: {error}.") from error

    @staticmethod
    def check(copy: Path, rows: dict[str, int]) -> None:
        try:
            with closing(_open(copy)) as database:
                _sound(database)
                found = _facts(database.cursor(), "", _tables(database)).rows
        except sqlite3.Error as error:
            raise BackupError(f"The database in the backup can't be read: {error}.") from error
        if found != rows:
            raise BackupError("The database in the backup has other rows than it should.")

    def fill(self, copy: Path, rows: dict[str, int]) -> None:
        self.connection.close()
        try:
            with (
                closing(_open(copy)) as source,
                closing(sqlite3.connect(str(self.connection.settings_dict["NAME"]))) as target,
            ):
                for table in NOT_BROUGHT_BACK:
                    if table in rows:
                        source.execute(f"DELETE FROM {table}")  # noqa: S608
                # One transaction of the target: killed in the middle, it is as it was before.
                target.execute("PRAGMA synchronous = FULL")
                source.backup(target)
                target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            raise BackupError(
                f"Nothing was changed: {error}. If the database that is there is damaged, move "
                "its file (and those beside it that end in -wal and -shm) away and try again."
            ) from error


def _open(copy: Path) -> sqlite3.Connection:
    """With the functions that constraints and indexes are made of."""
    database = sqlite3.connect(copy, isolation_level=None)
    register(database)
    return database


def _sound(database: sqlite3.Connection) -> None:
    [said] = database.execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok" or database.execute("PRAGMA foreign_key_check").fetchone():
        raise BackupError(f"The database is damaged: {said}.")


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    return [name for (name,) in rows]


# --- PostgreSQL -----------------------------------------------------------------------------


class Postgres(Database):
    """pg_dump of one snapshot, and one transaction that takes everything away and puts it back."""

    def copy(self, to: Path) -> Facts:
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
            snapshot, server = cursor.fetchone()
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = 'public'::regnamespace ORDER BY relname"
            )
            facts = _facts(cursor, server, [name for (name,) in cursor.fetchall()])
            self._run(
                "pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-privileges",
                "--schema=public", f"--snapshot={snapshot}", f"--file={to}",
            )  # fmt: skip
        return facts

    @staticmethod
    def check(copy: Path, rows: dict[str, int]) -> None:
        said = _run([_program("pg_restore"), "--list", str(copy)])
        if said.count(" TABLE DATA ") != len(rows):
            raise BackupError("The database in the backup has other tables than it should.")

    def fill(self, copy: Path, rows: dict[str, int]) -> None:
        with tempfile.TemporaryFile() as troubles:
            psql = self._psql(troubles)
            assert psql.stdin  # noqa: S101  # nosec B101
            try:
                psql.stdin.write(_BEFORE.encode())
                psql.stdin.flush()
                unpacked = subprocess.run(
                    [_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", copy],
                    stdout=psql.stdin,
                    stderr=subprocess.PIPE,
                    check=False,
                )
                # Without COMMIT, psql ends the connection and everything is as it was.
                if unpacked.returncode == 0:
                    psql.stdin.write(_after(rows).encode())
                psql.stdin.close()
            except BrokenPipeError:
                pass  # psql has ended, and says why below.
            code = psql.wait()
            troubles.seek(0)
            said = troubles.read().decode(errors="replace")
        if code or unpacked.returncode:
            said = said or unpacked.stderr.decode(errors="replace")
            raise BackupError(f"Nothing was changed: {_first_line(said)}")
        self.connection.close()
        cast(Any, self.connection).close_pool()

    def _psql(self, troubles: Any) -> subprocess.Popen[bytes]:
        command, environment = self._command("psql")
        # Terse: what follows an error may quote a row.
        return subprocess.Popen(
            [*command, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=troubles,
        )

    def _run(self, program: str, *arguments: str) -> None:
        command, environment = self._command(program)
        _run([*command, *arguments], environment)

    def _command(self, program: str) -> tuple[list[str], dict[str, str]]:
        """The program, led to this database; the password stays out of the list of processes."""
        said = self.connection.settings_dict
        where = {"dbname": said["NAME"], "user": said["USER"], "host": said["HOST"]}
        where["port"] = said["PORT"]
        # Certificates and the like; the timeouts in `options` are for pages.
        where |= {
            name: value
            for name, value in said["OPTIONS"].items()
            if isinstance(value, str) and name != "options"
        }
        where = {name: value for name, value in where.items() if value}
        environment = dict(os.environ)
        # An address can name it among its options as well.
        if password := said["PASSWORD"] or where.get("password"):
            environment["PGPASSWORD"] = password
        where.pop("password", None)
        return [_program(program), f"--dbname={make_conninfo(**where)}"], environment


KINDS: dict[str, type[Database]] = {"sqlite": Sqlite, "postgresql": Postgres}

# The copy makes the schema anew.
_BEFORE = """
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '30s';
DROP SCHEMA IF EXISTS public CASCADE;
"""


def _after(rows: dict[str, int]) -> str:
    """Compare what has arrived with what was counted, and only then keep it."""
    counted = "".join(
        f"""
    IF (SELECT count(*) FROM public."{table}") <> {number} THEN
        RAISE EXCEPTION 'other rows have arrived in {table} than were counted';
    END IF;"""  # noqa: S608
        for table, number in rows.items()
    )
    ended = "".join(
        f'DELETE FROM public."{table}";\n'  # noqa: S608
        for table in NOT_BROUGHT_BACK
        if table in rows
    )
    return f"\nDO $$ BEGIN{counted}\nEND $$;\n{ended}COMMIT;\nANALYZE;\n"


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise BackupError(f"{name} is missing: apt-get install postgresql-client.")
    return found


def _run(command: list[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{Path(command[0]).name} failed: {_first_line(done.stderr)}")
    return done.stdout


def _first_line(said: str) -> str:
    return next((line for line in said.splitlines() if line.strip()), "no reason given")
