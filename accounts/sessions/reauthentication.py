"""Before something that matters: show once more that it is you."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

View = Callable[..., HttpResponse]


def fresh_sign_in_required(view: View | None = None, *, page: str = "") -> Any:
    """Ask whoever has not signed in or shown a factor within ACCOUNT_REAUTHENTICATION_TIMEOUT
    to do so, then go on to the address that was asked for, a download as well.

    What was sent by a form is not kept: the page at its address comes again, and says so. A view
    that has no page of its own names the one its button is on: @fresh_sign_in_required(page=name);
    a browser that saves a download stays where it was otherwise, before the question. Write it
    below @audience, which knows whether somebody is signed in.
    """
    if view is None:
        return lambda later: fresh_sign_in_required(later, page=page)

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_reauthentication_required(request, app="accounts"):
            return view(request, *args, **kwargs)
        if page or request.method not in ("GET", "HEAD"):
            messages.info(request, _("Nothing has been done yet. After this page, press it again."))
        ways = get_adapter().get_reauthentication_methods(request.user)
        asking = ways[0]["url"] if ways else reverse("account_login")
        wanted = reverse(page) if page else request.get_full_path()
        return HttpResponseRedirect(f"{asking}?{urlencode({'next': wanted})}")

    return asked
