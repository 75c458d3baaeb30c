"""Starts the portal as `make run` does, opens its first page, and stops it as Ctrl-C does."""

import os
import re
import signal
import subprocess
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
# How long `make run` may take until it serves, libraries and demo included, in seconds.
PATIENCE = 600.0
# How long it may take to end; longer than tools/serve.py waits for both of its processes.
STOPPING = 100.0


def serve(
    env: dict[str, str],
    port: int,
    output: TextIO | None = None,
    began: Callable[[subprocess.Popen], None] = lambda server: None,
) -> tuple[bool, str]:
    """Whether it served, and what there is to say about it.

    What the server says goes to `output`; `began` is told of the server, for who has to end it.
    """
    started = time.monotonic()
    # Into a file: a pipe would stay open, and whoever reads it wait, for as long as anything
    # that the server has begun lives.
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        server = subprocess.Popen(
            ["tools/run"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=said,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        began(server)
        try:
            return _first_page(server, said, port, started)
        finally:
            code = _stopped(server)
            said.seek(0)
            words = said.read()
            print(textwrap.indent(words, "  "), end="", flush=True, file=output)
            if code:
                print(f"  after Ctrl-C: exit code {code}", flush=True, file=output)


def _first_page(
    server: subprocess.Popen, said: TextIO, port: int, started: float
) -> tuple[bool, str]:
    """As serve(), of a server that has begun."""
    ready = f"Ready: http://localhost:{port}\n"
    while ready not in os.pread(said.fileno(), 1_000_000, 0).decode(errors="replace"):
        if server.poll() is not None:
            return False, "`make run` did not become ready"
        if time.monotonic() - started > PATIENCE:
            return False, f"`make run` was not ready after {PATIENCE:.0f} s"
        time.sleep(0.05)
    opened = time.monotonic() - started
    try:
        files = open_page_with_files(f"http://localhost:{port}/")
    except (OSError, AssertionError) as error:
        return False, f"the first page: {error}"
    return True, f"ready after {opened:.1f} s, first page and {files} files"


def _stopped(server: subprocess.Popen) -> int:
    """The server's exit code after Ctrl-C; nothing of it is left behind."""
    end(server)
    try:
        code = server.wait(STOPPING)
    except subprocess.TimeoutExpired:
        code = -signal.SIGKILL
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    return code


def end(server: subprocess.Popen) -> None:
    """Ctrl-C, for all that the server has begun; nothing if all of it has ended already."""
    with suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGINT)


def open_page_with_files(url: str) -> int:
    """Open a page and every file it names on its own host; how many files there were."""
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
        page = answer.read().decode()
        final = answer.url
    files = set(re.findall(r'(?:href|src)="(/static/[^"#?]+|/clinic\.css[^"]*)"', page))
    assert files, f"{final} names no static file"
    for name in sorted(files):
        try:
            urllib.request.urlopen(
                urllib.request.Request(url.rstrip("/") + name), timeout=20
            ).close()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{name} answers {error.code}") from error
    return len(files)
