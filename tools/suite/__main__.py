"""Runs the parts, those that need only one core side by side, and sums up."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.first_page import end
from tools.suite.parts import Parts
from tools.suite.processes import Outcome


class Run(Parts):
    """One `make test`."""

    def __init__(self, scratch: Path) -> None:
        super().__init__(scratch)
        self.outcomes: dict[str, Outcome] = {}

    def all(self, names: list[str]) -> bool:
        """Run these parts in order, those that need only one core side by side."""
        started = time.monotonic()
        with self.lasting:
            self.each(names)
        return self.summary(time.monotonic() - started)

    def each(self, names: list[str]) -> None:
        for aside, group in itertools.groupby(names, key=lambda name: name in self.ASIDE):
            if aside:
                self.side_by_side(list(group))
            else:
                for name in group:
                    self.title(name)
                    self.outcomes[name] = self.part(name)

    def side_by_side(self, names: list[str]) -> None:
        """As many at a time as there are cores, shown in order."""
        pool = ThreadPoolExecutor(os.cpu_count() or 1)
        # The longest begin first.
        long = ("types", "served", "upgrades")
        begun = sorted(dict.fromkeys(names), key=lambda name: name not in long)
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
