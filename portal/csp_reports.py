"""What browsers report when a page breaks the Content-Security-Policy.

Anybody may send anything here, so that nothing of it is believed or kept but two words out of
lists of ours: which rule, and which of our routes. Addresses, queries and code samples, which
carry what people wrote, are never looked at further.
"""

import json
import logging
import time
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

from accounts.audience import PUBLIC, audience

# The figures' own settings come first, see there.
from portal import metrics  # noqa: F401

logger = logging.getLogger("portal.csp")

REPORTS = Counter("portal_csp_reports", "Pages that broke the content policy.", ["directive"])

LARGEST = 16 * 1024
MOST_IN_ONE = 20
# Lines in the log of one process in a minute; further ones are dropped.
MOST_A_MINUTE = 60

DIRECTIVES = frozenset(
    f"{name}-src{part}"
    for name in ("default", "connect", "font", "frame", "img", "manifest", "media", "object",
                 "script", "style", "worker")
    for part in ("", "-elem", "-attr")
) | {"base-uri", "form-action", "frame-ancestors"}  # fmt: skip

_said: deque[float] = deque(maxlen=MOST_A_MINUTE)


@csrf_exempt
@audience(PUBLIC)
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Note a browser's reports: in the older form one, in the newer several."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > LARGEST:
        return HttpResponse(status=413)
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return HttpResponse(status=400)
    for one in _reports(sent):
        _note(one)
    return HttpResponse(status=204)


def _reports(sent: Any) -> list[dict[str, Any]]:
    if isinstance(sent, dict):
        sent = [{"body": sent.get("csp-report")}]
    if not isinstance(sent, list):
        return []
    bodies = [one.get("body") for one in sent[:MOST_IN_ONE] if isinstance(one, dict)]
    return [one for one in bodies if isinstance(one, dict)]


def _note(report: dict[str, Any]) -> None:
    now = time.monotonic()
    if len(_said) == MOST_A_MINUTE and now - _said[0] < 60:
        return
    _said.append(now)
    rule = report.get("effectiveDirective") or report.get("effective-directive")
    rule = rule or report.get("violated-directive")
    directive = str(rule).partition(" ")[0]
    directive = directive if directive in DIRECTIVES else "unknown"
    REPORTS.labels(directive).inc()
    page = report.get("documentURL") or report.get("document-uri")
    facts = {"directive": directive, "route": _route(page)}
    logger.warning("content policy broken", extra=facts)


def _route(page: Any) -> str:
    """The name of our route at this address; never the address, which may let somebody in."""
    try:
        return resolve(urlsplit(str(page)).path).view_name or "unnamed"
    except (Resolver404, ValueError):
        return "unknown"
