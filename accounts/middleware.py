"""Each request in the language and time zone of the person who asks."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation


class LocaleAndTimeZoneMiddleware:
    """Activate the signed-in person's language and time zone for the length of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            with timezone.override(None):
                return self.get_response(request)
        language = user.language if translation.check_for_language(user.language) else None
        with timezone.override(user.zone), translation.override(language or "en-us"):
            request.LANGUAGE_CODE = translation.get_language()
            return self.get_response(request)
