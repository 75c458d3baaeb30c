"""The yardstick: a Django page that does as little as a page for somebody signed in can do.

Session, user, one query more, and a body of 42 KB that is there already.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.models import User

BODY = ("<p>" + "a night has many parts " * 40 + "</p>\n").encode() * 46
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


def bare(request: HttpRequest) -> HttpResponse:
    assert User.objects.filter(pk=request.user.pk).exists()
    return HttpResponse(BODY)


urlpatterns = [path("", bare)]
