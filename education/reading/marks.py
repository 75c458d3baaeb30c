"""Whether a reader wants words explained: a switch, kept in a cookie of this browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.audience import EVERYONE, audience

COOKIE = "words"
YEAR = 365 * 24 * 3600


def are_wanted(request: HttpRequest) -> bool:
    """Whether words are marked and explained, as they are unless somebody switched it off."""
    return request.COOKIES.get(COOKIE) != "off"


@audience(EVERYONE)
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Mark the words that can be explained, or leave the text plain."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse("reading:library")
    response = HttpResponseRedirect(target)
    if request.POST.get("words") == "off":
        response.set_cookie(COOKIE, "off", max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response
