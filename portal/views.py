"""The front door: which home for which role, help, and health."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, PUBLIC, audience
from accounts.models import Role

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
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type="text/plain")


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
    """The database answers too; 503 until it does."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
