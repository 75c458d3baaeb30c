"""The worker as a process of its own: what is queued here is sent there."""

import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import queue_invitation
from accounts.mail.delivery import LEASE
from accounts.models import Invitation, Mail
from tests.factories import PatientFactory

ROOT = Path(__file__).resolve().parents[2]


def where_it_is_noon() -> str:
    """A time zone in which nobody sleeps while this test runs."""
    west = (datetime.now(UTC).hour - 12) % 24
    return f"Etc/GMT{west - 24 if west > 12 else west:+d}"


def database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


def worker(tmp_path, email_url, *options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "manage.py", "db_worker", "--verbosity", "0", "--no-startup-delay",
         "--interval", "0.1", *options],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(tmp_path),
            "EMAIL_URL": email_url,
            "PORTAL_URL": "http://localhost:8123",
        },
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_in_the_middle_loses_nothing(tmp_path):
    person = PatientFactory(email="nia@example.org", time_zone=where_it_is_noon())
    queue_invitation(Invitation(user=person))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # A mail server that takes the call and says nothing.
        first = worker(tmp_path, f"smtp://127.0.0.1:{silent.getsockname()[1]}")
        try:
            silent.settimeout(30)
            caller, _address = silent.accept()
            first.send_signal(signal.SIGKILL)
            first.wait(30)
            caller.close()
        finally:
            first.kill()
    mail = Mail.objects.get()
    assert mail.is_under_way and mail.attempts == 1

    # The lease of the dead passes, and with it the wait for the task that follows it.
    past = timezone.now() - LEASE
    Mail.objects.update(send_after=past)
    waiting = DBTaskResult.objects.filter(status="READY")
    assert waiting.update(run_after=past) == 1
    letters = tmp_path / "mails"
    second = worker(tmp_path, f"filemail:///{letters}", "--batch")
    assert second.wait(30) == 0
    [letter] = letters.iterdir()
    assert "http://localhost:8123/invitation/" in letter.read_text()
    mail.refresh_from_db()
    assert mail.sent_at and mail.attempts == 2
