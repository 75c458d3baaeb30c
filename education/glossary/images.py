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
# What is decoded costs four bytes of memory a pixel, however few bytes the file has.
MAX_PIXELS = 24_000_000
# No reader shows a figure wider than this, also on a screen with two pixels per pixel.
WIDEST = 2400
# The narrower copies that are stored beside a picture, for phones.
WIDTHS = (480, 800, 1200)
# Pillow's name of the format, and the ending under which it is stored.
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
_ENDINGS = {ending: kind for kind, ending in FORMATS.items()}


def narrower_name(name: str, width: int) -> str:
    """Under which name the copy of a stored picture with this width lies: abc-480.png."""
    stem, _dot, ending = name.rpartition(".")
    return f"{stem}-{width}.{ending}"


@dataclass(frozen=True)
class Picture:
    """A picture as it will be stored, under a name made of its content.

    `store()` writes it and its narrower copies; whoever keeps a Figure of it sets the figure's
    `width`, `height` and `widths` from the attributes of the same names. A drawing (SVG) is sharp
    at every size: it has no copies, and `widths` is empty. Files are shared by their content, so
    nothing ever deletes one.
    """

    name: str
    content: bytes
    width: int
    height: int

    @property
    def widths(self) -> list[int]:
        """The widths of the narrower copies."""
        if self._kind is None:
            return []
        return [width for width in WIDTHS if width < self.width]

    @property
    def _kind(self) -> str | None:
        return _ENDINGS.get(self.name.rpartition(".")[2])

    def store(self) -> None:
        """Write it and its narrower copies, unless they are there already."""
        if not default_storage.exists(self.name):
            default_storage.save(self.name, ContentFile(self.content))
        missing = [
            width
            for width in self.widths
            if not default_storage.exists(narrower_name(self.name, width))
        ]
        if not missing:
            return
        with Image.open(io.BytesIO(self.content)) as image:
            for width in missing:
                copy = _narrowed(image, width)
                default_storage.save(
                    narrower_name(self.name, width), ContentFile(_encoded(copy, self._kind or ""))
                )


def checked(upload: Any, widest: int = WIDEST) -> Picture:
    """The uploaded file as a picture without metadata, at most `widest` pixels wide.

    Raises ValidationError, in words for an editor, for anything but a sound, still PNG, JPEG or
    WebP of at most 5 MB, 6000 pixels a side and 24 million in all.
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
    if image.width > widest:
        image = _narrowed(image, widest)
    content = _encoded(image, kind)
    name = f"{hashlib.sha256(content).hexdigest()[:40]}.{FORMATS[kind]}"
    return Picture(name, content, *image.size)


def _narrowed(image: Image.Image, width: int) -> Image.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 88} if kind != "PNG" else {"optimize": True}))
    return out.getvalue()


def _decoded(data: bytes) -> tuple[Image.Image, str]:
    """The drawn picture and its format; raises ValidationError for what is not one."""
    broken = ValidationError(
        _("This file is not a sound PNG, JPEG or WebP picture."), code="broken"
    )
    try:
        with Image.open(io.BytesIO(data), formats=list(FORMATS)) as opened:
            # Many phones write a JPEG with a second, small picture in it.
            kind = "JPEG" if opened.format == "MPO" else opened.format or ""
            _refuse_size(opened.size)
            if kind != "JPEG" and getattr(opened, "is_animated", False):
                raise ValidationError(
                    _("This picture moves. Save one still picture of it and upload that."),
                    code="animated",
                )
            image = ImageOps.exif_transpose(opened)
            see_through = kind != "JPEG" and image.has_transparency_data
            image = _in_eight_bits(image).convert("RGBA" if see_through else "RGB")
    except ValidationError:
        raise
    except Exception as error:  # Hostile bytes make decoders raise nearly anything.
        raise broken from error
    # Saving would otherwise carry color profile, EXIF and comments over.
    image.info.clear()
    return image, kind


def _refuse_size(size: tuple[int, int]) -> None:
    """Only the head of the file is read here: what would be too much is never decoded."""
    if max(size) > MAX_SIDE:
        raise ValidationError(
            _("This picture has more than 6000 pixels on a side; make it smaller."),
            code="pixels",
        )
    if size[0] * size[1] > MAX_PIXELS:
        raise ValidationError(
            _("This picture has more than 24 million pixels; make it smaller."), code="pixels"
        )


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 bits, scaled: converting alone would cut everything above 255 off to white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
