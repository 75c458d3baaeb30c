"""Many writers at once."""

import os
import signal
import time

import pytest

from tests.faults.writers import Writers


def test_16_writers_on_sqlite_and_a_killed_process(sqlite, make_site, proved):
    """In every `make test`, with few nights."""
    site = make_site(sqlite, DEBUG="true", WEB_THREADS="8")
    site.start_web()
    with Writers(site, 16, nights=8) as writers:
        writers.go_on(20)
        os.kill(site.processes()[0], signal.SIGKILL)
    told = writers.check()
    assert set(writers.answers) <= {302, 0}, told
    assert not [line for line in site.log_lines() if "database is locked" in line]


@pytest.mark.faults
def test_16_writers_wait_for_each_other_and_none_is_refused(database, make_site, proved):
    site = make_site(database, WEB_THREADS="8", DATABASE_POOL="8")
    site.start_web()
    begun = time.monotonic()
    with Writers(site, 16, nights=60) as writers:
        pass
    seconds = time.monotonic() - begun
    assert set(writers.answers) == {302}
    assert len(writers.saved) == 16 * 60
    assert not [line for line in site.log_lines() if "database is locked" in line]
    proved(f"16 writers at once: {writers.check()}, {960 / seconds:.0f} a second")
