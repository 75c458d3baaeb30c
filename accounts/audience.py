"""Whom a view is for: every view says it, and a test walks all URLs for one that does not."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from .models import Role

PUBLIC = "public"
EVERYONE = frozenset(Role)

View = Callable[..., HttpResponse]


def audience(*who: str | frozenset) -> Callable[[View], View]:
    """Declare whom a view is for: roles, EVERYONE (anybody signed in) or PUBLIC.

    Somebody signed in with another role gets 403; that says nothing about any object, because
    it happens before anything is looked up.
    """
    public = PUBLIC in who
    roles = (
        frozenset(Role)
        if public
        else frozenset().union(
            *(entry if isinstance(entry, frozenset) else {entry} for entry in who)
        )
    )

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not public and request.user.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.audience = roles  # type: ignore[attr-defined]
        return login_not_required(guarded) if public else guarded

    return declare
