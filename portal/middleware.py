"""What holds for every request and every answer."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_cache_control

Respond = Callable[[HttpRequest], HttpResponse]


class CleanInputMiddleware:
    """Drop from the query string and cookies what no database can store: NUL, lone surrogates.

    In one place, because PostgreSQL refuses both and every filter would have to remember it.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {
            name: value for name, value in request.COOKIES.items() if "\x00" not in value
        }
        if request.META.get("QUERY_STRING"):
            cleaned = request.GET.copy()
            for name, values in list(cleaned.lists()):
                del cleaned[name]
                cleaned.setlist(_storable(name), [_storable(value) for value in values])
            request.GET = cleaned  # type: ignore[assignment]
        return self.get_response(request)


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


class PersonalPagesMiddleware:
    """Pages of somebody signed in are kept by no browser and no proxy.

    Without this, Back after signing out would show the journal without asking the server.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        signed_out = request.path == "/account/logout/" and request.method == "POST"
        if signed_out:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if "Cache-Control" in response.headers:
            return response
        if signed_out or request.user.is_authenticated or response.cookies:
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True, private=True)
        return response
