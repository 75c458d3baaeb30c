"""`make test`: every check and test, part by part, with a summary at the end.

usage: tools/test.py [PART ...]    (all parts when none is named; "lint" names all the checks)

A part whose program is missing installs it where it may (Debian, root); otherwise it is left
out and the summary says so, or fails when REQUIRE_ALL is set.
"""

import base64
import itertools
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.first_page import end, serve  # noqa: E402
from tools.postgres import find_server_programs, temporary_postgres  # noqa: E402

BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")
APPS = ["portal", "accounts", "education"]
REQUIRE_ALL = os.environ.get("REQUIRE_ALL", "") not in ("", "0", "false")
# What a developer's shell says about the portal must not change what the tests say.
OURS = {
    "DATABASE_URL", "DEBUG", "HTTPS", "SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL", "STATIC_ROOT",
    "MEDIA_ROOT", "CSRF_TRUSTED_ORIGINS", "DJANGO_SETTINGS_MODULE", "PORT", "LOG_LEVEL",
    "INVITATION_DAYS", "SESSION_HOURS", "DATABASE_POOL", "DEFAULT_FROM_EMAIL", "PORTAL_URL",
    "JOURNAL_KEYS", "MIGRATED_SQLITE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS",
    # The parts start dozens of processes: what one has compiled, the next need not.
    "PYTHONDONTWRITEBYTECODE",
}  # fmt: skip


@dataclass
class Outcome:
    """How one part went."""

    ok: bool
    note: str = ""
    left_out: bool = False
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0


