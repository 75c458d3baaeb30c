"""Pages that show content can be read from a copy of the database, a moment behind it.

With REPLICA_URL the library, the reader and the glossary ask a read replica. Sign-in, sessions,
journals, care and every change stay with the database itself. Whoever has just sent something
reads from there too for a while, so that they see what they did; and when the replica does not
answer, the page is read from the database.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

REPLICA = "replica"
APPS = frozenset({"articles", "glossary", "reading"})
# Longer than a replica is ever behind, or it should not serve.
BEHIND_SECONDS = 10
_COOKIE = "sent"

logger = logging.getLogger(__name__)
_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)

View = Callable[..., HttpResponse]


class ReplicaRouter:
    """Content is read from the replica inside a view that allows it; nothing is written there."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        if _reads_replica.get() and model._meta.app_label in APPS:
            return REPLICA
        return None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None


def from_replica(view: View) -> View:
    """Let a page that changes nothing be read from the replica, if there is one."""

    @wraps(view)
    def routed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (
            REPLICA not in settings.DATABASES
            or request.method not in ("GET", "HEAD")
            or _COOKIE in request.COOKIES
        ):
            return view(request, *args, **kwargs)
        reads = _reads_replica.set(True)
        try:
            return view(request, *args, **kwargs)
        except OperationalError as error:
            logger.warning("The replica did not answer: %s", type(error).__name__)
        finally:
            _reads_replica.reset(reads)
        return view(request, *args, **kwargs)

    return routed


class ReadYourWritesMiddleware:
    """Whoever sends something reads from the database itself for a while."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method == "POST" and REPLICA in settings.DATABASES:
            response.set_cookie(
                _COOKIE,
                "1",
                max_age=BEHIND_SECONDS,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response
