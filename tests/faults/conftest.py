"""Databases with people in them, made once and copied for each fault."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.conftest import MIGRATED
from tests.faults.mailbox import MailServer
from tests.faults.site import ROOT, Site, environment, fill
from tools.postgres import find_server_programs, temporary_postgres


@pytest.fixture(scope="session")
def ended_at_last():
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def static_files(tmp_path_factory):
    """Pages need them; with DEBUG they come as they are."""
    folder = tmp_path_factory.mktemp("static")
    env = environment(tmp_path_factory.mktemp("none"), "sqlite://:memory:", STATIC_ROOT=str(folder))
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=ROOT, env=env, check=True,
    )  # fmt: skip
    return {"STATIC_ROOT": str(folder)}


class Sqlite:
    """Copies of one file."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        self.file = folder / "filled.sqlite3"
        if MIGRATED:
            shutil.copyfile(MIGRATED, self.file)
        self.people = fill(environment(folder, f"sqlite:///{self.file}"))

    def copy(self, folder: Path) -> str:
        shutil.copyfile(self.file, folder / "portal.sqlite3")
        return f"sqlite:///{folder / 'portal.sqlite3'}"


class Postgres:
    """A server of our own that keeps what it acknowledged, and copies of one database in it."""

    name = "PostgreSQL"

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        # The server trades safety for speed; of a restart it must not lose anything, though.
        self.ask("ALTER ROLE portal SET synchronous_commit = on", "CREATE DATABASE filled")
        self.people = fill(environment(folder, self._address("filled")))
        self.copies = 0

    def _address(self, name: str) -> str:
        return self.url.rpartition("/")[0] + f"/{name}"

    def ask(self, *statements: str) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def copy(self, folder: Path) -> str:
        self.copies += 1
        self.ask(f"CREATE DATABASE copy{self.copies} TEMPLATE filled")
        return self._address(f"copy{self.copies}")

    def move_last_copy(self, folder: Path) -> None:
        """Put the tables of the last copy on this disk, and nothing else."""
        name = f"copy{self.copies}"
        self.ask(
            f"CREATE TABLESPACE {name} LOCATION '{folder}'",
            f"ALTER DATABASE {name} SET TABLESPACE {name}",
        )

    def drop_last_copy(self) -> None:
        """Before its disk goes: the server would not start again without it."""
        name = f"copy{self.copies}"
        self.ask(f"DROP DATABASE {name} WITH (FORCE)", f"DROP TABLESPACE {name}")

    def restart(self, mode: str) -> None:
        """As an administrator would ("fast"), or as a crash ("immediate")."""
        [(data,)] = self.ask("SHOW data_directory")
        command = [f"{find_server_programs()}/pg_ctl", "--pgdata", data, "--mode", mode, "--wait"]
        command += ["--log", str(Path(data).with_name("log")), "restart"]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory):
    return Sqlite(tmp_path_factory.mktemp("filled"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory, ended_at_last):
    url = ended_at_last.enter_context(temporary_postgres())
    return Postgres(tmp_path_factory.mktemp("filled"), url)


@pytest.fixture
def make_site(request, tmp_path):
    """make_site(database, **environment) gives a Site that has not begun; ends it at the end."""
    sites = []

    def make(database, folder=None, **more):
        if "DEBUG" not in more:
            more |= request.getfixturevalue("static_files")
        if folder is None:
            folder = tmp_path / f"site{len(sites)}"
            folder.mkdir()
        sites.append(Site(folder, database.copy(folder), database.people, **more))
        return sites[-1]

    yield make
    for site in sites:
        site.end()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request):
    """Each of the two."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def proved(request, capsys):
    """proved(text) prints what a fault has shown."""

    where = request.node.name.partition("[")[2].removesuffix("]")

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {where}{': ' if where else ''}{text}", flush=True)

    return say


@pytest.fixture
def mail_server():
    """mail_server(port=, seconds_for_each=) takes mails until the end of the test."""
    servers = []

    def make(**options):
        servers.append(MailServer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()
