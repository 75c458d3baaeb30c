"""The pictures of content files."""

import hashlib
import io
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import override
from PIL import Image

from education.glossary import images
from education.glossary.images import Picture

from . import svg
from .errors import ContentFileError

# What a JPEG without metadata consists of: its frame, its tables, the picture.
_JPEG_SEGMENTS = {0xC0, 0xC2, 0xC4, 0xDB, 0xDD, 0xE0}
_JPEG_SCAN, _JPEG_END = 0xDA, b"\xff\xd9"
_WEBP_CHUNKS = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}
_WEBP_ALPHA_ONLY = 0x10


def picture_of(path: Path) -> Picture:
    """The picture in a file, checked. Raises ContentFileError.

    A JPEG or WebP that carries nothing but its picture stays byte for byte, so that what was
    exported is the same when it comes back; drawing it anew would change it each time. Any
    other picture is drawn anew, as every upload is.
    """
    try:
        if path.stat().st_size > images.MAX_BYTES:
            raise ContentFileError(path, None, "the picture is larger than 5 MB")
        data = path.read_bytes()
    except OSError as error:
        raise ContentFileError(path, None, error.strerror or "can't be read") from error
    if path.suffix == ".svg":
        return svg.checked(data, path)
    try:
        with override("en"):
            drawn = images.checked(ContentFile(data, name=path.name))
    except ValidationError as error:
        raise ContentFileError(path, None, " ".join(error.messages)) from error
    ending = drawn.name.rpartition(".")[2]
    if not (_is_bare_jpeg(data) if ending == "jpg" else ending == "webp" and _is_bare_webp(data)):
        return drawn
    with Image.open(io.BytesIO(data)) as image:
        if image.size != (drawn.width, drawn.height):
            return drawn
    name = f"{hashlib.sha256(data).hexdigest()[:40]}.{ending}"
    return Picture(name, data, drawn.width, drawn.height)


def _is_bare_jpeg(data: bytes) -> bool:
    """Whether there is neither metadata in it nor anything behind it."""
    at = 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        kind, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if kind == _JPEG_SCAN:
            # The first end mark is the last thing in the file.
            return data.index(_JPEG_END, at) == len(data) - 2 if _JPEG_END in data[at:] else False
        if kind not in _JPEG_SEGMENTS or (kind == 0xE0 and size != 16):
            return False
        at += 2 + size
    return False


def _is_bare_webp(data: bytes) -> bool:
    """Whether it holds the chunks of one still picture and nothing else."""
    if int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    at = 12
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind not in _WEBP_CHUNKS or (kind == b"VP8X" and data[at + 8] & ~_WEBP_ALPHA_ONLY):
            return False
        at += 8 + size + size % 2
    return at == len(data)
