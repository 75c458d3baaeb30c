"""Counting look-ups. The glossary's pages are in education/articles: they name the articles."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import Role

from .models import TermLookups

# More than anybody reads; a bound against somebody who would make a word look hard.
PER_SESSION_AND_HOUR = 60
HOUR = 3600


@audience(Role.PATIENT)
@require_POST
def lookup(request: HttpRequest, slug: str) -> HttpResponse:
    """A patient opened an explanation: the term is counted, the patient is not noted.

    The answer is the same whether there is such a term or not.
    """
    if _within_bounds(request.session.session_key or ""):
        TermLookups.objects.count_one(slug[:120])
    return HttpResponse(status=204)


def _within_bounds(session_key: str) -> bool:
    """Count this session's look-ups for an hour, under a name that leads back to nobody."""
    key = "lookups-" + salted_hmac("education.glossary.lookups", session_key).hexdigest()
    if cache.add(key, 1, HOUR):
        return True
    try:
        return cache.incr(key) <= PER_SESSION_AND_HOUR
    except ValueError:  # The hour has ended between the two.
        return cache.add(key, 1, HOUR)
