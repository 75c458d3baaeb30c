"""Serving the articles' pictures."""

import mimetypes
import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience

# Pictures are stored under a hash of their content and one of these endings.
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,120}\.(png|jpe?g|webp|svg)$")


@audience(EVERYONE)
@require_safe
def figure(request: HttpRequest, name: str) -> HttpResponse:
    """A figure's picture. It holds nothing personal, and its name changes with its content, so
    the reader's own browser may keep it."""
    if not _NAME.match(name) or not default_storage.exists(name):
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(default_storage.open(name), content_type=kind)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    # An SVG opened on its own is a document: it may style itself and nothing else.
    response._csp_replace = {  # type: ignore[attr-defined]
        "default-src": ["'none'"],
        "script-src": ["'none'"],
        "style-src": ["'unsafe-inline'"],
        "sandbox": True,
    }
    return response
