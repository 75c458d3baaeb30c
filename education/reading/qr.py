"""The way from a printed article back to the portal: its address as a QR code."""

from functools import lru_cache

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

# One code is about 2 KB; a clinic has some hundred articles in three levels.
KEPT = 1024


def printed_address(path: str) -> str:
    """The whole address of a page, as it stands on paper."""
    return f"{settings.PORTAL_URL.rstrip('/')}{path}"


@lru_cache(maxsize=KEPT)
def qr_svg(address: str) -> SafeString:
    """An address as inline SVG without styles of its own.

    Medium error correction: a fold or a coffee ring on the sheet leaves it readable.
    """
    code = segno.make(address, error="m", micro=False)
    return mark_safe(  # noqa: S308  # Drawn from modules; the address itself is not in it.
        code.svg_inline(border=4, omitsize=True, svgclass="qr", lineclass=None)
    )
