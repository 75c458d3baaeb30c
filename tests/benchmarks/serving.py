"""How much a few processes serve: `python -m tests.benchmarks.serving`.

Loads the demo into a database of its own (DATABASE_URL, or SQLite in a temporary folder), starts
gunicorn as in a clinic with one, two and four processes, and has eight patients click as fast as
they are answered. Prints requests per second, the 95th percentile, and the memory of a process.
The clicking takes its share of the same cores, so that the figures are too low, all alike.
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

PEOPLE, WARM_UP, SECONDS = 8, 8.0, 10.0
PAGES = ("/today/", "/journal/", "/read/", "/journal/nights/?last=14")

SESSIONS = """
import sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from accounts.models import User
people = User.objects.patients().filter(assignments__isnull=False).distinct()
for person in people[:int(sys.argv[1])]:
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    print(client.cookies[settings.SESSION_COOKIE_NAME].value)
"""


def manage(env: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def click(port: int, session: str, until: float, times: list[float], wrong: list[int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    number = 0
    while time.perf_counter() < until:
        started = time.perf_counter()
        connection.request(
            "GET", PAGES[number % len(PAGES)], headers={"Cookie": f"sessionid={session}"}
        )
        answer = connection.getresponse()
        answer.read()
        times.append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            wrong.append(answer.status)
        number += 1


def resident_mb(master: int) -> float:
    """Resident memory of the workers, in MB each."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    sizes = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 for pid in children]
    return statistics.mean(sizes) / 1e6


def measure(env: dict[str, str], processes: int, sessions: list[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "portal/gunicorn.conf.py",
         "--bind", f"127.0.0.1:{port}", "portal.wsgi"],
        env={**env, "WEB_CONCURRENCY": str(processes), "READY_LINE": "ready"},
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        server.stdout.readline()
        times: list[float] = []
        wrong: list[int] = []
        for seconds in (WARM_UP, SECONDS):
            times.clear()
            until = time.perf_counter() + seconds
            clicking = [
                threading.Thread(target=click, args=(port, one, until, times, wrong))
                for one in sessions
            ]
            for one in clicking:
                one.start()
            for one in clicking:
                one.join()
        slow = statistics.quantiles(times, n=20)[-1]
        print(
            f"{processes} processes of {env.get('WEB_THREADS', '4')} threads: "
            f"{len(times) / SECONDS:>6.1f} pages a second, 95 % within {slow:>6.0f} ms, "
            f"{resident_mb(server.pid):.0f} MB each, {len(wrong)} not answered with the page",
            flush=True,
        )
    finally:
        server.terminate()
        server.wait(30)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "portal.settings"}
        for command in (
            ["migrate", "-v0"], ["load_demo"], ["render_pages"], ["reindex_search"],
            ["collectstatic", "--no-input", "-v0"],
        ):  # fmt: skip
            manage(env, "manage.py", *command)
        sessions = manage(env, "-c", SESSIONS, str(PEOPLE)).split()
        assert sessions, "the demo has nobody to click"
        print(env.get("DATABASE_URL", "sqlite").split(":")[0], f"{len(sessions)} people at once")
        for processes in (1, 2, 4):
            measure(env, processes, sessions)
    return 0


if __name__ == "__main__":
    sys.exit(main())
