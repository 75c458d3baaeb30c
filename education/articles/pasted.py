"""What Word, Google Docs and web pages put on the clipboard, written as an article would be.

Only the shape changes here: lists, headings, paragraphs, tables. What may stay is decided by the
sanitiser, which reads the result of this once more; nothing in here is relied on for safety.
"""

import re
from collections.abc import Iterator
from typing import Any

import nh3
from lxml import etree
from lxml import html as lxml_html

# Removed with everything in them.
CONTENT_DROPPED = set(
    "script style title template svg math iframe noscript xml object textarea select audio video "
    "canvas noembed noframes".split()
)
_HEADINGS = {"h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4"}
_BOXES = frozenset(
    "div section article main header footer aside nav center address pre dl dt dd figure "
    "figcaption fieldset details summary form".split()
)
_BLOCKS = _BOXES | set("p h1 h2 h3 h4 h5 h6 ul ol li blockquote table tbody thead tr td th".split())
_INLINE = frozenset("strong em b i a sub sup span font u".split())
# What may not hold loose text, and so gets no paragraphs made in it.
_STRICT = frozenset("ul ol table thead tbody tfoot tr".split())
_KNOWN = _BLOCKS | _INLINE | {"br", "caption", "tfoot"}
_ARTICLE_TAGS = frozenset(
    "p h3 h4 ul ol li strong em sub sup br a blockquote table tbody thead tr th td".split()
)

_TAG_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9:]*)")
_TABLE_TAG = re.compile(r"<(/?)table(?=[\s/>])", re.IGNORECASE)
_CONDITION = re.compile(r"<!\[[^>]*>")
_LIST_STYLE = re.compile(r"mso-list\s*:[^;]*\blevel([1-9])", re.IGNORECASE)
_LIST_MARK = re.compile(r"mso-list\s*:\s*ignore", re.IGNORECASE)
_NUMBERED = re.compile(r"^\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]$")
_NOT_BOLD = re.compile(r"font-weight\s*:\s*(?:normal|[1-4]00)", re.IGNORECASE)
_LOOKS = (
    (re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE), "strong"),
    (re.compile(r"font-style\s*:\s*italic", re.IGNORECASE), "em"),
    (re.compile(r"vertical-align\s*:\s*super", re.IGNORECASE), "sup"),
    (re.compile(r"vertical-align\s*:\s*sub(?!\w)", re.IGNORECASE), "sub"),
)


