"""Patients who write down nights all the time and remember what was acknowledged."""

import threading
from collections import Counter
from datetime import date, timedelta
from types import TracebackType

from tests.faults.site import Site, until


def days(count: int) -> list[str]:
    """The last days, as the form takes them."""
    today = date.today() - timedelta(days=2)
    return [(today - timedelta(days=back)).isoformat() for back in range(count)]


class Writers:
    """`with Writers(site, 8) as writers:` write at the same time until the block ends."""

    def __init__(self, site: Site, count: int, nights: int = 360) -> None:
        self.site = site
        self.count = count
        self.days = days(nights)
        self.saved: dict[tuple[int, str], int] = {}
        self.answers: Counter[int] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,)) for n in range(count)]

    def _write(self, number: int) -> None:
        visitor = self.site.patient(number)
        for at, day in enumerate(self.days):
            if self._over.is_set():
                return
            quality = 1 + at % 5
            status = visitor.save_night(day, quality)
            self.answers[status] += 1
            if status == 302:
                self.saved[number, day] = quality
            else:
                # Who sees an error waits a moment.
                self._over.wait(0.1)

    def __enter__(self) -> "Writers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind:
            self._over.set()
        self.stop(wait=kind is not None or self._over.is_set())

    def go_on(self, nights: int) -> None:
        """Until so many more are acknowledged."""
        wanted = len(self.saved) + nights
        until(lambda: len(self.saved) >= wanted, 60)

    def stop(self, wait: bool = True) -> None:
        """End them now, or when each has written all its nights."""
        if wait:
            self._over.set()
        for thread in self._threads:
            thread.join()

    def check(self) -> str:
        """Everything acknowledged is stored, whole, and nothing is half stored; the figures."""
        stored = self.site.stored_nights()
        lost = [key for key, quality in self.saved.items() if stored.get(key) != (quality, True)]
        assert not lost, f"{len(lost)} of {len(self.saved)} acknowledged nights are lost"
        assert all(quality and note for quality, note in stored.values()), "half an entry"
        told = ", ".join(f"{count} × {status or 'no answer'}" for status, count in
                         sorted(self.answers.items()))  # fmt: skip
        return f"{len(self.saved)} nights acknowledged, all there ({told})"
