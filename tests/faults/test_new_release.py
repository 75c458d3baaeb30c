"""A new release takes over: systemd holds the socket, requests wait in it, and none is lost."""

import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from tests.faults.site import ROOT, until
from tests.faults.writers import days

# What systemd does: the socket becomes the third file, and the process is told that it is for it.
AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, *sys.argv[2:]])
"""


def start_with_socket(site, held):
    with site.log.open("ab") as log:
        site.web = subprocess.Popen(
            [sys.executable, "-c", AS_SYSTEMD, str(held.fileno()), "-m", "gunicorn"]
            + ["--config", "portal/gunicorn.conf.py", "portal.wsgi"],
            cwd=ROOT, env=site.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            start_new_session=True, pass_fds=[held.fileno()],
        )  # fmt: skip


@pytest.mark.faults
def test_no_request_fails_while_the_web_server_restarts(database, make_site, proved):
    """As behind nginx: a connection for each request, and no second try."""
    site = make_site(database)
    waited, lost = [], []
    over = threading.Event()

    def write(number):
        for at, day in enumerate(days(360)):
            patient = site.patient(number)
            begun = time.monotonic()
            try:
                status = patient.save_night(day, 1 + at % 5)
            except Exception as error:
                status = repr(error)
            finally:
                if patient.connection:
                    patient.connection.close()
            waited.append(time.monotonic() - begun)
            if status != 302:
                lost.append(status)
            if over.is_set():
                return

    with socket.create_server(("127.0.0.1", site.port), backlog=512) as held:
        start_with_socket(site, held)
        until(site.is_up, 60)
        threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for _release in range(3):
            so_far = len(waited)
            until(lambda so_far=so_far: len(waited) > so_far + 50, 60)
            old = site.web
            old.send_signal(signal.SIGTERM)
            assert old.wait(40) == 0
            start_with_socket(site, held)
        until(lambda: len(waited) > so_far + 150, 60)
        over.set()
        for thread in threads:
            thread.join()
    assert not lost, (len(lost), lost[:5])
    assert len(site.stored_nights()) == len(waited)
    proved(
        f"3 restarts under {len(waited)} saves by 8 people: 0 failed, all stored, the longest "
        f"waited {max(waited):.1f} s"
    )
