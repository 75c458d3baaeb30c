"""Rich text as Markdown that reads back as the very same rich text.

Every piece is read again while it is written. What Markdown has no words for stays as HTML,
which content files may hold as far as an article may.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from .errors import ContentFileError
from .markdown import OPENING, compact, to_sections

_PIECE = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:\s+[a-z]+="[^"]*")*)\s*>|[^<]+', re.DOTALL)
_BLOCKS = frozenset("p h3 h4 ul ol blockquote table".split())
_INLINE = frozenset("strong em sub sup a br".split())
_CITATION = re.compile(r"\[@[\w-]+(?:;\s*@[\w-]+)*\]")
_FIGURE = re.compile(r"\{figure:[\w-]+\}")
_SPECIAL = re.compile(r"""[\\*`\[\]<~^"']|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|\{(?=figure|#)|!$""")
_PLAIN_MARK = re.compile(r"[^\W_]+(?:[.,+−-][^\W_]+)*")
_PLAIN_ADDRESS = re.compile(r"[\w/:.?=#@+%,;&!$-]+", re.ASCII)
# What would begin something else at the start of a line.
_LINE_START = re.compile(r"^(?=[-+](?:\s|$)|--|=|>|\||#{1,6}(?:\s|$)|:::)", re.MULTILINE)
_NUMBER_START = re.compile(r"^(\d{1,9})(?=[.)](?:\s|$))", re.MULTILINE)
_WHERE = Path("text")


class _UnsayableError(Exception):
    """Markdown has no words for this."""


@dataclass
class _Node:
    tag: str
    attributes: str = ""
    raw: str = ""
    children: list["_Node"] = field(default_factory=list)


def to_markdown(html: str) -> str:
    """A section's body as Markdown; "" for no text.

    Reading it again gives the same body, less the line breaks between blocks.
    """
    html = compact(html)
    try:
        groups = _groups(_tree(html))
    except _UnsayableError:
        return _as_html(html)
    written: list[str] = []
    before, before_html = "", ""
    odd = False
    for at, group in enumerate(groups):
        # Two lists in a row would be one, were their signs the same.
        odd = at > 0 and not odd and {group[0].tag, groups[at - 1][0].tag} <= {"ul", "ol"}
        own = "".join(node.raw for node in group)
        for text in _ways(group, odd):
            beside = f"{before}\n\n{text}" if before else text
            if _read(text) == own and _read(beside) == before_html + own:
                break
        else:
            text = _as_html(own)
        written.append(text)
        before, before_html = text, own
    whole = "\n\n".join(written)
    return whole if not html or _read(whole) == html else _as_html(html)


def heading_line(key: str, heading: str) -> str:
    """The line that opens a section."""
    words = " ".join(heading.split())
    text = re.sub(r"^(?=:::)", r"\\", _escape(words).replace("#", "\\#"))
    return f"## {text} {{#{key}}}" if text else f"## {{#{key}}}"


def _read(text: str) -> str | None:
    try:
        sections = to_sections(text, _WHERE)
    except ContentFileError:
        return None
    return sections[0].body if len(sections) == 1 and sections[0].key == OPENING else None


def _as_html(html: str, *, lines: bool = False) -> str:
    html = html.replace("\n", "&#10;").replace("\r", "&#13;")
    if lines:
        return re.sub(r"(?=<(?:table|thead|tbody|tr|li|/table|/ul|/ol)\b)", "\n", html).strip("\n")
    return f"<div>{html}</div>"


# --- From HTML to a tree ----------------------------------------------------------------------


def _tree(html: str) -> list[_Node]:
    """The top of clean HTML; each node knows its own piece of it."""
    root = _Node("")
    open_nodes: list[tuple[_Node, int]] = [(root, 0)]
    at = 0
    for piece in _PIECE.finditer(html):
        if piece.start() != at:
            raise _UnsayableError
        at = piece.end()
        closing, tag, attributes = piece[1], piece[2], piece[3]
        if tag is None:
            open_nodes[-1][0].children.append(_Node("", raw=piece[0]))
        elif closing:
            node, start = open_nodes.pop()
            if node.tag != tag:
                raise _UnsayableError
            node.raw = html[start:at]
        else:
            node = _Node(tag, attributes.strip(), piece[0])
            open_nodes[-1][0].children.append(node)
            if tag != "br":
                open_nodes.append((node, piece.start()))
    if at != len(html) or len(open_nodes) != 1:
        raise _UnsayableError
    return root.children


def _groups(nodes: list[_Node]) -> list[list[_Node]]:
    """What is written together: a table with its caption, the paragraphs of a callout, words
    that stand in no block."""
    groups: list[list[_Node]] = []
    for node in nodes:
        last = groups[-1][-1] if groups else None
        together = last is not None and (
            (node.tag == "table" and _has_class(last, "table-caption"))
            or (_has_class(node, "callout") and _has_class(last, "callout"))
            or (node.tag not in _BLOCKS and last.tag not in _BLOCKS)
        )
        if together:
            groups[-1].append(node)
        else:
            groups.append([node])
    return groups


def _has_class(node: _Node, name: str) -> bool:
    return node.tag == "p" and node.attributes == f'class="{name}"'


# --- From the tree to Markdown ----------------------------------------------------------------


def _ways(group: list[_Node], odd: bool) -> list[str]:
    """Ways of writing a group, the most readable first; the last is HTML, line by line."""
    ways = []
    for tags in (False, True):
        try:
            ways.append(_Writer(tags, odd).group(group))
        except _UnsayableError:
            continue
    return [*ways, _as_html("".join(node.raw for node in group), lines=True)]


class _Writer:
    def __init__(self, tags: bool, odd: bool) -> None:
        # Whether marks inside a line are written as HTML.
        self.tags = tags
        self.bullet, self.after_number = ("*", ")") if odd else ("-", ".")

    def group(self, group: list[_Node]) -> str:
        if _has_class(group[0], "callout"):
            inside = "\n\n".join(self.lines(node.children) for node in group)
            return f"::: callout\n{inside}\n:::"
        if _has_class(group[0], "table-caption"):
            if len(group) != 2:
                raise _UnsayableError
            caption = self.inline(group[0].children, one_line=True)
            return f"Table: {caption}\n\n{self.block(group[1])}"
        return self.block(group[0])

    def block(self, node: _Node) -> str:
        if node.tag not in _BLOCKS or node.attributes:
            raise _UnsayableError
        if node.tag == "p":
            only = node.children[0].raw if len(node.children) == 1 else ""
            return only if _FIGURE.fullmatch(only) else self.lines(node.children)
        if node.tag in ("h3", "h4"):
            text = self.inline(node.children, one_line=True)
            return "#" * int(node.tag[1]) + f" {text.replace('#', chr(92) + '#')}"
        if node.tag == "blockquote":
            inside = "\n\n".join(self.block(child) for child in node.children)
            return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
        return self.table(node) if node.tag == "table" else self.items(node)

    def items(self, node: _Node) -> str:
        written = []
        loose = False
        for number, item in enumerate(node.children, start=1):
            if item.tag != "li" or item.attributes:
                raise _UnsayableError
            sign = f"{number}{self.after_number}" if node.tag == "ol" else self.bullet
            words = [child for child in item.children if child.tag not in _BLOCKS]
            blocks = item.children[len(words) :]
            mixed = any(child.tag not in _BLOCKS for child in blocks)
            if mixed or (words and blocks and blocks[0].tag == "p"):
                raise _UnsayableError
            parts = [self.lines(words)] if words else []
            parts += [self.block(child) for child in blocks]
            loose = loose or not words
            text = ("\n\n" if not words else "\n").join(parts)
            indent = " " * (len(sign) + 1)
            written.append(f"{sign} " + re.sub(r"\n(?=[^\n])", "\n" + indent, text))
        return ("\n\n" if loose else "\n").join(written)

    def table(self, node: _Node) -> str:
        parts = {part.tag: part.children for part in node.children}
        if list(parts) not in (["thead"], ["thead", "tbody"]) or len(parts["thead"]) != 1:
            raise _UnsayableError
        rows = [self.row(row) for row in (*parts["thead"], *parts.get("tbody", []))]
        rule = "|" + " --- |" * len(parts["thead"][0].children)
        return "\n".join([rows[0], rule, *rows[1:]])

    def row(self, row: _Node) -> str:
        cells = []
        for cell in row.children:
            if cell.attributes:
                raise _UnsayableError
            cells.append(self.inline(cell.children, one_line=True).replace("|", "\\|"))
        return "| " + " | ".join(cells) + " |"

    def lines(self, nodes: list[_Node]) -> str:
        """A paragraph, which may be broken into lines."""
        text = self.inline(nodes)
        text = _LINE_START.sub(r"\\", text)
        text = _NUMBER_START.sub(r"\1\\", text)
        return re.sub(r"^Table:", r"Table\\:", text)

    def inline(self, nodes: list[_Node], one_line: bool = False) -> str:
        text = ""
        for node in nodes:
            if not node.tag:
                words = _escape(unescape(node.raw))
                text += f"\\{words}" if words[:1] == "(" and text.endswith("]") else words
            elif node.tag not in _INLINE:
                raise _UnsayableError
            elif node.tag == "br":
                text += "<br>" if one_line or self.tags else "\\\n"
            else:
                text += self.mark(node, self.inline(node.children, one_line))
        if one_line and "\n" in text:
            raise _UnsayableError
        return text

    def mark(self, node: _Node, inside: str) -> str:
        if not self.tags:
            if node.tag in ("strong", "em") and inside == inside.strip() != "":
                sign = "**" if node.tag == "strong" else "*"
                return f"{sign}{inside}{sign}"
            if node.tag in ("sub", "sup") and _PLAIN_MARK.fullmatch(inside):
                sign = "~" if node.tag == "sub" else "^"
                return f"{sign}{inside}{sign}"
            address = unescape(node.attributes[len('href="') : -1])
            if node.tag == "a" and _PLAIN_ADDRESS.fullmatch(address):
                return f"[{inside}]({address})"
        start = f"<{node.tag} {node.attributes}>" if node.attributes else f"<{node.tag}>"
        return f"{start}{inside}</{node.tag}>"


def _escape(text: str) -> str:
    """Words as Markdown writes them; citations stay what they are."""
    escaped, at = "", 0
    for citation in _CITATION.finditer(text):
        escaped += _escape_words(text[at : citation.start()]) + citation[0]
        at = citation.end()
        if text[at : at + 1] == "(":
            escaped, at = escaped + "\\" + text[at], at + 1
    return escaped + _escape_words(text[at:])


def _escape_words(text: str) -> str:
    return _SPECIAL.sub(lambda sign: "\\" + sign[0], text).replace("\xa0", "&nbsp;")
