"""kill -9 in the middle of writes: what was acknowledged is there."""

import os
import signal

import pytest

from tests.faults.site import until
from tests.faults.writers import Writers


@pytest.mark.faults
def test_processes_and_then_all_of_the_server(database, make_site, proved):
    site = make_site(database)
    site.start_web()
    with Writers(site, 8) as writers:
        for _round in range(6):
            writers.go_on(40)
            os.kill(site.processes()[0], signal.SIGKILL)
        for _round in range(3):
            writers.go_on(40)
            site.kill_web()
            site.start_web()
        writers.go_on(40)
        writers.stop()
    proved(f"kill -9 of 6 processes and 3 whole servers among 8 writers: {writers.check()}")


@pytest.mark.faults
def test_the_worker_over_and_over(database, make_site, mail_server, proved):
    """A mail may come twice, when its worker dies between sending and noting it; never not."""
    server = mail_server(seconds_for_each=0.2)
    site = make_site(database, EMAIL_URL=f"smtp://127.0.0.1:{server.port}")
    site.start_web()
    clinician = site.clinician()
    wanted = {f"invited{n}@example.org" for n in range(20)}
    for n, address in enumerate(sorted(wanted)):
        status, *_rest = clinician.post("/people/invite/", name=f"Invited {n}", email=address)
        assert status == 302
    site.awake()
    kills = 0
    for _round in range(5):
        site.start_worker()
        before = len(server.letters)
        until(lambda before=before: len(server.letters) > before + 1, 30)
        os.kill(site.worker.pid, signal.SIGKILL)
        site.worker.wait()
        kills += 1
        site.let_leases_pass()
    site.start_worker()
    until(lambda: wanted <= set(server.letters), 60)
    until(lambda: not site.query("SELECT 1 FROM accounts_mail WHERE sent_at IS NULL"), 30)
    twice = len(server.letters) - len(wanted)
    proved(f"{kills} × kill -9 of the worker: 20 of 20 mails arrived, {twice} of them twice")
