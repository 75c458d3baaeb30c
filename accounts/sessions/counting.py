"""Limits on what can be tried again and again, counted where all workers see it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.core.cache.backends.db import DatabaseCache
from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse

# Per person; nobody's work comes near. In allauth's words: how many, in what time, counted by what.
LIMITS = {
    "invite": "60/h/user",
    "invite_many": "60/h/user",
    "search": "60/m/user",
}

View = Callable[..., HttpResponse]

# Sent with the user, if it is known who that is, where a page answers with words instead of 429.
limit_reached = Signal()


def limited(action: str) -> Callable[[View], View]:
    """Answer 429 to whoever sends this more often than LIMITS says; looking is not counted.

    Write it below @audience.
    """

    def limit(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and not ratelimit.consume(
                request, app="accounts", action=action, config=LIMITS
            ):
                return ratelimit.respond_429(request)
            return view(request, *args, **kwargs)

        return counted

    return limit


class CountingCache(DatabaseCache):
    """Django's cache in the database, which forgets nothing before its time.

    Django's throws away a third when there are many entries: whoever makes many of them, one for
    each address they try, would begin anew. Each of ours ends by itself, within a day at most.
    """

    def _cull(self, db: str, cursor: Any, now: Any, num: int) -> None:
        # Of none, none is too many: what has ended goes, and nothing else.
        super()._cull(db, cursor, now, 0)  # type: ignore[misc]
