"""The parts: checks of the code, tests on both databases, journeys in the browser."""

import base64
import os
import secrets
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import psycopg

from tools.first_page import serve
from tools.postgres import find_server_programs, temporary_postgres
from tools.suite.processes import BIN, PYTHON, Outcome, Processes

APPS = ["portal", "accounts", "education"]
REQUIRE_ALL = os.environ.get("REQUIRE_ALL", "") not in ("", "0", "false")


class Parts(Processes):
    """Each part is a method that says how it went."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.apt_updated = False
        # Once upgrades() has made them.
        self.postgres_url = self.template = ""

    def pytest(self, *arguments: str, **env: str) -> Outcome:
        report = self.scratch / f"report-{secrets.token_hex(4)}.xml"
        if self.migrated.is_file():
            env = {"MIGRATED_SQLITE": str(self.migrated), **env}
        if self.template:
            env = {"MIGRATED_POSTGRES": self.template, **env}
        code = self.call(
            [PYTHON, "-m", "pytest", f"--junit-xml={report}", *arguments],
            self.environment(**env),
        )
        outcome = Outcome(code == 0)
        if report.is_file():
            # Written by the pytest above, so nothing in it is hostile.
            for suite in ElementTree.parse(report).iter("testsuite"):  # noqa: S314
                count = {
                    k: int(suite.get(k, 0)) for k in ("tests", "failures", "errors", "skipped")
                }
                outcome.failed += count["failures"] + count["errors"]
                outcome.skipped += count["skipped"]
                outcome.passed += (
                    count["tests"] - count["failures"] - count["errors"] - count["skipped"]
                )
        if code == 5 or (code == 0 and outcome.passed == 0):
            outcome.ok = False
            outcome.note = "no test ran"
        elif code:
            outcome.note = f"pytest ended with exit code {code}"
        if not outcome.ok and not outcome.failed:
            outcome.failed = 1
        return outcome

    def provide(self, what: str, packages: str, found: Callable[[], object]) -> Outcome | None:
        """None when the program is there (installed now, if need be), else why it is not."""
        if found():
            return None
        may_install = os.geteuid() == 0 and Path("/etc/debian_version").exists()
        if may_install and shutil.which("apt-get"):
            print(f"Installing {packages} …", flush=True)
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            log = self.scratch / "apt.log"
            commands = [] if self.apt_updated else [["apt-get", "update", "-q"]]
            commands += [
                ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages.split()]
            ]
            self.apt_updated = True
            for command in commands:
                with log.open("ab") as sink:
                    subprocess.run(
                        command, env=env, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
                    )
            if found():
                return None
            print(log.read_text(errors="replace")[-3000:], flush=True)
        note = f"{what} is not on this machine. On Debian: apt-get install {packages}"
        return Outcome(ok=not REQUIRE_ALL, note=note, left_out=True)

    # --- checks -----------------------------------------------------------------------------

    def ruff(self) -> Outcome:
        return self.command(PYTHON, "-m", "ruff", "check", ".")

    def format(self) -> Outcome:
        return self.command(PYTHON, "-m", "ruff", "format", "--check", ".")

    def templates(self) -> Outcome:
        return self.command(PYTHON, "-m", "djlint", "templates", "--lint", "--quiet")

    def arrows(self) -> Outcome:
        return self.command(str(BIN / "lint-imports"), "--no-logo", "--no-cache")

    def types(self) -> Outcome:
        return self.command(PYTHON, "-m", "mypy", *APPS)

    def bandit(self) -> Outcome:
        return self.command(
            PYTHON, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml",
            "--severity-level", "medium", "--recursive", *APPS,
        )  # fmt: skip

    def migrations(self) -> Outcome:
        return self.command(PYTHON, "manage.py", "makemigrations", "--check", "--dry-run")

    def deploy(self) -> Outcome:
        data = Path(tempfile.mkdtemp(prefix="deployed-", dir=self.scratch))
        # As after collectstatic.
        (data / "static").mkdir()
        (data / "static" / "staticfiles.json").touch()
        return self.command(
            PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
            ALLOWED_HOSTS="portal.example.org",
            CSRF_TRUSTED_ORIGINS="https://portal.example.org",
            SECRET_KEY=secrets.token_urlsafe(64),
            JOURNAL_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            HTTPS="true",
            DATA_DIR=str(data),
            EMAIL_URL="smtp+tls://portal:word@mail.example.org:587",
            DEFAULT_FROM_EMAIL="portal@example.org",
            BACKUP_KEYS="age1vs8reqvudt60dcjqj53hjsqqrff9guyg7zlmtl5k59hfch3ple7s5gcnsk",
        )  # fmt: skip

    @property
    def migrated(self) -> Path:
        """An empty database as the migrations make it, for the tests to copy; see content()."""
        return self.scratch / "migrated.sqlite3"

    def content(self) -> Outcome:
        """The portal's own articles: nothing in them may keep them from being published."""
        data = tempfile.mkdtemp(prefix="content-", dir=self.scratch)
        migrated = self.command(PYTHON, "manage.py", "migrate", "--verbosity", "0", DATA_DIR=data)
        if not migrated.ok:
            return migrated
        with (
            closing(sqlite3.connect(Path(data) / "portal.sqlite3")) as made,
            closing(sqlite3.connect(self.migrated)) as copy,
        ):
            made.backup(copy)
        return self.command(PYTHON, "manage.py", "check_content", "fixtures", DATA_DIR=data)

    def upgrades(self) -> Outcome:
        """All migrations on PostgreSQL, kept as what the tests' databases are copied from:
        migrating takes each process of theirs nine seconds."""
        missing = self.provide("PostgreSQL", "postgresql", find_server_programs)
        if missing:
            return missing
        url = self.lasting.enter_context(temporary_postgres())
        # A database of its own: what is copied must be in use by nobody.
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE migrated")
        outcome = self.command(
            PYTHON, "manage.py", "migrate", "--verbosity", "0",
            DATABASE_URL=f"{url.rpartition('/')[0]}/migrated",
        )  # fmt: skip
        if outcome.ok:
            self.postgres_url, self.template = url, "migrated"
        return outcome

    # --- tests ------------------------------------------------------------------------------

    def sqlite(self) -> Outcome:
        return self.pytest("-n", "2", "--dist", "loadgroup")

    def postgresql(self) -> Outcome:
        if not self.postgres_url:
            made = self.upgrades()
            if not made.ok or made.left_out:
                return made
        return self.pytest("-n", "2", "--dist", "loadgroup", DATABASE_URL=self.postgres_url)

    def served(self) -> Outcome:
        """Does `make run`, as a person would, and opens the first page with all that it needs."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        kept = getattr(self.aside, "output", None)
        ok, note = serve(self.environment(PORT=str(port)), port, kept, self.servers.append)
        return Outcome(ok, note, passed=int(ok), failed=int(not ok))

    def e2e(self) -> Outcome:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        missing = self.provide(
            "Chromium", "chromium fonts-liberation", lambda: os.access(chromium, os.X_OK)
        )
        if missing:
            return missing
        # Journeys last from one to thirty seconds: each goes to the browser that is free first.
        return self.pytest(
            "-m", "e2e", "-n", "2", "--maxschedchunk", "1", "tests/e2e", CHROMIUM=chromium
        )

    CHECKS = (
        "ruff", "format", "templates", "arrows", "types", "bandit", "migrations", "deploy",
        "content",
    )  # fmt: skip
    # What keeps one core busy: as many of these at a time as there are cores.
    ASIDE = (*CHECKS, "upgrades", "served")
    PARTS = (*ASIDE, "sqlite", "postgresql", "e2e")
    TITLES = {
        "ruff": "Python lint (ruff)",
        "format": "Python format (ruff)",
        "templates": "Templates (djlint)",
        "arrows": "Arrows between apps (import-linter)",
        "types": "Types (mypy)",
        "bandit": "Unsafe calls (bandit)",
        "migrations": "Migrations match the models",
        "deploy": "Deployment check",
        "content": "Our own articles (check_content)",
        "upgrades": "Migrations on PostgreSQL",
        "served": "`make run` serves",
        "sqlite": "Tests on SQLite",
        "postgresql": "Tests on PostgreSQL",
        "e2e": "Journeys in Chromium",
    }