class Run:
    """One `make test`, with a temporary folder for everything that the parts write."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.outcomes: dict[str, Outcome] = {}
        self.apt_updated = False
        self.running: list[subprocess.Popen] = []
        self.servers: list[subprocess.Popen] = []
        self.aside = threading.local()

    # --- helpers ----------------------------------------------------------------------------

    def environment(self, **more: str) -> dict[str, str]:
        data = Path(tempfile.mkdtemp(prefix="data-", dir=self.scratch))
        env = {
            name: value
            for name, value in os.environ.items()
            if name.removesuffix("_FILE") not in OURS
        }
        return {**env, "DATA_DIR": str(data), **more}

    def call(self, command: list[str], env: dict[str, str] | None = None) -> int:
        """Run a command with its output shown as it comes, or kept where parts run side by side."""
        sys.stdout.flush()
        kept = getattr(self.aside, "output", None)
        process = subprocess.Popen(
            command, cwd=ROOT, env=env or self.environment(), stdin=subprocess.DEVNULL,
            stdout=kept, stderr=kept and subprocess.STDOUT,
        )  # fmt: skip
        self.running.append(process)
        try:
            return process.wait()
        except KeyboardInterrupt:
            self.let_end(process)
            raise
        finally:
            self.running.remove(process)

    def let_end(self, process: subprocess.Popen) -> None:
        """It had the same Ctrl-C: it may clean up before what it stands on is taken away."""
        try:
            process.wait(20)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()

    def stop(self, *_: object) -> None:
        """Turn a polite kill into a Ctrl-C, for the parts that run as well."""
        for process in list(self.running):
            process.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    def command(self, *command: str, **env: str) -> Outcome:
        code = self.call(list(command), self.environment(**env))
        return Outcome(code == 0, "" if code == 0 else f"exit code {code}")

    def pytest(self, *arguments: str, **env: str) -> Outcome:
        report = self.scratch / f"report-{secrets.token_hex(4)}.xml"
        if self.migrated.is_file():
            env = {"MIGRATED_SQLITE": str(self.migrated), **env}
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
        return self.command(
            PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING",
            ALLOWED_HOSTS="portal.example.org",
            CSRF_TRUSTED_ORIGINS="https://portal.example.org",
            SECRET_KEY=secrets.token_urlsafe(64),
            JOURNAL_KEYS=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            HTTPS="true",
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

    # --- tests ------------------------------------------------------------------------------

    def sqlite(self) -> Outcome:
        return self.pytest("-n", "2", "--dist", "loadgroup")

    def postgresql(self) -> Outcome:
        missing = self.provide("PostgreSQL", "postgresql", find_server_programs)
        if missing:
            return missing
        with temporary_postgres() as url:
            return self.pytest("-n", "2", "--dist", "loadgroup", DATABASE_URL=url)

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
    ASIDE = (*CHECKS, "served")
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
        "served": "`make run` serves",
        "sqlite": "Tests on SQLite",
        "postgresql": "Tests on PostgreSQL",
        "e2e": "Journeys in Chromium",
    }

    # --- all of it --------------------------------------------------------------------------

    def all(self, names: list[str]) -> bool:
        """Run these parts in order, those that need only one core side by side."""
        started = time.monotonic()
        for aside, group in itertools.groupby(names, key=lambda name: name in self.ASIDE):
            if aside:
                self.side_by_side(list(group))
            else:
                for name in group:
                    self.title(name)
                    self.outcomes[name] = self.part(name)
        return self.summary(time.monotonic() - started)

    def side_by_side(self, names: list[str]) -> None:
        """As many at a time as there are cores, shown in order."""
        pool = ThreadPoolExecutor(os.cpu_count() or 1)
        # The longest begin first.
        begun = sorted(dict.fromkeys(names), key=lambda name: name not in ("types", "served"))
        futures = {name: pool.submit(self.kept, name) for name in begun}
        try:
            for name in dict.fromkeys(names):
                outcome, output = futures[name].result()
                self.title(name)
                print(output, end="", flush=True)
                self.outcomes[name] = outcome
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for server in self.servers:
                end(server)
            for process in list(self.running):
                self.let_end(process)
            raise
        finally:
            pool.shutdown()

    def kept(self, name: str) -> tuple[Outcome, str]:
        """How a part went and what its commands wrote."""
        with tempfile.TemporaryFile("w+", dir=self.scratch, errors="replace") as output:
            self.aside.output = output
            try:
                outcome = self.part(name)
            finally:
                self.aside.output = None
            output.seek(0)
            return outcome, output.read()

    def title(self, name: str) -> None:
        print(f"\n=== {self.TITLES[name]} ===", flush=True)

    def part(self, name: str) -> Outcome:
        started = time.monotonic()
        try:
            outcome = getattr(self, name)()
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            outcome = Outcome(False, str(error).strip())
        outcome.seconds = time.monotonic() - started
        return outcome

    def summary(self, lasted: float) -> bool:
        print("\n=== Summary ===")
        for name, outcome in self.outcomes.items():
            word = "ok" if outcome.ok else "FAILED"
            if outcome.left_out and outcome.ok:
                word = "LEFT OUT"
            counts = ""
            if outcome.passed or outcome.failed or outcome.skipped:
                counts = f"{outcome.passed} passed, {outcome.failed} failed"
                counts += f", {outcome.skipped} skipped" if outcome.skipped else ""
            notes = "; ".join(filter(None, (counts, outcome.note)))
            print(f"{word:<9}{self.TITLES[name]:<38}{outcome.seconds:>6.1f} s  {notes}".rstrip())
        outcomes = list(self.outcomes.values())
        tested = [outcome for outcome in outcomes if outcome.passed or outcome.failed]
        if tested:
            passed, failed, skipped = (
                sum(getattr(outcome, kind) for outcome in tested)
                for kind in ("passed", "failed", "skipped")
            )
            print(f"Tests: {passed} passed, {failed} failed, {skipped} skipped")
        ok = all(outcome.ok for outcome in outcomes)
        left_out = [name for name, outcome in self.outcomes.items() if outcome.left_out]
        minutes, seconds = divmod(round(lasted), 60)
        verdict = "Everything passed" if ok else "SOMETHING FAILED"
        if left_out:
            verdict += f", but left out: {', '.join(left_out)}"
        print(f"{verdict}. {minutes} min {seconds} s in all.", flush=True)
        return ok


def main(arguments: list[str]) -> int:
    parts: list[str] = []
    for name in arguments or Run.PARTS:
        parts += Run.CHECKS if name == "lint" else [name]
    unknown = [name for name in parts if name not in Run.PARTS]
    if unknown:
        print(f"No such part: {', '.join(unknown)}. Parts: lint {' '.join(Run.PARTS)}")
        return 2
    with tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True) as scratch:
        run = Run(Path(scratch))
        # A background job starts with Ctrl-C ignored; this script always listens.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, run.stop)
        signal.signal(signal.SIGHUP, run.stop)
        try:
            return 0 if run.all(parts) else 1
        except KeyboardInterrupt:
            print("\nStopped.")
            return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
