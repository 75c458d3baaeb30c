"""What an article's text may hold: one allow-list for the editor, the importer and the page."""

import re
from html import escape, unescape
from typing import Any

import nh3
from django.utils.translation import gettext_lazy as _
from lxml import etree

from . import pasted

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
    # Whoever writes wants to see slips of spelling.
    "NoSpellCheck": False,
}

_TAGS = set("p h3 h4 ul ol li strong em sub sup br a blockquote table tbody thead tr th td".split())
# Pasted text writes the same things in other ways.
_SAME_TAG = {"b": "strong", "i": "em"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPAN = re.compile(r"^(?:[2-9]|[1-9]\d)$")
# An address says its protocol in full or has none: "https:x" and "ｊavascript:x" are neither, and
# two slashes or backslashes lead to another host.
_ADDRESS = re.compile(
    r"^(?:https?://[^\s/\\]|mailto:|tel:|[#?]|/(?!\s*[/\\])|[^:/?#\\]+(?:[/?#]|$))", re.IGNORECASE
)
_OLD_TAG = re.compile(r"<(/?)(b|i)(?=[\s/>])", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"&(?![a-zA-Z#])")
_ANY_TAG = re.compile(r"<[^<>]*>")
# Spaces that pasted text is laid out with; one between a number and its unit is meant.
_SPACES = re.compile(r"(?:[ \t\xa0]|&nbsp;)+")
_EMPTY_PARAGRAPH = re.compile(r"<(p|h3|h4)(?: class=\"[a-z-]+\")?>(?:\s|<br>)*</\1>")
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
        return value if _ADDRESS.match(value) else None
    return value


_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags=pasted.CONTENT_DROPPED,
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


def _space(run: re.Match[str]) -> str:
    if "\xa0" not in run[0] and "&nbsp;" not in run[0]:
        return run[0]
    text, start, end = run.string, run.start(), run.end()
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    is_one = run[0] in ("&nbsp;", "\xa0")
    is_unit = before.isdecimal() and bool(after) and (after.isalpha() or after in "%°")
    return run[0] if is_one and is_unit else " "


def storable(text: str) -> str:
    """Text without the control characters and half signs that no page can hold."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode("utf-8"))


def clean(html: str) -> str:
    """Rich text with nothing but what articles may hold; "" where no words are left.

    What was pasted from elsewhere is first put into an article's paragraphs, headings and lists.
    Of text that is monstrously long or deep only the words are kept. Cleaning what is clean
    changes nothing.
    """
    html = storable(html)
    html = _LONE_AMPERSAND.sub("&amp;", html)
    if _is_monstrous(html):
        words = " ".join(unescape(_ANY_TAG.sub(" ", html)).split())
        return f"<p>{escape(words, quote=False)}</p>" if words else ""
    if pasted.is_foreign(html):
        html = pasted.adapted(html)
    html = _OLD_TAG.sub(lambda tag: f"<{tag[1]}{_SAME_TAG[tag[2].lower()]}", html)
    # Removing a wrapper can leave elements that may not stand in each other, which the parser
    # sorts out at the next reading: repeat until nothing changes.
    for _round in range(_ROUNDS):
        cleaned = _CLEANER.clean(html).replace('<p class="">', "<p>")
        cleaned = _LINK_TO_NOWHERE.sub(r"\1", cleaned)
        cleaned = _EMPTY_PARAGRAPH.sub("", _SPACES.sub(_space, cleaned))
        if cleaned == html:
            break
        html = cleaned
    return html if _ANY_TAG.sub("", html).replace("&nbsp;", " ").strip() else ""
