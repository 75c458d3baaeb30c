"""The processes of one run: what they are told, and that none of them stays behind."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
PYTHON = str(BIN / "python")

# What a developer's shell says about the portal must not change what the tests say.
OURS = set(re.findall(r'env\.\w+\("([A-Z_]+)"', (ROOT / "portal" / "settings.py").read_text())) | {
    "DATABASE_URL", "EMAIL_URL", "PORTAL_URL", "DJANGO_SETTINGS_MODULE", "PORT",
    "MIGRATED_SQLITE", "MIGRATED_POSTGRES", "MAKEFLAGS", "MAKELEVEL", "MFLAGS",
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


class Processes:
    """Runs commands, with a temporary folder for everything that they write."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.running: list[subprocess.Popen] = []
        self.servers: list[subprocess.Popen] = []
        # What lasts from one part to another, and ends with the last.
        self.lasting = ExitStack()
        self.aside = threading.local()

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