def _keep(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return value if len(value) < 2000 else None
    return value


_READER = nh3.Cleaner(
    tags=set(_KNOWN),
    clean_content_tags=CONTENT_DROPPED,
    attributes={
        "*": {"style"},
        "a": {"href"},
        "td": {"colspan", "rowspan"},
        "th": {"colspan", "rowspan"},
        "p": {"class"},
    },
    attribute_filter=_keep,
    link_rel=None,
)


def is_foreign(html: str) -> bool:
    """Whether this was written by something else than the portal's editor."""
    if "mso-list" in html or any(
        name.lower() not in _ARTICLE_TAGS for name in _TAG_NAME.findall(html)
    ):
        return True
    depth = 0
    for tag in _TABLE_TAG.finditer(html):
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > 1:
            return True
    return False


def adapted(html: str) -> str:
    """Foreign rich text in the words of an article: the same text, in its paragraphs and lists."""
    html = _READER.clean(_CONDITION.sub("", html))
    root = lxml_html.fragment_fromstring(
        html or " ", create_parent="div", parser=lxml_html.HTMLParser(huge_tree=True)
    )
    _lists_of_word(root)
    for element in list(root.iter(etree.Element)):
        _rename(element)
    _flatten_inner_tables(root)
    _captions(root)
    # Inner ones first: what is inside then holds no boxes any more.
    for element in reversed(list(root.iter(etree.Element))):
        if element.tag in _INLINE and _has_blocks(element):
            element.drop_tag()
        elif element.tag in _BOXES and element is not root:
            _unbox(element)
    _into_paragraphs(root)
    for element in root.iter(etree.Element):
        element.attrib.pop("style", None)
    head = [root.text] if root.text and root.text.strip() else []
    return "".join(
        [*head, *(etree.tostring(child, encoding="unicode", method="html") for child in root)]
    )


def _rename(element: Any) -> None:
    """One tag in an article's words: headings, and what only its style made bold or raised."""
    style = element.attrib.get("style", "")
    if element.tag in ("b", "strong"):
        # Google Docs wraps everything it copies in a <b> that is not bold.
        element.tag = "span" if _NOT_BOLD.search(style) else "strong"
    elif element.tag == "i":
        element.tag = "em"
    elif element.tag == "span":
        for look, tag in _LOOKS:
            if look.search(style):
                element.tag = tag
                break
    element.tag = _HEADINGS.get(element.tag, element.tag)


def _has_blocks(element: Any) -> bool:
    return any(child.tag in _BLOCKS for child in element.iterdescendants(etree.Element))


def _unbox(element: Any) -> None:
    """A box becomes a paragraph, or goes away around the blocks in it."""
    if not any(child.tag in _BLOCKS for child in element):
        element.tag = "p"
        return
    _into_paragraphs(element)
    element.drop_tag()


def _into_paragraphs(parent: Any) -> None:
    """Put text that stands loose between blocks into paragraphs of its own."""
    if parent.tag in _STRICT:
        return
    children = list(parent)
    text, parent.text = parent.text, None
    run = _Run(text)
    for child in children:
        if child.tag in _BLOCKS:
            run.put_before(child)
            run = _Run(child.tail)
            child.tail = None
        else:
            run.add(child)
    run.put_at_end(parent)


class _Run:
    """Text and inline elements that follow each other."""

    def __init__(self, text: str | None) -> None:
        self.paragraph = etree.Element("p")
        self.paragraph.text = text

    def add(self, child: Any) -> None:
        self.paragraph.append(child)

    @property
    def is_empty(self) -> bool:
        return not "".join(self.paragraph.itertext()).strip()

    def put_before(self, block: Any) -> None:
        if not self.is_empty:
            block.addprevious(self.paragraph)

    def put_at_end(self, parent: Any) -> None:
        if not self.is_empty:
            parent.append(self.paragraph)


# --- Lists of Word --------------------------------------------------------------------------


def _lists_of_word(root: Any) -> None:
    """Word writes a list as paragraphs with a mark and a level in their style."""
    for run in list(_runs_of_items(root)):
        lists: list[Any] = []
        for paragraph, level in run:
            tag = "ol" if _NUMBERED.match(_take_mark(paragraph)) else "ul"
            while len(lists) > level:
                lists.pop()
            if level == 1 and lists and lists[0].tag != tag:
                lists = []
            if not lists:
                top = etree.Element(tag)
                paragraph.addprevious(top)
                lists.append(top)
            elif len(lists) < level and len(lists[-1]):
                inner = etree.SubElement(lists[-1][-1], tag)
                lists.append(inner)
            tail, paragraph.tail = paragraph.tail, None
            item = etree.SubElement(lists[-1], "li")
            item.append(paragraph)
            if tail and tail.strip():
                lists[0].tail = (lists[0].tail or "") + tail


def _runs_of_items(root: Any) -> Iterator[list[tuple[Any, int]]]:
    run: list[tuple[Any, int]] = []
    for paragraph in root.iter("p"):
        style = _LIST_STYLE.search(paragraph.attrib.get("style", ""))
        follows = run and paragraph.getprevious() is run[-1][0]
        if run and not (style and follows):
            yield run
            run = []
        if style:
            run.append((paragraph, int(style[1])))
    if run:
        yield run


def _take_mark(paragraph: Any) -> str:
    """Take the bullet or number out of a paragraph; returns it."""
    for span in paragraph.iter("span"):
        if _LIST_MARK.search(span.attrib.get("style", "")):
            mark = "".join(span.itertext()).strip()
            span.drop_tree()
            return mark
    return ""


# --- Tables ---------------------------------------------------------------------------------


def _flatten_inner_tables(root: Any) -> None:
    """A table in a table's cell is its text, one paragraph for each row."""
    for table in root.xpath(".//table//table"):
        if table.getparent() is None:
            continue  # already taken apart with the one around it
        for row in table.xpath(".//tr"):
            cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
            for cell in list(row):
                row.remove(cell)
            row.tag, row.text = "p", " ".join(cell for cell in cells if cell)
        for part in table.xpath(".//tbody | .//thead | .//tfoot | .//table"):
            part.drop_tag()
        table.drop_tag()


def _captions(root: Any) -> None:
    for caption in root.xpath(".//table/caption"):
        table = caption.getparent()
        tail, caption.tail = caption.tail, None
        table.addprevious(caption)
        if tail and tail.strip():
            table.tail = tail + (table.tail or "")
        caption.tag = "p"
        caption.attrib.clear()
        caption.set("class", "table-caption")
