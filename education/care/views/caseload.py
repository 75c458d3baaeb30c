"""The clinician's home."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.audience import audience
from accounts.models import Role
from education.care import caseload as caseloads


@audience(Role.CLINICIAN)
@require_safe
def caseload(request: HttpRequest) -> HttpResponse:
    """The clinician's home: their patients, those who need attention first."""
    query = request.GET.get("q", "").strip()[:150]
    attention = request.GET.get("show") == "attention"
    page, rows = caseloads.caseload(
        request.user, query=query, attention=attention, number=request.GET.get("page")
    )
    context = {"page": page, "rows": rows, "search_query": query, "attention": attention}
    return render(request, "care/caseload.html", context)
