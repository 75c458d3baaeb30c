"""Looking for one's own words."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.audience import audience
from accounts.models import Role
from accounts.sealed import Unreadable, seal, unseal
from accounts.sessions.counting import limited
from education.journal import search
from education.journal.views.asking import require_form

# What was looked for is kept sealed in the session, so that coming back from an entry shows it
# again; the address holds a number for it and never a word of it.
KEPT = "journal_searches"
MOST_KEPT = 5


@audience(Role.PATIENT)
@limited("search")
@require_form
def find(request: HttpRequest) -> HttpResponse:
    """Ask for words, then show the entries that hold all of them."""
    if request.method == "POST":
        # What can't be seen is not looked for.
        query = "".join(char if char.isprintable() else " " for char in _asked(request)).strip()
        if not search.words_in(query):
            return render(request, "journal/search.html", {"query": query, "is_empty": True})
        return redirect(f"{reverse('journal:search')}?found={_keep(request, query)}")
    number = request.GET.get("found")
    if number is None:
        return render(request, "journal/search.html", {"query": ""})
    query = _kept(request, number)
    if not query:
        return render(request, "journal/search.html", {"query": "", "is_forgotten": True})
    place = search.Place.parse(request.GET.get("from", ""))
    found = search.find(request.user, search.words_in(query), place)
    context = {"query": query, "found": found, "number": number, "is_older": place is not None}
    return render(request, "journal/search.html", context)


def _asked(request: HttpRequest) -> str:
    return request.POST.get("words", "")[: search.LONGEST_SEARCH]


def _keep(request: HttpRequest, query: str) -> str:
    """Remember a search for this session, in place of the oldest one; its number."""
    number = secrets.token_urlsafe(6)
    kept = [*request.session.get(KEPT, {}).items(), (number, seal(query))]
    request.session[KEPT] = dict(kept[-MOST_KEPT:])
    return number


def _kept(request: HttpRequest, number: str) -> str:
    """The search of this number; nothing where it is kept no more."""
    query = unseal(request.session.get(KEPT, {}).get(number, ""))
    return "" if isinstance(query, Unreadable) else query
