"""PostgreSQL goes and comes back while the portal serves."""

import time

import pytest

from tests.faults.site import until
from tests.faults.writers import Writers


@pytest.mark.faults
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_errors_for_seconds_and_then_well_again(postgres, make_site, proved, mode):
    site = make_site(postgres)
    site.start_web()
    site.start_worker()
    until(lambda: site.query("SELECT 1 FROM portal_cache WHERE cache_key LIKE '%worker.beat'"))
    before = site.processes()
    with Writers(site, 8) as writers:
        writers.go_on(50)
        begun = time.monotonic()
        postgres.restart(mode)
        away = time.monotonic() - begun
        well = until(lambda: site.patient(9).get("/journal/")[0] == 200)
        writers.go_on(50)
        writers.stop()
    assert set(writers.answers) <= {302, 503}, writers.answers
    assert site.processes() == before
    assert site.patient(0).get("/health/ready")[0] == 200
    # The worker too: what is queued now is done.
    site.clinician().post("/people/invite/", name="Invited", email="late@example.org")
    site.awake()
    until(lambda: site.query("SELECT 1 FROM accounts_mail WHERE sent_at IS NOT NULL"))
    assert site.worker.poll() is None
    proved(
        f"restarted ({mode}, {away:.1f} s away), well again {well:.1f} s later in the same "
        f"processes: {writers.check()}"
    )
