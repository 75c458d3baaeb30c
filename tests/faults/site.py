"""A portal as it really runs, to do harm to: gunicorn, the worker, a database of its own."""

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[2]
PATIENTS = 16


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _noon() -> int:
    """What GMT zone has noon now; POSIX counts west as positive."""
    west = (datetime.now(UTC).hour - 12) % 24
    return west - 24 if west > 12 else west


def until(done: Callable[[], Any], seconds: float = 30) -> float:
    """Wait until it is true; returns how long that took, in seconds."""
    begun = time.monotonic()
    while not done():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - begun


def environment(folder: Path, database_url: str, **more: str) -> dict[str, str]:
    """Nothing of this test's own settings but the database."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "INFO",
        "PROMETHEUS_MULTIPROC_DIR": str(folder.with_name(folder.name + "-metrics")),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        **more,
    }


def fill(env: dict[str, str]) -> dict[str, Any]:
    """Migrate, and make people who have signed in; see people.py."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.people", str(PATIENTS)],
        cwd=ROOT, env=env, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Site:
    """Starts, kills and asks a portal."""

    def __init__(
        self, folder: Path, database_url: str, people: dict[str, Any], **more: str
    ) -> None:
        self.people = people
        self.database_url = database_url
        self.env = environment(folder, database_url, **more)
        self.port = free_port()
        # Not in the folder, whose disk may be full.
        self.log = folder.with_name(folder.name + ".log")
        self.web: subprocess.Popen | None = None
        self.worker: subprocess.Popen | None = None

    def _start(self, *command: str, limit: Callable[[], None] | None = None) -> subprocess.Popen:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=limit,
            )  # fmt: skip

    def start_web(self, limit: Callable[[], None] | None = None) -> None:
        """Serve, and wait until it answers; `limit` is called in the new process."""
        self.web = self._start(
            "-m", "gunicorn", "--config", "portal/gunicorn.conf.py",
            "--bind", f"127.0.0.1:{self.port}", "portal.wsgi", limit=limit,
        )  # fmt: skip
        until(self.is_up, 60)

    def start_worker(self) -> None:
        self.worker = self._start("manage.py", "db_worker", "--no-startup-delay", "--interval=0.2")

    def is_up(self) -> bool:
        assert self.web is None or self.web.poll() is None, self.log.read_text()
        with contextlib.suppress(OSError, http.client.HTTPException):
            return Visitor(self, "").get("/health/live")[0] == 200
        return False

    def processes(self) -> list[int]:
        """gunicorn's own processes, which answer."""
        assert self.web
        pid = self.web.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def kill_web(self) -> None:
        """All of it at once, as a power cut would."""
        assert self.web
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()

    def end(self) -> None:
        for process in (self.web, self.worker):
            if process and process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(15)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()

    def patient(self, number: int) -> "Visitor":
        return Visitor(self, self.people["patients"][number])

    def clinician(self) -> "Visitor":
        return Visitor(self, self.people["clinician"])

    def query(self, statement: str) -> list[tuple]:
        """Ask or change the database behind the portal's back; rows, if there are any."""
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            with contextlib.closing(sqlite3.connect(path, timeout=20)) as own, own:
                return own.execute(statement).fetchall()
        with psycopg.connect(self.database_url) as there:
            cursor = there.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def stored_nights(self) -> dict[tuple[int, str], tuple[int, bool]]:
        """(number of the patient, date): (quality, whether the note is there)."""
        number = {pk: at for at, pk in enumerate(self.people["ids"])}
        rows = self.query("SELECT patient_id, diary_date, quality, note FROM journal_night")
        return {(number[who], str(day)): (quality, bool(note)) for who, day, quality, note in rows}

    def awake(self) -> None:
        """It is day for whoever gets a mail, and the time of every mail has come."""
        self.query(f"UPDATE accounts_user SET time_zone = 'Etc/GMT{_noon():+d}'")
        self.let_leases_pass()

    def let_leases_pass(self) -> None:
        """As if everything that waits for its time had waited long enough."""
        past = "2020-01-01 00:00:00"
        self.query(f"UPDATE accounts_mail SET send_after = '{past}' WHERE sent_at IS NULL")
        tasks = "django_tasks_database_dbtaskresult"
        self.query(f"UPDATE {tasks} SET run_after = '{past}' WHERE status = 'READY'")

    def log_lines(self) -> Iterator[str]:
        yield from self.log.read_text(errors="replace").splitlines()


class Visitor:
    """A browser with one session and one connection."""

    def __init__(self, site: Site, session: str) -> None:
        self.port = site.port
        self.session = session
        self.connection: http.client.HTTPConnection | None = None

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, bytes]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={'c' * 32}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Status, where it leads, body. Raises OSError or HTTPException without an answer."""
        was_kept = self.connection is not None
        try:
            return self._ask("GET", path)
        except http.client.RemoteDisconnected:
            if not was_kept:
                raise
            # As browsers do, when the server let go of a connection that was idle.
            return self._ask("GET", path)

    def post(self, path: str, **fields: str) -> tuple[int, str, bytes]:
        from urllib.parse import urlencode

        fields["csrfmiddlewaretoken"] = "c" * 32
        return self._ask("POST", path, urlencode(fields))

    def save_night(self, day: str, quality: int = 3, note: str = "Rain.") -> int:
        """0 if nobody answered, 302 if it was acknowledged as saved, else the error."""
        try:
            status, location, _body = self.post(
                "/journal/nights/new/", diary_date=day, quality=str(quality), note=note
            )
        except (OSError, http.client.HTTPException):
            return 0
        assert status != 302 or location == "/journal/", location
        return status
