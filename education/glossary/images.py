"""Checking an uploaded picture: what is stored is what Pillow drew, never what came in."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE = 6000
# Pillow's name of the format, and the ending under which it is stored.
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}


@dataclass(frozen=True)
class Picture:
    """A picture as it will be stored, under a name made of its content."""

    name: str
    content: bytes
    width: int
    height: int

    def store(self) -> None:
        """Write it, unless the same picture is there already."""
        if not default_storage.exists(self.name):
            default_storage.save(self.name, ContentFile(self.content))


def checked(upload: Any) -> Picture:
    """The uploaded file as a picture without metadata.

    Raises ValidationError, in words for an editor, for anything but a sound PNG, JPEG or WebP
    of at most 5 MB and 6000 pixels a side.
    """
    if upload.size > MAX_BYTES:
        raise ValidationError(_("This picture is larger than 5 MB."), code="size")
    data = upload.read()
    if upload.name.lower().endswith((".svg", ".svgz")) or b"<svg" in data[:1000].lower():
        raise ValidationError(
            _(
                "SVG pictures can’t be uploaded, because they can carry scripts. "
                "Save the picture as PNG or WebP and upload that."
            ),
            code="svg",
        )
    image, kind = _decoded(data)
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 88} if kind != "PNG" else {"optimize": True}))
    content = out.getvalue()
    name = f"{hashlib.sha256(content).hexdigest()[:40]}.{FORMATS[kind]}"
    return Picture(name, content, *image.size)


def _decoded(data: bytes) -> tuple[Image.Image, str]:
    """The drawn picture and its format; raises ValidationError for what is not one."""
    broken = ValidationError(
        _("This file is not a sound PNG, JPEG or WebP picture."), code="broken"
    )
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as opened:
            kind = opened.format or ""
            if max(opened.size) > MAX_SIDE:
                raise ValidationError(
                    _("This picture has more than 6000 pixels on a side; make it smaller."),
                    code="pixels",
                )
            image = ImageOps.exif_transpose(opened)
            see_through = kind != "JPEG" and image.has_transparency_data
            image = image.convert("RGBA" if see_through else "RGB")
    except ValidationError:
        raise
    except Exception as error:  # Hostile bytes make decoders raise nearly anything.
        raise broken from error
    # Saving would otherwise carry color profile, EXIF and comments over.
    image.info.clear()
    return image, kind
