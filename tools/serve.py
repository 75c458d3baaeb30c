"""Runs the server and, beside it, the worker that sends the portal's mails; ends both together.

usage: python -m tools.serve COMMAND OF THE SERVER ...
"""

import queue
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import Any

WORKER = [sys.executable, "manage.py", "db_worker", "--verbosity", "0", "--no-startup-delay"]
PAUSE = 5.0
# What has not ended so long after it was told is told again, and then made to. Longer than the
# server gives its own processes (graceful_timeout in portal/gunicorn.conf.py): were it killed
# before, one of them that is stuck would stay behind.
PATIENCE = 30.0

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Serving:
    """The two processes, and what happens to them, in the order in which it happens."""

    def __init__(self, command: list[str]) -> None:
        self.events: queue.SimpleQueue[subprocess.Popen | int] = queue.SimpleQueue()
        for number in STOPS:
            signal.signal(number, self._told)
        self.server = self._start(command)
        self.worker = self._start_worker()

    def _told(self, number: int, _frame: FrameType | None) -> None:
        self.events.put(number)

    def _start_worker(self) -> subprocess.Popen:
        # Out of reach of the terminal: being told twice, it would drop what it is sending.
        return self._start(WORKER, process_group=0)

    def _start(self, command: list[str], **options: Any) -> subprocess.Popen:
        process = subprocess.Popen(command, **options)

        def wait() -> None:
            process.wait()
            self.events.put(process)

        threading.Thread(target=wait, daemon=True).start()
        return process

    def run(self) -> int:
        """Serve until the server ends or somebody stops it; returns the exit code."""
        while True:
            event = self.events.get()
            if isinstance(event, int):
                self.worker.terminate()
                # Ctrl-C has reached the server as well.
                self._end(self.server, told=event == signal.SIGINT)
                self._end(self.worker, told=True)
                return 0
            if event is self.server:
                self._end(self.worker)
                code = self.server.returncode
                return code if code >= 0 else 128 - code
            self._begin_again()

    def _begin_again(self) -> None:
        """Another worker in place of one that ended by itself, unless all is to end."""
        print(
            f"The worker that sends mails ended ({self.worker.returncode}). "
            f"Another one begins in {PAUSE:.0f} seconds.",
            file=sys.stderr,
            flush=True,
        )
        try:
            self.events.put(self.events.get(timeout=PAUSE))
        except queue.Empty:
            self.worker = self._start_worker()

    def _end(self, process: subprocess.Popen, told: bool = False) -> None:
        """Wait until it has ended, ask it to, or make it; `told` when it knows already."""
        steps = [process.terminate, process.kill]
        for step in [lambda: None, *steps] if told else steps:
            step()
            try:
                process.wait(PATIENCE)
                return
            except subprocess.TimeoutExpired:
                continue


if __name__ == "__main__":
    sys.exit(Serving(sys.argv[1:]).run())
