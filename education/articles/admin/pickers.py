"""What the writing desk asks the server while somebody writes: references, and a measure."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from education.articles.measured import panel
from education.articles.models import Edition, Reference, Section, State
from education.articles.rendering import cited_keys

# More are not looked through; typing another word finds the one that is meant.
MOST = 30
MAX_QUERY = 100
# As much text as all sections of an edition can have, several times over.
MAX_MEASURED = 1_000_000
MAX_SECTIONS = 80


def edition_for(model_admin: Any, request: HttpRequest, pk: int) -> Edition:
    """The edition, for whoever may write; 403 and 404 otherwise."""
    if not model_admin.has_change_permission(request):
        raise PermissionDenied
    edition = model_admin.get_object(request, str(pk))
    if edition is None:
        raise Http404
    return edition


@require_safe
def references(request: HttpRequest, edition: Edition) -> HttpResponse:
    """References to cite: those of the article first, and what the words in `q` find."""
    words = request.GET.get("q", "").replace("\x00", "")[:MAX_QUERY].split()[:10]
    numbers, elsewhere = _cited(edition)
    found = list(_matching(words)[: MOST + 1])
    here: list[Reference] = []
    if not words:
        mentioned = Reference.objects.in_bulk([*numbers, *elsewhere], field_name="key")
        here = [mentioned[key] for key in [*numbers, *elsewhere] if key in mentioned]
    known = {reference.key for reference in here}
    others = [reference for reference in found[:MOST] if reference.key not in known]
    return JsonResponse(
        {
            "references": [
                _shown(reference, numbers, elsewhere) for reference in [*here, *others][:200]
            ],
            "said": _said(bool(words), len(here), len(others), len(found) > MOST),
        }
    )


def _cited(edition: Edition) -> tuple[dict[str, int], list[str]]:
    """Numbers of the references that this edition cites, and keys that the article's others do."""
    own: dict[str, None] = {}
    others: dict[str, None] = {}
    texts = (
        Section.objects.filter(edition__article=edition.article_id, body__contains="@")
        .exclude(edition__state=State.RETIRED)
        .order_by("edition", "position", "pk")
        .values_list("edition", "body")[:400]
    )
    for owner, body in texts:
        (own if owner == edition.pk else others).update(dict.fromkeys(cited_keys(body)))
    existing = set(Reference.objects.filter(key__in=own).values_list("key", flat=True))
    order = [key for key in own if key in existing]
    numbers = {key: number for number, key in enumerate(order, start=1)}
    return numbers, [key for key in others if key not in numbers]


def _matching(words: list[str]) -> QuerySet[Reference]:
    """References that hold every word somewhere."""
    wanted = Q()
    for word in words:
        one = Q(pk__in=[])
        for name in ("key", "authors", "title", "container", "doi", "pmid"):
            one |= Q(**{f"{name}__icontains": word})
        if word.isdecimal() and word.isascii() and len(word) == 4:
            one |= Q(year=int(word))
        wanted &= one
    return Reference.objects.filter(wanted).order_by("key")


def _shown(reference: Reference, numbers: dict[str, int], elsewhere: list[str]) -> dict[str, Any]:
    return {
        "key": reference.key,
        "number": numbers.get(reference.key),
        "elsewhere": reference.key in elsewhere,
        "authors": reference.authors,
        "title": reference.title,
        "imprint": reference.imprint,
        "checked": reference.checked_on is not None,
    }


def _said(searched: bool, here: int, others: int, more: bool) -> str:
    """The count, in words that are also read aloud."""
    if searched:
        text = ngettext("%(n)d reference found.", "%(n)d references found.", others) % {"n": others}
    else:
        text = ngettext(
            "%(n)d reference of this article,", "%(n)d references of this article,", here
        ) % {"n": here}
        text += " " + ngettext("%(n)d other.", "%(n)d others.", others) % {"n": others}
    return text + (" " + _("There are more: type another word.") if more else "")


@require_POST
def measure(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The panels beside the section that is being written, and under all of them."""
    texts = request.POST.getlist("text")[: MAX_SECTIONS + 1]
    at = request.POST.get("at", "")
    if len(texts) > MAX_SECTIONS or not (at.isdecimal() and at.isascii() and len(at) < 4):
        raise BadRequest("This is no list of sections.")
    if int(at) >= len(texts):
        raise BadRequest("There is no such section.")
    if sum(map(len, texts)) > MAX_MEASURED:
        return JsonResponse({"error": _("This text is too long to be measured.")}, status=413)
    return JsonResponse(
        {
            "section": render_to_string(
                "admin/articles/section/measure.html", panel(texts[int(at)], edition.level)
            ),
            "total": render_to_string(
                "admin/articles/section/total.html", panel("".join(texts), edition.level)
            ),
        }
    )
