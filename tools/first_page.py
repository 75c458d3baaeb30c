"""Starts the portal as `make run` does, opens its first page, and stops it as Ctrl-C does."""

import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent


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
    server = subprocess.Popen(
        ["tools/run"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    began(server)
    try:
        line = ""
        for line in server.stdout or ():
            print("  " + line, end="", flush=True, file=output)
            if line.startswith("Ready: "):
                break
        if line != f"Ready: http://localhost:{port}\n":
            return False, "`make run` did not become ready"
        opened = time.monotonic() - started
        try:
            files = open_page_with_files(f"http://localhost:{port}/")
        except (OSError, AssertionError) as error:
            return False, f"the first page: {error}"
        return True, f"ready after {opened:.1f} s, first page and {files} files"
    finally:
        end(server)
        try:
            code = server.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            code = server.wait()
        rest = server.stdout.read() if server.stdout else ""
        if rest or code:
            print(f"  after Ctrl-C (exit code {code}): {rest}", flush=True, file=output)


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
