"""What the pages of the journal have in common: whose entries, which date, where to go back to."""

import uuid
from datetime import date

from django.http import Http404, HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from education.journal.converters import parse_diary_date
from education.journal.models import Night, Reflection
from education.journal.models.night import NightQuerySet

require_form = require_http_methods(["GET", "HEAD", "POST"])


def own_nights(request: HttpRequest) -> NightQuerySet:
    """The nights of whoever asks."""
    return Night.objects.visible_to(request.user)


def own_reflection(request: HttpRequest, public_id: uuid.UUID) -> Reflection:
    """A reflection of whoever asks, or 404."""
    return get_object_or_404(
        Reflection.objects.visible_to(request.user).select_related("edition__article"),
        public_id=public_id,
    )


def date_from(request: HttpRequest, name: str) -> date | None:
    """A date of the query string; 404 where it is none."""
    value = request.GET.get(name)
    if value is None:
        return None
    try:
        return parse_diary_date(value)
    except ValueError:
        raise Http404 from None


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent with the form, or None where it is only opened."""
    return request.POST if request.method == "POST" else None


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page of the journal that the button was on."""
    index_url = reverse("journal:index")
    wanted = request.POST.get("next", "")
    if wanted.startswith(index_url) and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}
    ):
        return redirect(wanted)
    return redirect(index_url)
