"""Each request leaves a line in the log and a count in the metrics, with ids only."""

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import LazyObject, empty

from portal import metrics

logger = logging.getLogger("portal.requests")

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ObservedMiddleware:
    """Notes how a request went: never its address, its query, or anything that was sent.

    The proxy's X-Request-ID is taken over if it looks like one, so that a line of its log and
    ours can be laid side by side; the answer carries it too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = sent if _REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        # Left in place at the end, for what a streamed answer still has to say.
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - begun
        match = request.resolver_match
        route = (match.view_name or "unnamed") if match else "unknown"
        method = request.method if request.method in _METHODS else "OTHER"
        status = response.status_code
        metrics.REQUESTS.labels(route, method, status).inc()
        metrics.SECONDS.labels(route).observe(seconds)
        level = logging.ERROR if status >= 500 else logging.INFO
        if route in metrics.PROBES and status < 500:
            level = logging.DEBUG
        facts = {"route": route, "method": method, "status": status, "ms": round(seconds * 1000, 1)}
        logger.log(level, "request", extra={**facts, **_who(request)})
        response.headers["X-Request-ID"] = request_id
        return response


def _who(request: HttpRequest) -> dict[str, Any]:
    """The person's role and public id, if some other code has asked for them already."""
    facts = {"ip": _address(request)} if settings.LOG_IP else {}
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user._wrapped is empty:  # type: ignore[attr-defined]
        return facts
    if user is not None and user.is_authenticated:
        facts |= {"role": str(user.role), "user": str(user.public_id)}
    return facts


def _address(request: HttpRequest) -> str:
    """Whom the proxy saw, or who is connected; empty if it is no address."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(forwarded or request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""
