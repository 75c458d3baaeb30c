"""The clinician's home."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.audience import audience
from accounts.models import AccessEvent, Role, User
from accounts.sessions.counting import limited
from education.care.bulk import What
from education.care.caseload import ATTENTION, Moment, Place, Reason, Which, page_of
from education.care.caseload_rows import rows_of
from education.reading.models import Assignment


@audience(Role.CLINICIAN)
@limited("search")
@require_http_methods(["GET", "HEAD", "POST"])
def caseload(request: HttpRequest) -> HttpResponse:
    """The clinician's home: their patients, those who need attention first.

    With an article or a programme in the address they choose here who gets it.
    """
    clinician = request.user
    if request.method == "POST":
        # A search: its words go on sealed.
        wanted = What.read(clinician, request.POST)
        return redirect(address(Which.read(request.POST), wanted))
    moment, place = Moment.of(clinician), Place.read(request.GET)
    which = Which.read_address(request.GET)
    what = What.read(clinician, request.GET)
    page = page_of(clinician, which, place, moment)
    with AccessEvent.objects.listing(page.patients, by=clinician):
        return render(
            request,
            "care/caseload.html",
            {
                "page": page,
                "rows": rows_of(clinician, page.patients, moment, asked_for=which.show),
                "which": which,
                "place": place,
                "what": what,
                "what_is_gone": what is None and What.is_in(request.GET),
                "have_it": _who_has(what, clinician, page.patients),
                "filters": [
                    (label, address(replace(which, show=show), what), show == which.show)
                    for show, label in (
                        ("", _("All")),
                        (ATTENTION, _("Needs attention")),
                        *Reason.choices,
                    )
                ],
                "first_url": address(which, what),
                "everybody_url": address(Which(), what),
                "before_url": address(which, what, page.before) if page.before else "",
                "after_url": address(which, what, page.after) if page.after else "",
                "without_search_url": address(Which("", which.show), what),
                "not_choosing_url": address(which, None, place),
                "search_query": which.query,
            },
        )


def address(which: Which, what: What | None = None, place: Place | None = None) -> str:
    """The address of a page of the caseload."""
    said = {**which.parameters, **(what.parameters if what else {})}
    if place:
        said["before" if place.backwards else "after"] = str(place)
    query = urlencode({name: value for name, value in said.items() if value})
    return reverse("care:caseload") + (f"?{query}" if query else "")


def _who_has(what: What | None, clinician: User, patients: list[User]) -> set[int]:
    """Those of a page who have the article already that is being assigned."""
    if what is None or what.article is None or not patients:
        return set()
    return set(
        Assignment.objects.visible_to(clinician)
        .open()
        .filter(article=what.article, patient__in=patients)
        .values_list("patient", flat=True)
    )
