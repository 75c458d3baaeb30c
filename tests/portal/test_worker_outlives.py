"""The worker goes on where its database, or another worker, stopped."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail.delivery import send_mails
from portal.health import BEAT
from portal.management.commands import db_worker
from tests.logs import listening


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr(db_worker, "PAUSE", 0)
    return db_worker.Worker(
        queue_names=["default"], interval=0, batch=True, backend_name="default",
        startup_delay=False, max_tasks=None, worker_id="me", excluded_queue_names=[],
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("good", [0, 3, 8])
def test_a_database_that_goes_away_at_any_moment(worker, good):
    """Down for three statements, after so many good ones; in between, all its connections end."""
    send_mails.enqueue()
    asked = []

    def away(execute, *statement):
        asked.append(1)
        if good < len(asked) <= good + 3:
            raise OperationalError("server closed the connection")
        return execute(*statement)

    with listening() as lines, connection.execute_wrapper(away):
        worker.run()
    assert len(asked) > good + 3
    assert DBTaskResult.objects.get().status in ("SUCCESSFUL", "FAILED")
    assert lines.facts("the database does not answer") or lines.facts("task")
    assert timezone.now() - cache.get(BEAT) < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_in_hand_is_done_again(worker):
    for started, worker_id in ((20, "dead"), (1, "alive"), (1, "me")):
        send_mails.enqueue()
        DBTaskResult.objects.filter(status="READY").update(
            status="RUNNING",
            worker_ids=[worker_id],
            started_at=timezone.now() - timedelta(minutes=started),
        )
    with listening() as lines:
        worker.run()
    assert {one.worker_ids[0]: str(one.status) for one in DBTaskResult.objects.all()} == {
        "dead": "SUCCESSFUL", "me": "SUCCESSFUL", "alive": "RUNNING",
    }  # fmt: skip
    done = lines.facts("task")
    assert [one["status"] for one in done] == ["successful", "successful"]
    assert {one["task"] for one in done} == {"send_mails"}
