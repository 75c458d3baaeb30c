"""Checking a drawing that comes with a content file.

Only such files may be SVG, because they pass through the hands of whoever keeps the repository;
uploads may not. Even so nothing is accepted that could run or load anything.
"""

import hashlib
import re
from pathlib import Path

from lxml import etree

from education.glossary.images import Picture

from .errors import ContentFileError

MAX_BYTES = 512 * 1024
MAX_SIDE = 6000
_NAMESPACE = "http://www.w3.org/2000/svg"
_ELEMENTS = frozenset(
    "svg g defs title desc path rect circle ellipse line polyline polygon text tspan textPath "
    "linearGradient radialGradient stop clipPath mask pattern marker symbol use style".split()
)
_LENGTH = re.compile(r"^\s*(\d+(?:\.\d+)?)(?:px)?\s*$")
_LOADS = re.compile(r"@import|url\(\s*[\"']?\s*(?!#)|expression\s*\(|javascript:|\\", re.IGNORECASE)


def checked(data: bytes, path: Path) -> Picture:
    """The drawing under a name made of its content. Raises ContentFileError."""
    if len(data) > MAX_BYTES:
        raise ContentFileError(path, None, "the drawing is larger than 512 KB")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ContentFileError(path, error.lineno, f"this is not XML: {error.msg}") from error
    except ValueError as error:
        raise ContentFileError(path, None, str(error)) from error
    tree = root.getroottree()
    if tree.docinfo.doctype:
        raise ContentFileError(path, 1, "a document type is not allowed")
    if root.tag != f"{{{_NAMESPACE}}}svg":
        raise ContentFileError(path, 1, "this is not an SVG drawing")
    for sibling in (*root.itersiblings(preceding=True), *root.itersiblings()):
        if not isinstance(sibling, etree._Comment):
            raise ContentFileError(
                path, sibling.sourceline, "processing instructions are not allowed"
            )
    for element in root.iter():
        _check(element, path)
    width, height = _size(root, path)
    name = f"{hashlib.sha256(data).hexdigest()[:40]}.svg"
    return Picture(name, data, width, height)


def _check(element: etree._Element, path: Path) -> None:
    line = element.sourceline
    if isinstance(element, etree._Comment):
        return
    if not isinstance(element.tag, str):
        raise ContentFileError(path, line, "entities and processing instructions are not allowed")
    name = etree.QName(element)
    if name.namespace != _NAMESPACE or name.localname not in _ELEMENTS:
        raise ContentFileError(path, line, f"<{name.localname}> is not allowed in a drawing")
    if name.localname == "style" and _LOADS.search("".join(element.itertext())):
        raise ContentFileError(path, line, "a style may not load anything")
    for attribute, value in element.attrib.items():
        local = etree.QName(attribute).localname.lower()
        if local.startswith("on"):
            raise ContentFileError(path, line, f"the attribute {local} is not allowed")
        if local in ("href", "src", "base") and not value.strip().startswith("#"):
            raise ContentFileError(path, line, "a drawing may not refer to anything outside it")
        if _LOADS.search(value):
            raise ContentFileError(path, line, f"the attribute {local} may not load anything")


def _size(root: etree._Element, path: Path) -> tuple[int, int]:
    sides = [_LENGTH.match(root.get(name, "")) for name in ("width", "height")]
    if all(sides):
        width, height = (float(side[1]) for side in sides if side)
    else:
        try:
            width, height = (
                float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())[2:]
            )
        except ValueError:
            raise ContentFileError(path, 1, "the drawing needs width and height") from None
    # Written so that NaN fails as well.
    if not (0.5 <= width <= MAX_SIDE and 0.5 <= height <= MAX_SIDE):
        raise ContentFileError(path, 1, f"a side of the drawing is not within 1 to {MAX_SIDE}")
    return round(width) or 1, round(height) or 1
