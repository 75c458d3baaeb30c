"""Markdown of an article's level as sections of rich text."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

from education.articles import rendering, richtext

from .errors import ContentFileError

OPENING = "opening"
_KEYED = re.compile(r"^(?P<heading>.*?)\s*\{#(?P<key>[^}]*)\}$", re.DOTALL)
_KEY = re.compile(r"^[a-zA-Z0-9_-]+$")
_CAPTION = re.compile(r"^Table:\s*")

_ESCAPED = re.compile(r"\\.")

# HTML that may stand inside a line, for what Markdown has no sign for.
_INLINE_HTML = re.compile(r'</?(?:strong|em|sub|sup)>|</a>|<br>|<a href="(?P<href>[^"<>]*)">')
_BLOCK = r"</?(?:p|h3|h4|ul|ol|li|blockquote|table|thead|tbody|tr|th|td)(?:\s[^>]*)?>"
_BREAK_BEFORE_BLOCK = re.compile(rf"[ \t\n]*\n[ \t\n]*(?={_BLOCK})")
_BREAK_AFTER_BLOCK = re.compile(rf"({_BLOCK}|<br>)[ \t\n]*\n[ \t\n]*")
_AS_IT_IS = re.compile(r"\s*<div>(.*)</div>\s*", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z!?][^>]*>")

# What Markdown can say and an article can't hold, and what to write in its place.
_REFUSED = {
    "image": "pictures are placed as {figure:key}",
    "code_inline": "code is not allowed",
    "code_block": "code is not allowed; is a line indented by mistake?",
    "fence": "code is not allowed",
    "hr": "a line across the page is not allowed; begin a section",
}


@dataclass
class SectionText:
    """A section as the Markdown says, its body already clean HTML."""

    key: str
    heading: str
    body: str
    line: int
    citations: list[tuple[str, int]] = field(default_factory=list)
    figures: list[tuple[str, int]] = field(default_factory=list)


def compact(html: str) -> str:
    """Rich text without the line breaks beside its blocks, which mean nothing."""
    html = _BREAK_BEFORE_BLOCK.sub("", html)
    return _BREAK_AFTER_BLOCK.sub(r"\1", html)


@lru_cache(maxsize=1)
def markdown_parser() -> MarkdownIt:
    """The parser of all content files."""
    # HTML is recognised, so that what an article can't hold is refused instead of being text.
    options = {"html": True, "typographer": True, "xhtmlOut": False}
    return (
        MarkdownIt("commonmark", options)
        .enable(["table", "smartquotes"])
        .use(container_plugin, "callout")
        .use(sub_plugin)
        .use(superscript_plugin)
    )


def to_sections(text: str, path: Path, offset: int = 0) -> list[SectionText]:
    """The sections of a level. `offset` lines of front matter stood before the text.

    Raises ContentFileError for anything that an article can't hold.
    """
    parser = markdown_parser()
    tokens = parser.parse(text)
    return Reader(path, offset).sections(parser, tokens)


def _unwrapped(html: str) -> str:
    """What stands in a block of HTML; <div> around it says "as it is"."""
    found = _AS_IT_IS.fullmatch(html)
    return found[1] if found else html


def body_of(parser: MarkdownIt, tokens: list[Token]) -> str:
    """What is stored of these tokens."""
    for token in tokens:
        if token.type == "html_block":
            token.content = _unwrapped(token.content)
    html = parser.renderer.render(tokens, parser.options, {})
    return compact(richtext.clean(html.strip("\n")))


class Reader:
    """Reads the tokens of one file; knows file and line for its messages."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.keys: set[str] = set()

    def line(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + 1 + self.offset

    def refuse(self, line: int, reason: str) -> ContentFileError:
        return ContentFileError(self.path, line, reason)

    def sections(self, parser: MarkdownIt, tokens: list[Token]) -> list[SectionText]:
        """The sections of one level."""
        self.check(tokens)
        starts = [
            at
            for at, token in enumerate(tokens)
            if token.type == "heading_open" and token.tag == "h2"
        ]
        sections = []
        bounds = [*starts, len(tokens)]
        if opening := tokens[: bounds[0]]:
            sections.append(self.section(parser, OPENING, "", opening, self.line(opening[0])))
        for start, stop in zip(bounds, bounds[1:], strict=False):
            key, heading = self.heading(tokens[start : start + 3])
            body = tokens[start + 3 : stop]
            sections.append(self.section(parser, key, heading, body, self.line(tokens[start])))
        return sections

    def check(self, tokens: list[Token]) -> None:
        """Refuse what an article can't hold, wherever it stands."""
        line = 1 + self.offset
        callout = False
        for token in tokens:
            line = self.line(token) if token.map else line
            callout = self._check_callout(token, callout, line)
            if token.type in _REFUSED:
                raise self.refuse(line, _REFUSED[token.type])
            if token.type == "html_block":
                self.check_html(token.content, line)
            if token.type == "heading_open":
                self._check_heading(token, line)
            within = line
            for child in token.children or []:
                if child.type in ("softbreak", "hardbreak"):
                    within += 1
                if child.type in _REFUSED:
                    raise self.refuse(within, _REFUSED[child.type])
                if child.type == "html_inline":
                    self.check_inline_html(child.content, within)
                if child.type == "link_open":
                    self._check_link(str(child.attrGet("href") or ""), within)

    def _check_callout(self, token: Token, inside: bool, line: int) -> bool:
        if token.type == "container_callout_close":
            return False
        if inside and token.type not in ("paragraph_open", "inline", "paragraph_close"):
            raise self.refuse(line, "a callout holds paragraphs only; does it end with “:::”?")
        if token.type == "container_callout_open":
            if token.level:
                raise self.refuse(line, "a callout can't stand inside something else")
            return True
        if token.type == "inline" and token.content.lstrip().startswith(":::"):
            raise self.refuse(line, "the only box is “::: callout”, ended by “:::”")
        return inside

    def check_html(self, html: str, line: int) -> None:
        """Refuse HTML that would lose something when it is cleaned."""
        html = _unwrapped(html)
        lost = Counter(_TAG.findall(html)) - Counter(_TAG.findall(richtext.clean("x" + html)))
        if lost:
            raise self.refuse(line, f"this HTML is not allowed: {min(lost)[:80]}")

    def check_inline_html(self, html: str, line: int) -> None:
        found = _INLINE_HTML.fullmatch(html)
        if found is None:
            raise self.refuse(line, f"this HTML is not allowed: {html[:80]}")
        if found["href"] is not None:
            self._check_link(unescape(found["href"]), line)

    def _check_heading(self, token: Token, line: int) -> None:
        if token.tag not in ("h2", "h3", "h4"):
            raise self.refuse(line, "headings are written with two to four “#”")
        if token.level:
            raise self.refuse(line, "a heading can't stand inside something else")

    def _check_link(self, address: str, line: int) -> None:
        try:
            scheme = urlsplit(address).scheme.lower()
        except ValueError:
            scheme = "?"
        if scheme not in ("", *richtext.PROTOCOLS) or address.startswith("//"):
            raise self.refuse(line, f"this link leads nowhere: {address}")

    def heading(self, tokens: list[Token]) -> tuple[str, str]:
        """Key and heading of the section that these tokens open."""
        line = self.line(tokens[0])
        children = tokens[1].children or []
        if any(child.type != "text" for child in children):
            raise self.refuse(line, "the heading of a section is plain text")
        found = _KEYED.match("".join(child.content for child in children).strip())
        if found is None:
            raise self.refuse(line, "the section has no key: ## Heading {#key}")
        key, heading = found["key"], found["heading"].strip()
        if not _KEY.match(key):
            raise self.refuse(line, f"“{key}” is not a key: letters, digits and hyphens")
        if rendering.is_reserved(key):
            raise self.refuse(line, f"the key “{key}” is used by the page itself")
        return key, heading

    def section(
        self, parser: MarkdownIt, key: str, heading: str, tokens: list[Token], line: int
    ) -> SectionText:
        if key in self.keys:
            raise self.refuse(line, f"the key “{key}” stands here twice")
        self.keys.add(key)
        self._shape(tokens)
        body = body_of(parser, tokens)
        if not body:
            raise self.refuse(line, "the section has no text")
        section = SectionText(key, heading, body, line)
        for token in tokens:
            if token.type == "inline":
                self._marks(section, token.content, self.line(token))
            elif token.type == "html_block":
                at = self.line(token)
                section.citations += [(name, at) for name in rendering.cited_keys(token.content)]
        return section

    def _marks(self, section: SectionText, text: str, line: int) -> None:
        """Note what a paragraph cites and places; what is escaped is only text."""
        text = _ESCAPED.sub("", text)
        section.citations += [(name, line) for name in rendering.cited_keys(text)]
        section.figures += [(name, line) for name in rendering.placed_figures(text)]
        if "{figure" in text and not re.fullmatch(r"\{figure:[\w-]+\}", text.strip()):
            raise self.refuse(line, "{figure:key} needs a paragraph of its own")
        if text.count("[@") != len(re.findall(r"\[@[\w-]+(?:;\s*@[\w-]+)*\]", text)):
            raise self.refuse(line, "a citation is written [@key] or [@one; @two]")

    def _shape(self, tokens: list[Token]) -> None:
        """Callouts, captions and row headers, as rich text writes them."""
        callout = False
        for at, token in enumerate(tokens):
            if token.type in ("container_callout_open", "container_callout_close"):
                callout = token.type.endswith("open")
                token.hidden = True
            elif token.type == "paragraph_open" and callout:
                token.attrSet("class", "callout")
            elif token.type == "inline" and _CAPTION.match(token.content):
                self._caption(tokens, at)
            elif token.type == "tr_open" and tokens[at + 1].type == "td_open":
                # The first column of our tables names what the row is about.
                tokens[at + 1].tag = "th"
                close = next(n for n in range(at, len(tokens)) if tokens[n].type == "td_close")
                tokens[close].tag = "th"
        self._drop_alignment(tokens)

    def _caption(self, tokens: list[Token], at: int) -> None:
        after = tokens[at + 2].type if at + 2 < len(tokens) else ""
        if tokens[at - 1].type != "paragraph_open" or after != "table_open":
            raise self.refuse(self.line(tokens[at]), "“Table:” stands directly before a table")
        tokens[at - 1].attrSet("class", "table-caption")
        first = (tokens[at].children or [])[0]
        first.content = _CAPTION.sub("", first.content)

    @staticmethod
    def _drop_alignment(tokens: list[Token]) -> None:
        for token in tokens:
            token.attrs.pop("style", None)
