"""What a page's script asks about the session, and ending one of one's own."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.audience import EVERYONE, PUBLIC, audience
from accounts.sessions.limits import left_of, no_click, note_click


@no_click
@audience(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def standing(request: HttpRequest) -> HttpResponse:
    """Who is signed in, how many seconds are left, and what a form needs to be sent now.

    Asking changes nothing; sending says that somebody is there.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"who": "", "left": 0})
    if request.method == "POST":
        note_click(request.session, at_once=True)
    left = left_of(request.session, request.user)
    return JsonResponse(
        {
            "who": str(request.user.public_id),
            "left": left.in_pages,
            "limit": left.limit,
            "token": get_token(request),
        }
    )


@audience(EVERYONE)
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """Sign out somewhere else."""
    number = request.POST.get("session", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        for one in UserSession.objects.filter(user=request.user, pk=int(number)):
            if not one.is_current():
                one.end()
        messages.success(request, _("You are signed out there."))
    return redirect("usersessions_list")
