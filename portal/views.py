"""The front door: which home for which role, help, and health."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from accounts.audience import EVERYONE, PUBLIC, audience
from accounts.models import Role
from portal import health, metrics

HOMES = {
    Role.PATIENT: "care:today",
    Role.CLINICIAN: "care:caseload",
    Role.EDITOR: "admin:index",
    Role.ADMINISTRATOR: "admin:index",
}


@audience(EVERYONE)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead each person to the home of their role."""
    return redirect(HOMES[request.user.role])


@audience(PUBLIC)
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Whom to call, what to do in an emergency, and what this portal is not."""
    return render(request, "portal/help.html")


@audience(PUBLIC)
@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The design system's parts, for whoever builds pages."""
    return render(request, "styleguide.html")


@audience(PUBLIC)
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for search engines."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain; charset=utf-8")


@audience(PUBLIC)
@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@audience(PUBLIC)
@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """All that serving needs is there, else 503. What is wrong is only for those who run it."""
    results = health.results()
    stopped = any(result.stops for result in results.values())
    answer: dict[str, Any] = {"status": "not ok" if stopped else "ok"}
    if health.may_see_details(request):
        if not stopped and not all(result.is_well for result in results.values()):
            answer["status"] = "warning"
        answer["checks"] = {name: result.said or "ok" for name, result in results.items()}
    return JsonResponse(answer, status=503 if stopped else 200)


@audience(PUBLIC)
@never_cache
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """What Prometheus collects; 404 for anybody else."""
    if not health.may_see_details(request):
        raise Http404
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)
