"""WSGI entry point of the portal."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def only_utf8(application: Application) -> Application:
    """Refuse requests that claim another charset than the pages' own.

    Django decodes with whatever codec is named, and does it before any middleware: "base64"
    would be an error page, "unicode_escape" would bring text that no database can store.
    """

    def guarded(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            _kind, options = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            options = {"charset": "unknown"}
        if options.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
            plain = ("Content-Type", "text/plain; charset=utf-8")
            start_response("400 Bad Request", [plain, ("X-Content-Type-Options", "nosniff")])
            return [b"Send text as UTF-8.\n"]
        return application(environ, start_response)

    return guarded


application = only_utf8(get_wsgi_application())
