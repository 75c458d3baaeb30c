from typing import Any

from django import template

from accounts.sessions.limits import left_of
from accounts.sessions.listing import Place, places_of

register = template.Library()


@register.simple_tag(takes_context=True)
def places(context: Any, sessions: Any) -> list[Place]:
    """Where the person who asks is signed in, out of allauth's list."""
    return places_of(context["request"].user, sessions)


@register.inclusion_tag("components/session_end.html", takes_context=True)
def session_end(context: Any) -> dict[str, Any]:
    """What session.js shows before and after the end of a session; nothing for nobody."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return {}
    left = left_of(request.session, request.user)
    return {"left": left.in_pages, "limit": left.limit, "user": request.user}
