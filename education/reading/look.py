"""How the reading looks: letters, size, lines, explained words, light or dark.

Each choice is a cookie of this browser, so it holds before anybody signs in and on every page.
Scripts set the same cookies at once; without them the buttons of the panel post to `keep`.
"""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.audience import EVERYONE, audience

YEAR = 365 * 24 * 3600

# Per cookie the values that are kept; anything else means the usual look, without a cookie.
CHOICES = {
    "text": ("1", "3", "4"),
    "face": ("sans",),
    "lines": ("wide",),
    "words": ("off",),
    "theme": ("light", "dark"),
}


def explains_words(request: HttpRequest) -> bool:
    """Whether words are marked and explained, as they are unless somebody switched it off."""
    return request.COOKIES.get("words") != "off"


@audience(EVERYONE)
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen, and go back to the page."""
    target = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = reverse("reading:library")
    response = HttpResponseRedirect(target)
    for name, values in CHOICES.items():
        chosen = request.POST.get(name)
        if chosen in values:
            response.set_cookie(
                name, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure()
            )
        elif chosen is not None:
            response.delete_cookie(name, samesite="Lax")
    return response
