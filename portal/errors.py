"""Pages for when something is wrong; they ask the database nothing."""

import errno
import sys

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def _page(template: str, status: int) -> HttpResponse:
    return HttpResponse(render_to_string(template), status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent

    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return too_large(request)
    # Raised when a session could not be saved, for whatever reason.
    if isinstance(exception, SessionInterrupted) and (trouble := trouble_in(exception)):
        return _busy(trouble)
    return _page("400.html", 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page("413.html", 413)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("403.html", 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page("403_csrf.html", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page("404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or 503, to be tried again, while the database is locked, full, read-only or away."""
    # Django calls this inside its except block and does not hand over the error.
    trouble = trouble_in(sys.exc_info()[1])
    return _busy(trouble) if trouble else _page("500.html", 500)


def too_many(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    response = _page("429.html", 429)
    response.headers["Retry-After"] = "60"
    return response


def _busy(trouble: BaseException) -> HttpResponse:
    let_go(trouble)
    response = _page("503.html", 503)
    response.headers["Retry-After"] = "10"
    return response


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
READ_ONLY, PSYCOPG = "25006", "psycopg"


def let_go(trouble: BaseException) -> None:
    """SQLite's connection would stay read-only when its disk no longer is."""
    if "readonly" in str(trouble) and not connection.in_atomic_block:
        connection.close()


def trouble_in(error: BaseException | None) -> BaseException | None:
    """What comes from the machine's state, so that the same may work a little later."""
    while error is not None:
        said_by = error.__cause__
        if (
            isinstance(error, OperationalError)
            or (isinstance(error, InternalError) and getattr(said_by, "sqlstate", "") == READ_ONLY)
            # SQLite's is about the code; PostgreSQL's is about a connection that has gone.
            or (isinstance(error, InterfaceError) and type(said_by).__module__.startswith(PSYCOPG))
            or (isinstance(error, OSError) and error.errno in _NO_ROOM)
        ):
            return error
        error = said_by or error.__context__
    return None
