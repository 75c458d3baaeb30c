"""What holds for every request and every answer."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import add_never_cache_headers, patch_cache_control

from portal import errors

Respond = Callable[[HttpRequest], HttpResponse]

METHODS = ("GET", "HEAD", "POST")

# What a page here may ask of the device: to show a passkey, and to copy and enlarge what it shows.
_OURS = "clipboard-write", "fullscreen", "publickey-credentials-create", "publickey-credentials-get"
_NOBODYS = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read",
    "compute-pressure", "digital-credentials-create", "digital-credentials-get",
    "display-capture", "encrypted-media", "gamepad", "geolocation", "gyroscope", "hid",
    "identity-credentials-get", "idle-detection", "keyboard-map", "local-fonts", "magnetometer",
    "microphone", "midi", "otp-credentials", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "storage-access", "sync-xhr", "usb", "window-management",
    "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "Permissions-Policy": ", ".join(
        [*(f"{name}=()" for name in _NOBODYS), *(f"{name}=(self)" for name in _OURS)]
    ),
    # Nobody else's page may hold one of ours, its pictures or its scripts, nor ours theirs.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "X-Frame-Options": "DENY",
    "Reporting-Endpoints": 'csp="/csp-report/"',
}


class HeadersMiddleware:
    """The outermost: headers of every answer, those of errors and of files too."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class BodyLimitMiddleware:
    """Refuse what is too large before a byte of it is read.

    Above the check of the form's token, which reads the body.
    """

    ANONYMOUS = 64 * 1024
    SIGNED_IN = 1024 * 1024
    # Whoever may upload: lists as text, and pictures of articles and terms. A little more than
    # their forms take, so that a file that is too large is named beside its field.
    UPLOADS = {
        "accounts:invite_many": 6 * 1024 * 1024,
        "journal:import": 6 * 1024 * 1024,
        "admin:articles_reference_import": 6 * 1024 * 1024,
        "admin:glossary_term_import": 6 * 1024 * 1024,
        "admin:glossary_term_process_import": 6 * 1024 * 1024,
        "admin:glossary_term_add": 6 * 1024 * 1024,
        "admin:glossary_term_change": 6 * 1024 * 1024,
        "admin:glossary_term_simple_history": 6 * 1024 * 1024,
        "admin:articles_edition_add": 11 * 1024 * 1024,
        "admin:articles_edition_change": 11 * 1024 * 1024,
    }

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return errors.bad_request(request)
        if length <= self.ANONYMOUS:
            return None
        match = request.resolver_match
        most = self.UPLOADS.get(match.view_name if match else "", self.SIGNED_IN)
        if length > most or not request.user.is_authenticated:
            return errors.too_large(request)
        return None


class CleanInputMiddleware:
    """Drop from the query string and cookies what no database can store: NUL, lone surrogates.

    In one place, because PostgreSQL refuses both and every filter would have to remember it.
    Methods that no page uses go no further: class-based views would take PUT for POST.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
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
        signed_out = request.path == "/account/logout/" and request.method == "POST"
        if signed_out:
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if "Cache-Control" in response.headers:
            return response
        # The token of a form is set as a cookie further out, by its own middleware.
        has_token = request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        if signed_out or request.user.is_authenticated or response.cookies or has_token:
            add_never_cache_headers(response)
            patch_cache_control(response, no_store=True, private=True)
        return response
