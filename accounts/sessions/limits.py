"""How long somebody stays signed in: so long without a click, and never longer than a day."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User

# In the session, in seconds since 1970.
SIGNED_IN = "signed_in_at"
SEEN = "seen_at"
# A click is noted at most so often, in seconds: it is a write.
NOTED_EVERY = 60

IDLE, LONG = "idle", "long"


class Left(NamedTuple):
    """How many seconds are left, and which limit ends them."""

    seconds: float
    limit: str

    @property
    def in_pages(self) -> int:
        """At most a day: no timer of a browser runs for a month, and it asks again then."""
        return min(int(self.seconds), 24 * 3600)


def idle_seconds(user: User) -> int:
    """After so many seconds without a click this person is signed out."""
    minutes = settings.IDLE_MINUTES_PATIENT if user.is_patient else settings.IDLE_MINUTES_STAFF
    return minutes * 60


def left_of(session: Any, user: User) -> Left:
    """What is left of a session; a session of before there were limits begins now."""
    now = time.time()
    # Not in the future, where a clock that was put right may have left it.
    seen = min(session.get(SEEN, now), now)
    idle = seen + idle_seconds(user) - now
    whole = session.get(SIGNED_IN, now) + settings.SESSION_HOURS * 3600 - now
    return Left(idle, IDLE) if idle <= whole else Left(whole, LONG)


def note_click(session: Any, at_once: bool = False) -> None:
    """Somebody is there."""
    now = time.time()
    session.setdefault(SIGNED_IN, now)
    if at_once or not 0 <= now - session.get(SEEN, 0) < NOTED_EVERY:
        session[SEEN] = now


def no_click(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that a script asks by itself: it keeps nobody signed in."""
    view.is_no_click = True  # type: ignore[attr-defined]
    return view


@receiver(user_logged_in)
def signed_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Both limits begin; the middleware notes with which browser."""
    request.session[SIGNED_IN] = request.session[SEEN] = time.time()
    request.has_signed_in = True  # type: ignore[attr-defined]
