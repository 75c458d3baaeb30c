"""Is it well? For load balancers, for Prometheus, and for whoever runs it."""

import re
import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client, override_settings
from django.utils import timezone

from accounts.mail import queue_invitation
from accounts.mail.delivery import send_mails
from accounts.models import Invitation, Mail
from portal import health
from tests.factories import PASSWORD, PatientFactory

# As if a proxy stood in between.
OUTSIDE = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.7"}


@pytest.fixture(autouse=True)
def not_looked_yet(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


@pytest.fixture
def well(db):
    """As it is with a worker."""
    cache.set(health.BEAT, timezone.now(), None)


def ready(**headers) -> tuple[int, dict]:
    answer = Client().get("/health/ready", headers=headers)
    return answer.status_code, answer.json()


def test_all_is_well(well, django_assert_num_queries):
    assert Client().get("/health/live").json() == {"status": "ok"}
    status, answer = ready()
    assert status == 200
    assert answer == {"status": "ok", "checks": dict.fromkeys(health.CHECKS, "ok")}
    # A machine asks every few seconds.
    with django_assert_num_queries(6):
        ready()


def test_strangers_learn_only_whether_it_is_well(well):
    assert ready(**OUTSIDE) == (200, {"status": "ok"})
    assert Client().get("/health/metrics", headers=OUTSIDE).status_code == 404
    for header in ("x-real-ip", "forwarded", "x-forwarded-for"):
        assert ready(**{header: "127.0.0.1"}) == (200, {"status": "ok"})
    assert ready(**OUTSIDE, authorization="Bearer ") == (200, {"status": "ok"})
    with override_settings(HEALTH_TOKEN="a-long-token"):  # noqa: S106
        for wrong in ("Bearer wrong", "Bearer ", "a-long-tokenx", "Bearer \u00e9"):
            assert ready(**OUTSIDE, authorization=wrong) == (200, {"status": "ok"})
        assert "checks" in ready(**OUTSIDE, authorization="Bearer a-long-token")[1]
    assert Client(REMOTE_ADDR="192.0.2.7").get("/health/metrics").status_code == 404


def test_what_needs_attention_is_a_warning_and_keeps_serving(well, monkeypatch):
    Mail.objects.create(
        recipient=PatientFactory(), kind="invitation", send_after=timezone.now(),
        failed_at=timezone.now(),
    )  # fmt: skip
    cache.set(health.BEAT, timezone.now() - timedelta(hours=1), None)
    room = SimpleNamespace(free=100 * health.MEGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: room)
    status, answer = ready()
    assert (status, answer["status"]) == (200, "warning")
    assert "db_worker" in answer["checks"]["worker"]
    assert "administrator" in answer["checks"]["mails"]
    assert answer["checks"]["disk"] == "100 MB left"
    assert ready(**OUTSIDE) == (200, {"status": "ok"})
    room.free = 10 * health.MEGABYTE
    assert ready(**OUTSIDE) == (503, {"status": "not ok"})


def test_a_worker_that_lives_but_does_not_get_through_is_a_warning(well):
    queue_invitation(Invitation(user=PatientFactory()))
    assert ready()[1]["status"] == "ok"
    Mail.objects.update(send_after=timezone.now() - timedelta(hours=1))
    assert ready()[1]["checks"]["worker"] == "what is queued is late"


def test_without_its_schema_or_its_database_it_is_not_ready(well, monkeypatch):
    executor = MigrationExecutor(connection)
    [newest] = executor.loader.graph.leaf_nodes("accounts")
    executor.recorder.record_unapplied(*newest)
    assert ready(**OUTSIDE) == (503, {"status": "not ok"})
    assert ready()[1]["checks"]["migrations"] == "run manage.py migrate"

    def refuse(*args):
        raise OperationalError("secret host name")

    with connection.execute_wrapper(refuse):
        status, answer = ready()
        figures = Client().get("/health/metrics")
    assert status == 503 and answer["checks"]["database"] != "ok"
    assert answer["checks"]["disk"] == "ok"
    assert 'portal_check{check="database"} 0.0' in figures.content.decode()


def test_figures_for_prometheus_name_nobody(well, patient, signed_in):
    before = value_of("portal_sign_ins_failed_total")
    name = 'portal_requests_total{method="GET",route="journal:night",status="404"}'
    asked = value_of(name)
    signed_in(patient).get("/journal/nights/2026-02-03/?q=canary")
    Client().post("/account/login/", {"login": patient.email, "password": f"not-{PASSWORD}"})
    Client().get("/canary/")
    queue_invitation(Invitation(user=PatientFactory()))
    assert value_of(name) == asked + 1
    assert value_of("portal_sign_ins_failed_total") == before + 1
    assert value_of("portal_mails_under_way") == 1
    waiting = value_of("portal_tasks_ready")
    send_mails.enqueue()
    assert value_of("portal_tasks_ready") == waiting + 1
    assert value_of("portal_sessions") == 1
    text = figures()
    assert 'portal_requests_total{method="GET",route="unknown",status="404"}' in text
    assert "portal_request_seconds_bucket" in text
    for personal in ("canary", patient.email, str(patient.public_id), "2026-02-03", "/journal"):
        assert personal not in text


def figures() -> str:
    answer = Client().get("/health/metrics")
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain")
    return answer.content.decode()


def value_of(name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", figures(), re.MULTILINE)
    return float(found[1]) if found else 0.0
