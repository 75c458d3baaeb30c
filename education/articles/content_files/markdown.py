"""Markdown of an article's level as sections of rich text."""

import re
from dataclasses import dataclass, field
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
_KEY = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_CAPTION = re.compile(r"^Table:\s*")

# What Markdown can say and an article can't hold, and what to write in its place.
_REFUSED = {
    "html_block": "HTML is not allowed",
    "html_inline": "HTML is not allowed",
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


def _parser() -> MarkdownIt:
    # HTML is recognised so that it can be refused instead of appearing as text.
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
    parser = _parser()
    tokens = parser.parse(text)
    reader = _Reader(path, offset)
    reader.check(tokens)
    starts = [
        at for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"
    ]
    sections = []
    bounds = [*starts, len(tokens)]
    if opening := tokens[: bounds[0]]:
        sections.append(reader.section(parser, OPENING, "", opening, reader.line(opening[0])))
    for start, stop in zip(bounds, bounds[1:], strict=False):
        key, heading = reader.heading(tokens[start : start + 3])
        body = tokens[start + 3 : stop]
        sections.append(reader.section(parser, key, heading, body, reader.line(tokens[start])))
    return sections


class _Reader:
    """Reads the tokens of one file; knows file and line for its messages."""

    def __init__(self, path: Path, offset: int) -> None:
        self.path = path
        self.offset = offset
        self.keys: set[str] = set()

    def line(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + 1 + self.offset

    def refuse(self, line: int, reason: str) -> ContentFileError:
        return ContentFileError(self.path, line, reason)

    def check(self, tokens: list[Token]) -> None:
        """Refuse what an article can't hold, wherever it stands."""
        line = 1 + self.offset
        callout = False
        for token in tokens:
            line = self.line(token) if token.map else line
            callout = self._check_callout(token, callout, line)
            if token.type in _REFUSED:
                raise self.refuse(line, _REFUSED[token.type])
            if token.type == "heading_open":
                self._check_heading(token, line)
            within = line
            for child in token.children or []:
                if child.type in ("softbreak", "hardbreak"):
                    within += 1
                if child.type in _REFUSED:
                    raise self.refuse(within, _REFUSED[child.type])
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
            raise self.refuse(line, f"“{key}” is not a key: lower case, digits and hyphens")
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
        body = richtext.clean(parser.renderer.render(tokens, parser.options, {}).strip())
        if not body:
            raise self.refuse(line, "the section has no text")
        section = SectionText(key, heading, body, line)
        for token in tokens:
            if token.type == "inline":
                at = self.line(token)
                section.citations += [(name, at) for name in rendering.cited_keys(token.content)]
                section.figures += [(name, at) for name in rendering.placed_figures(token.content)]
                alone = re.fullmatch(r"\{figure:[\w-]+\}", token.content.strip())
                if "{figure" in token.content and not alone:
                    raise self.refuse(at, "{figure:key} needs a paragraph of its own")
                if token.content.count("[@") != len(
                    re.findall(r"\[@[\w-]+(?:;\s*@[\w-]+)*\]", token.content)
                ):
                    raise self.refuse(at, "a citation is written [@key] or [@one; @two]")
        return section

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
