"""An article of up to three levels pasted into one Markdown file, as it stands."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.text import slugify
from markdown_it.token import Token

from education.articles import rendering

from .errors import ContentFileError
from .files import (
    LEVELS,
    ArticleText,
    FigureFile,
    LevelText,
    front_matter,
    name_line,
    string,
    strings,
    text_of,
)
from .markdown import OPENING, Reader, markdown_parser
from .pictures import picture_of

_FACTS = {"title", "summary", "topics", "audience", "codes", "prompts"}
_KNOWN = {*_FACTS, "slug", "change_note", "grade_reason"}
_LEVEL = re.compile(
    rf"(?:level\s*\d*\s*[:.)–—-]*\s*)?(?P<level>{'|'.join(LEVELS)})(?:\s+level)?\s*[:.]?",
    re.IGNORECASE,
)
_KEYED = re.compile(r"^(?P<heading>.*?)\s*\{#(?P<key>[^}]*)\}$", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^(?=[\w-]+\])")
_LONGEST_SUMMARY = 500


def read_one_file(path: Path) -> ArticleText:
    """The article in a Markdown file: levels under “#”, sections under “##”.

    Nothing else is needed: title, address and keys are made from the headings. Raises
    ContentFileError with file, line and reason.
    """
    facts, text, offset = front_matter(text_of(path), path, _KNOWN)
    # A footnote's sign would else begin a superscript.
    tokens = markdown_parser().parse(_FOOTNOTE.sub(r"\\[\\^", text))
    reader = _Reader(path, offset)
    tokens = reader.adapted(tokens)
    parts = _parts(tokens, reader)
    title = string(path, facts, "title") or parts.title or _title_of(path)
    summary = string(path, facts, "summary") or parts.summary
    codes = facts.get("codes") or {}
    if not isinstance(codes, dict):
        raise ContentFileError(path, name_line(path, "codes"), "codes has to be names and values")
    article = ArticleText(
        slug=_slug(path, facts, title),
        path=path,
        title=title,
        summary=summary,
        topics=strings(path, facts, "topics"),
        audience=string(path, facts, "audience"),
        codes={str(name): str(value) for name, value in codes.items()},
        prompts=strings(path, facts, "prompts"),
        unsaid=frozenset(_FACTS - facts.keys() - {"title"} - ({"summary"} if summary else set())),
    )
    for level in LEVELS:
        if level in parts.levels:
            article.levels.append(_level(level, parts.levels[level], reader, facts))
    return article


def _title_of(path: Path) -> str:
    words = re.sub(r"[-_\s]+", " ", path.stem).strip()
    return words[:1].upper() + words[1:]


def _slug(path: Path, facts: dict[str, Any], title: str) -> str:
    slug = string(path, facts, "slug") or slugify(title)[:100].strip("-_") or slugify(path.stem)
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,100}", slug):
        line = name_line(path, "slug") or 1
        raise ContentFileError(path, line, "no address can be made from the title; give a slug")
    return slug


def _words(token: Token) -> str:
    """The words of a line, without their marks."""
    pieces = (
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or []
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    )
    return " ".join("".join(pieces).split())


# --- Levels -----------------------------------------------------------------------------------


class _Parts:
    """What the headings of the first rank divide the file into."""

    def __init__(self) -> None:
        self.title = ""
        self.summary = ""
        self.levels: dict[str, list[Token]] = {}


def _parts(tokens: list[Token], reader: "_Reader") -> _Parts:
    parts = _Parts()
    starts = [
        at
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h1" and not token.level
    ]
    before = tokens[: starts[0]] if starts else tokens
    for start, stop in zip(starts, [*starts[1:], len(tokens)], strict=False):
        words, line = _words(tokens[start + 1]), reader.line(tokens[start])
        found = _LEVEL.fullmatch(words)
        if found is None and (parts.title or parts.levels):
            raise reader.refuse(
                line, f"“{words[:80]}” is no level; a level is one of {', '.join(LEVELS)}"
            )
        if found is None:
            parts.title = words
            before = before + tokens[start + 3 : stop]
            continue
        level = found["level"].lower()
        if level in parts.levels:
            raise reader.refuse(line, f"the level {level} stands here twice")
        parts.levels[level] = tokens[start + 3 : stop]
        if not parts.levels[level]:
            raise reader.refuse(line, f"the level {level} has no text")
    if not parts.levels:
        line = reader.line(tokens[0]) if tokens else 1 + reader.offset
        raise reader.refuse(line, "there is no level: write “# Fundamentals” above its text")
    parts.summary = _summary(before, reader)
    return parts


def _summary(tokens: list[Token], reader: "_Reader") -> str:
    """Words between the title and the first level: they sum the article up."""
    for token in tokens:
        if token.type not in ("paragraph_open", "inline", "paragraph_close"):
            raise reader.refuse(reader.line(token), "this belongs to no level; move it into one")
    summary = " ".join(_words(token) for token in tokens if token.type == "inline")
    if len(summary) > _LONGEST_SUMMARY:
        raise reader.refuse(
            reader.line(tokens[0]),
            "this belongs to no level, and a summary has at most 500 characters",
        )
    return summary


def _level(level: str, tokens: list[Token], reader: "_Reader", facts: dict[str, Any]) -> LevelText:
    reader.begin_level()
    sections = reader.sections(markdown_parser(), tokens)
    return LevelText(
        level=level,
        path=reader.path,
        change_note=string(reader.path, facts, "change_note"),
        grade_reason=string(reader.path, facts, "grade_reason"),
        figures=list(reader.pictures.values()),
        sections=sections,
    )


# --- Reading with patience --------------------------------------------------------------------


class _Reader(Reader):
    """Makes the keys that nobody wrote, takes pictures in, and leaves HTML to the cleaner."""

    def __init__(self, path: Path, offset: int) -> None:
        super().__init__(path, offset)
        # Keys by heading and its how-manieth time, for all levels together.
        self.made: dict[tuple[str, int], str] = {}
        self.times: dict[str, int] = {}
        self.pictures: dict[str, FigureFile] = {}
        self.found: dict[int, FigureFile] = {}
        self.files: dict[str, Path] = {}

    def begin_level(self) -> None:
        self.keys, self.times, self.pictures = set(), {}, {}

    def sections(self, parser: Any, tokens: list[Token]) -> list[Any]:
        for token in tokens:
            if figure := self.found.get(id(token)):
                self.pictures.setdefault(figure.key, figure)
        return super().sections(parser, tokens)

    def adapted(self, tokens: list[Token]) -> list[Token]:
        """The tokens, with what a web page has and an article has not said another way."""
        kept: list[Token] = []
        line = 1 + self.offset
        for token in tokens:
            line = self.line(token) if token.map else line
            if token.type == "hr":
                continue
            if token.type in ("heading_open", "heading_close") and token.tag in ("h5", "h6"):
                token.tag = "h4"
            for child in token.children or []:
                if child.type == "code_inline":
                    child.type, child.tag = "text", ""
            if any(child.type == "image" for child in token.children or []):
                kept[-1:] = self._figures(kept[-1], token, line)
            else:
                kept.append(token)
        return kept

    def check_html(self, html: str, line: int) -> None:
        if re.search(r"<img\b", html, re.IGNORECASE):
            raise self.refuse(line, "write a picture as ![what one sees](file)")

    def check_inline_html(self, html: str, line: int) -> None:
        self.check_html(html, line)

    def _figures(self, opening: Token, token: Token, line: int) -> list[Token]:
        """A paragraph of pictures as a paragraph for each, but for the last one's end."""
        children = token.children or []
        if opening.type != "paragraph_open" or any(
            child.content.strip()
            for child in children
            if child.type not in ("image", "softbreak", "hardbreak")
        ):
            raise self.refuse(line, "a picture needs a paragraph of its own")
        paragraphs: list[Token] = []
        for child in children:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            if child.type != "image":
                continue
            if paragraphs:
                paragraphs.append(Token("paragraph_close", "p", -1, block=True))
            figure = self._figure(child, line)
            words = "{figure:" + figure.key + "}"
            text = Token("text", "", 0, content=words)
            inline = Token("inline", "", 0, map=token.map, content=words, children=[text])
            inline.level = token.level
            self.found[id(inline)] = figure
            paragraphs += [opening, inline]
        return paragraphs

    def _figure(self, image: Token, line: int) -> FigureFile:
        address = unquote(str(image.attrGet("src") or ""))
        try:
            split = urlsplit(address)
        except ValueError:
            split = urlsplit("http://?")
        if split.scheme or split.netloc or address.startswith(("/", "\\")):
            raise self.refuse(
                line, f"a picture has to lie beside the file, not elsewhere: {address[:80]}"
            )
        folder = self.path.parent.resolve()
        file = (folder / address.replace("\0", "")).resolve()
        if "\0" in address or not file.is_relative_to(folder):
            raise self.refuse(line, f"a picture has to lie beside the file: {address[:80]}")
        try:
            picture = picture_of(file)
        except ContentFileError as error:
            raise self.refuse(line, f"{address[:80]}: {error.reason}") from error
        key = base = slugify(file.stem)[:50].strip("-_") or "figure"
        number = 1
        while self.files.setdefault(key, file) != file:
            number += 1
            key = f"{base}-{number}"
        alt = " ".join(image.content.split())
        caption = " ".join(str(image.attrGet("title") or "").split())
        return FigureFile(key, picture, alt, caption, decorative=False)

    def heading(self, tokens: list[Token]) -> tuple[str, str]:
        """Key and heading; a heading that other levels have as well has the same key there."""
        words = _words(tokens[1])
        if _KEYED.match(words):
            tokens[1].children = [Token("text", "", 0, content=words)]
            return super().heading(tokens)
        folded = words.casefold()
        self.times[folded] = time = self.times.get(folded, 0) + 1
        key = self.made.get((folded, time))
        if key is None:
            key = self._free(words)
            self.made[folded, time] = key
        return key, words

    def _free(self, words: str) -> str:
        base = slugify(words)[:50].strip("-_") or "part"
        if rendering.is_reserved(base) or base == OPENING:
            base = f"part-{base}"
        key, number = base, 1
        taken = {*self.made.values(), *self.keys}
        while key in taken:
            number += 1
            key = f"{base}-{number}"
        return key
