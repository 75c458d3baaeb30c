"""Reading goes on while nothing can be stored: on a full disk, in a read-only database."""

import logging

from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from portal.errors import let_go, trouble_in

logger = logging.getLogger(__name__)


class SteadySessionMiddleware(SessionMiddleware):
    """Shows a page that was made although its session can't be saved after it.

    What is lost is when its reader was last seen, or that a message was shown. What changes
    something, or leads on, is refused as before.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        try:
            return super().process_response(request, response)
        except (SessionInterrupted, DatabaseError) as error:
            read_only = request.method in ("GET", "HEAD") and response.status_code == 200
            trouble = trouble_in(error)
            if not read_only or trouble is None:
                raise
            let_go(trouble)
            logger.warning("a session was not saved", extra={"error": type(trouble).__name__})
            return response
