"""The list of one's sessions: which browser, since when, last used on which day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore

from accounts.models import User
from accounts.sessions.browsers import browser_of
from accounts.sessions.limits import SEEN, left_of


@dataclass(frozen=True)
class Place:
    """Where somebody is signed in."""

    number: int
    browser: str
    is_here: bool
    since: datetime
    used: datetime


def places_of(person: User, sessions: Iterable[UserSession]) -> list[Place]:
    """This one first, then the one used last; those whose time is over are ended and left out."""
    places = []
    for one in sessions:
        kept: Any = SessionStore(one.session_key)
        if left_of(kept, person).seconds <= 0:
            one.end()
            continue
        used = datetime.fromtimestamp(kept.get(SEEN, one.last_seen_at.timestamp()), UTC)
        browser = browser_of(one.user_agent).words
        places.append(Place(one.pk, browser, one.is_current(), one.created_at, used))
    return sorted(places, key=lambda place: (not place.is_here, -place.used.timestamp()))
