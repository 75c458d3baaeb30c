"""Is all well? One check for each thing that the portal stands on.

What keeps this process from serving makes /health/ready 503. What merely needs somebody's
attention (a worker that is gone, mails that fail, a disk that fills up) is a warning: it must
not take a server out of rotation, because the next one would have the same trouble.
"""

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Min, Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_tasks_db.models import DBTaskResult, get_date_max
from health_check.base import HealthCheck
from health_check.checks import Database
from health_check.exceptions import HealthCheckException, ServiceUnavailable, ServiceWarning

from accounts.mail.troubles import LATE
from accounts.models import Mail

# Late in the alphabet: a full cache forgets from its beginning.
BEAT = "worker.beat"
# The worker says every half minute that it is there, but not while it is sending.
SILENCE = timedelta(minutes=10)

MEGABYTE = 1024 * 1024
FULL = 50 * MEGABYTE
NEARLY_FULL = 500 * MEGABYTE


def oldest_task() -> datetime | None:
    """Since when the first of the tasks waits that could run now; None if none does."""
    ready = DBTaskResult.objects.ready()
    at_once = Q(run_after=get_date_max())
    found = ready.aggregate(
        queued=Min("enqueued_at", filter=at_once), planned=Min("run_after", filter=~at_once)
    )
    return min(filter(None, found.values()), default=None)


@dataclass
class Migrations(HealthCheck):
    """The schema is the one that this code expects, or a newer one."""

    def run(self) -> None:
        global _migrated
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                raise ServiceUnavailable("run manage.py migrate")
            # Neither the code of a process nor what was migrated goes back.
            _migrated = True


_migrated = False


@dataclass
class Cache(HealthCheck):
    """The table of the cache can be read. Nothing is written: anybody may ask."""

    def run(self) -> None:
        cache.get(BEAT)


@dataclass
class Disk(HealthCheck):
    """There is room where the portal writes."""

    def run(self) -> None:
        free = shutil.disk_usage(settings.DATA_DIR).free
        if free < FULL:
            raise ServiceUnavailable(f"{free // MEGABYTE} MB left")
        if free < NEARLY_FULL:
            raise ServiceWarning(f"{free // MEGABYTE} MB left")


@dataclass
class Worker(HealthCheck):
    """Somebody works on what is queued."""

    def run(self) -> None:
        now = timezone.now()
        seen = cache.get(BEAT)
        if not isinstance(seen, datetime) or now - seen > SILENCE:
            raise ServiceWarning("no sign of life: is manage.py db_worker running?")
        late = now - LATE
        if (oldest_task() or now) < late or Mail.objects.due(late).exists():
            raise ServiceWarning("what is queued is late")


@dataclass
class Mails(HealthCheck):
    """No mail was given up that nobody has looked at."""

    def run(self) -> None:
        if Mail.objects.failed().exists():
            raise ServiceWarning("mails have failed: see the administrator's page")


CHECKS: dict[str, HealthCheck] = {
    "database": Database(),
    "migrations": Migrations(),
    "cache": Cache(),
    "disk": Disk(),
    "worker": Worker(),
    "mails": Mails(),
}


@dataclass(frozen=True)
class Result:
    """How one check went; `said` is empty if all is well."""

    said: str = ""
    stops: bool = False

    @property
    def is_well(self) -> bool:
        return not self.said


def results() -> dict[str, Result]:
    """Each check in turn. Without a database what lives in it is not asked at all."""
    found = {name: Result("not asked", stops=True) for name in CHECKS}
    for name, check in CHECKS.items():
        found[name] = _result(check)
        if name == "database" and not found[name].is_well:
            found["disk"] = _result(CHECKS["disk"])
            break
    return found


def _result(check: HealthCheck) -> Result:
    try:
        check.run()
    except ServiceWarning as warning:
        return Result(str(warning.message))
    except (DatabaseError, Error) as error:
        return Result(type(error).__name__, stops=True)
    except HealthCheckException as error:
        return Result(str(error.message), stops=True)
    return Result()


def may_see_details(request: HttpRequest) -> bool:
    """Whoever has HEALTH_TOKEN, or asks on this machine without a proxy in between.

    A proxy of a real host says X-Forwarded-Proto, without which nothing but these addresses
    would work there; so what comes from outside can't look as if it came from here.
    """
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.HEALTH_TOKEN and constant_time_compare(token, settings.HEALTH_TOKEN):
        return True
    forwarded = any(name.startswith("HTTP_X_") or name == "HTTP_FORWARDED" for name in request.META)
    return not forwarded and request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1", "")
