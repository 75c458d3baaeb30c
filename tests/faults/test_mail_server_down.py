"""Without a mail server only the mails wait."""

import time

import pytest

from tests.faults.site import free_port, until


@pytest.mark.faults
def test_pages_go_on_and_the_mails_come_later(database, make_site, mail_server, proved):
    port = free_port()
    site = make_site(database, EMAIL_URL=f"smtp://127.0.0.1:{port}")
    site.start_web()
    site.start_worker()
    clinician, seconds = site.clinician(), []
    wanted = {f"invited{n}@example.org" for n in range(5)}
    for n, address in enumerate(sorted(wanted)):
        begun = time.monotonic()
        status, *_rest = clinician.post("/people/invite/", name=f"Invited {n}", email=address)
        seconds.append(time.monotonic() - begun)
        assert status == 302
    site.awake()
    until(lambda: site.query("SELECT 1 FROM accounts_mail WHERE error <> ''"))
    assert clinician.get("/caseload/")[0] == 200
    server = mail_server(port=port)
    site.let_leases_pass()
    later = until(lambda: wanted <= set(server.letters), 60)
    assert sorted(server.letters) == sorted(wanted)
    proved(
        f"mail server down: 5 pages in at most {max(seconds) * 1000:.0f} ms each; "
        f"back again: 5 of 5 mails {later:.1f} s after their next try was due"
    )
