"""What an article's text may hold: one allow-list for the editor, the importer and the page."""

import re
from html import escape, unescape
from typing import Any

import nh3
from django.utils.translation import gettext_lazy as _
from lxml import etree

PROTOCOLS = ["http", "https", "mailto", "tel"]
PARAGRAPH_CLASSES = {"callout", "table-caption"}

# The editor's side of the list.
EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Subscript": True,
    "Superscript": True,
    "HardBreak": True,
    "Heading": {"levels": [3, 4]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "Link": {"enableTarget": False, "protocols": PROTOCOLS},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "NodeClass": {
        "cssClasses": {
            "paragraph": {
                "title": _("Paragraph"),
                "cssClasses": [
                    {"className": "callout", "title": _("talk to your team")},
                    {"className": "table-caption", "title": _("caption of the next table")},
                ],
            }
        }
    },
    "History": True,
}

_TAGS = set("p h3 h4 ul ol li strong em sub sup br a blockquote table tbody thead tr th td".split())
# Pasted text writes the same things in other ways.
_SAME_TAG = {"b": "strong", "i": "em"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPAN = re.compile(r"^(?:[2-9]|[1-9]\d)$")
_ELSEWHERE = re.compile(r"^\s*[/\\]\s*[/\\]")
_OLD_TAG = re.compile(r"<(/?)(b|i)(?=[\s/>])", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"&(?![a-zA-Z#])")
_ANY_TAG = re.compile(r"<[^<>]*>")
_LINK_TO_NOWHERE = re.compile(r"<a>(.*?)</a>", re.DOTALL)
_ROUNDS = 8

# The sanitiser's time grows with the square of the nesting: 50,000 nested lists take minutes.
# Nobody writes text that nests deeper than this.
_DEEPEST = 100
_LONGEST = 500_000


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Keep an attribute only with a value that makes sense in an article."""
    if name in ("colspan", "rowspan"):
        return value if _SPAN.match(value) else None
    if name == "href":
        value = value.strip()
        return None if not value or _ELSEWHERE.match(value) else value
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={
        "script",
        "style",
        "title",
        "template",
        "svg",
        "math",
        "iframe",
        "noscript",
    },
    attributes={"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
    attribute_filter=_attribute,
    allowed_classes={"p": PARAGRAPH_CLASSES},
    url_schemes=set(PROTOCOLS),
    link_rel=None,
)


def _is_monstrous(html: str) -> bool:
    if len(html) > _LONGEST:
        return True
    depth = 0
    parser = etree.HTMLPullParser(events=("start", "end"), huge_tree=True)
    for at in range(0, len(html), 20_000):
        parser.feed(html[at : at + 20_000])
        for event, _element in parser.read_events():
            depth += 1 if event == "start" else -1
            if depth > _DEEPEST:
                return True
    return False


def clean(html: str) -> str:
    """Rich text with nothing but what articles may hold; "" where no words are left.

    Of text that is monstrously long or deep only the words are kept. Cleaning what is clean
    changes nothing.
    """
    html = _CONTROL.sub("", html.encode("utf-8", "replace").decode("utf-8"))
    html = _LONE_AMPERSAND.sub("&amp;", html)
    if _is_monstrous(html):
        words = " ".join(unescape(_ANY_TAG.sub(" ", html)).split())
        return f"<p>{escape(words, quote=False)}</p>" if words else ""
    html = _OLD_TAG.sub(lambda tag: f"<{tag[1]}{_SAME_TAG[tag[2].lower()]}", html)
    # Removing a wrapper can leave elements that may not stand in each other, which the parser
    # sorts out at the next reading: repeat until nothing changes.
    for _round in range(_ROUNDS):
        cleaned = _CLEANER.clean(html).replace('<p class="">', "<p>")
        cleaned = _LINK_TO_NOWHERE.sub(r"\1", cleaned)
        if cleaned == html:
            break
        html = cleaned
    return html if _ANY_TAG.sub("", html).replace("&nbsp;", " ").strip() else ""
