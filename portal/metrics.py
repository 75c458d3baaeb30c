"""Figures about the service for Prometheus: counts and times, never a person or a row.

gunicorn's processes add up in files in PROMETHEUS_MULTIPROC_DIR (portal/gunicorn.conf.py).
"""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.auth.signals import user_login_failed
from django.contrib.sessions.models import Session
from django.db import Error
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    Metric,
    generate_latest,
    values,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import Mail
from portal import health

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")

_held: dict[int, Any] = {}


def _place() -> str:
    """The lowest number that no other living process counts under.

    The library counts under the process id and so leaves a file for every process there ever
    was; a lock ends with its process, and the next one goes on counting in the same file.
    """
    pid = os.getpid()
    if pid not in _held:
        _held.clear()
        number = 0
        while pid not in _held:
            file = (Path(FOLDER) / f"{number}.lock").open("w")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _held[pid] = (file, str(number))
            except BlockingIOError:
                file.close()
                number += 1
    return _held[pid][1]


if FOLDER:
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(process_identifier=_place)

# Asked every few seconds by machines: no line in the log for each.
PROBES = frozenset({"portal:live", "portal:ready", "portal:metrics"})

REQUESTS = Counter("portal_requests", "Requests that were answered.", ["route", "method", "status"])
SECONDS = Histogram(
    "portal_request_seconds",
    "Time to answer, in seconds.",
    ["route"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SIGN_INS_FAILED = Counter("portal_sign_ins_failed", "Wrong passwords and unknown addresses.")


def count_failed_sign_in(**kwargs: object) -> None:
    SIGN_INS_FAILED.inc()


user_login_failed.connect(count_failed_sign_in, dispatch_uid="portal.metrics")


class Waiting(Collector):
    """What the database knows: queues, mails and sessions, counted when somebody asks."""

    def describe(self) -> list[Metric]:
        """Nothing: the names are known when somebody asks, and must not need the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """A handful of counts, each over an index of what is open now."""
        checks = GaugeMetricFamily("portal_check", "1 if all is well, else 0.", labels=["check"])
        for name, result in health.results().items():
            checks.add_metric([name], float(result.is_well))
        yield checks
        try:
            figures = waiting()
        except Error:
            return
        for name, (text, value) in figures.items():
            yield GaugeMetricFamily(f"portal_{name}", text, value=value)


def waiting() -> dict[str, tuple[str, float]]:
    """Name, meaning and value of each figure from the database; ages in seconds."""
    now = timezone.now()
    tasks = DBTaskResult.objects.ready()
    mails = Mail.objects
    due = mails.due(now).order_by("send_after").values_list("send_after", flat=True)

    oldest = health.oldest_task()

    def age(since: Any) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    return {
        "tasks_ready": ("Tasks that wait for the worker.", tasks.count()),
        "oldest_task_seconds": (
            "How long the first of them has waited.",
            age(oldest),
        ),
        "mails_under_way": ("Mails that have not left.", mails.under_way().count()),
        "oldest_mail_seconds": ("How late the most overdue mail is.", age(due.first())),
        "mails_failed": ("Mails that were given up.", mails.failed().count()),
        "sessions": (
            "Sessions that have not expired.",
            Session.objects.filter(expire_date__gt=now).count(),
        ),
    }


def text() -> bytes:
    """All of it, in Prometheus' text format."""
    counted: Any = REGISTRY
    if FOLDER:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)
    now = CollectorRegistry()
    now.register(Waiting())
    return generate_latest(counted) + generate_latest(now)
