"""The worker of django-tasks-db, made to last: it outlives its database and says that it lives."""

import logging
import time
from datetime import timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.db import Error, close_old_connections, connections
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from accounts.mail.delivery import wake_forgotten
from portal.health import BEAT

logger = logging.getLogger(__name__)

# How often it says so, in seconds, and looks for what others left behind.
EVERY = 30.0
# How long it waits for a database that does not answer, in seconds.
PAUSE = 2.0
# No task takes so long; whoever had it was killed.
LOST = timedelta(minutes=15)


class Worker(db_worker.Worker):
    """Works until told to stop, whatever happens to the database in between."""

    def __init__(self, *, batch: bool, **options: Any) -> None:
        # One batch after the other, so that there is a moment between them.
        super().__init__(batch=True, **options)
        self.only_once = batch
        self.beat_at = 0.0

    def run(self) -> None:
        """Work through what is queued, again and again."""
        while self.running:
            try:
                self.beat()
                super().run()
            except Error as error:
                name = type(error).__name__
                logger.warning("the database does not answer", extra={"error": name})
                connections.close_all()
                # Look for one's own unfinished task first of all.
                self.beat_at = 0.0
                time.sleep(PAUSE)
                continue
            if self.only_once or self._run_tasks == self.max_tasks:
                return
            self.startup_delay = False
            if self.running:
                time.sleep(self.interval)

    def run_task(self, db_task_result: DBTaskResult) -> None:
        structlog.contextvars.bind_contextvars(
            request_id=db_task_result.id.hex, task=db_task_result.task_path.rpartition(".")[2]
        )
        begun = time.perf_counter()
        try:
            super().run_task(db_task_result)
            ms = round((time.perf_counter() - begun) * 1000, 1)
            status = str(db_task_result.status).lower()
            logger.info("task", extra={"status": status, "ms": ms})
        finally:
            structlog.contextvars.clear_contextvars()
        self.beat()

    def beat(self) -> None:
        """Say that it lives, and take up what another worker, or this one, had to leave."""
        now = time.monotonic()
        if now - self.beat_at < EVERY and self.beat_at:
            return
        close_old_connections()
        cache.set(BEAT, timezone.now(), timeout=None)
        running = DBTaskResult.objects.running()
        lost = timezone.now() - LOST
        for one in running.only("id", "started_at", "worker_ids"):
            if self.worker_id in one.worker_ids[-1:] or (one.started_at and one.started_at < lost):
                running.filter(pk=one.pk).update(status=TaskResultStatus.READY)
        if not DBTaskResult.objects.ready().exists():
            wake_forgotten()
        self.beat_at = now


class Command(db_worker.Command):
    """Takes the place of the command of the same name."""

    def configure_logging(self, verbosity: int) -> None:
        """Leave it to settings.LOGGING."""

    def handle(self, *args: Any, **options: Any) -> None:
        # The command makes its worker by this name.
        db_worker.Worker = Worker  # type: ignore[misc]
        super().handle(**options)
