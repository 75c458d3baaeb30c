"""Reading a folder of content files into plain objects; nothing here touches the database."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from frontmatter.default_handlers import YAMLHandler

from education.glossary import images
from education.glossary.images import Picture

from . import svg
from .errors import ContentFileError
from .markdown import SectionText, to_sections

LEVELS = ("fundamentals", "intermediate", "academic")
_SLUG = re.compile(r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")
_LONGEST_FILE = 2_000_000

__all__ = ["ArticleText", "ContentFileError", "FigureFile", "Folder", "LevelText", "read_folder"]


@dataclass
class FigureFile:
    """A figure that a level declares, with its picture checked."""

    key: str
    picture: Picture
    alt: str
    caption: str
    decorative: bool


@dataclass
class LevelText:
    """One level of an article as its Markdown file says."""

    level: str
    path: Path
    change_note: str
    grade_reason: str
    figures: list[FigureFile]
    sections: list[SectionText]


@dataclass
class ArticleText:
    """An article as its folder says."""

    slug: str
    path: Path
    title: str
    summary: str
    topics: list[str]
    audience: str
    codes: dict[str, Any]
    prompts: list[str]
    levels: list[LevelText] = field(default_factory=list)


@dataclass
class Folder:
    """Everything that a content folder holds, besides the glossary."""

    path: Path
    topics: list[dict[str, Any]]
    references: list[dict[str, Any]]
    articles: list[ArticleText]


def read_folder(path: Path) -> Folder:
    """Read topics.yaml, references.yaml and articles/*. Raises ContentFileError."""
    if not path.is_dir():
        raise ContentFileError(path, None, "there is no such folder")
    return Folder(
        path=path,
        topics=_entries(path / "topics.yaml", "slug", {"slug", "name"}, {"slug", "name"}),
        references=_entries(
            path / "references.yaml",
            "key",
            {"key", "title"},
            set(
                "key authors title container year volume issue pages doi pmid url "
                "checked_on".split()
            ),
        ),
        articles=[_article(found.parent) for found in sorted(path.glob("articles/*/article.yaml"))],
    )


# --- YAML -----------------------------------------------------------------------------------


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise ContentFileError(path, None, "the file is larger than 2 MB")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ContentFileError(path, None, error.strerror or "can't be read") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ContentFileError(path, line, "this is not UTF-8") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise ContentFileError(path, line, "the file holds binary data")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _yaml(text: str, path: Path, offset: int = 0) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "this is not YAML"
        raise ContentFileError(path, mark.line + 1 + offset if mark else None, reason) from error
    except (ValueError, RecursionError) as error:  # An impossible date, or nesting without end.
        raise ContentFileError(path, None, str(error)) from error


def _line_of(path: Path, name: str, value: str) -> int | None:
    """The line of a YAML file that gives this value, for messages."""
    pattern = re.compile(rf"^\s*-?\s*{re.escape(name)}:\s*[\"']?{re.escape(value)}[\"']?\s*$")
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if pattern.match(line):
            return number
    return None


def _entries(path: Path, name: str, needed: set[str], known: set[str]) -> list[dict[str, Any]]:
    """A list of mappings, each with a key of its own; [] where there is no file."""
    if not path.exists():
        return []
    loaded = _yaml(_text(path), path)
    if loaded is None:
        return []
    if not isinstance(loaded, list):
        raise ContentFileError(path, 1, "a list of entries is expected")
    seen: set[str] = set()
    for number, entry in enumerate(loaded, start=1):
        if not isinstance(entry, dict):
            raise ContentFileError(path, None, f"entry {number} is not a list of names and values")
        key = str(entry.get(name) or "")
        line = _line_of(path, name, key)
        _check_names(path, line, entry, needed, known)
        if not _SLUG.match(key):
            raise ContentFileError(
                path, line, f"“{key}” is not a key: lower case, digits and hyphens"
            )
        if key in seen:
            raise ContentFileError(path, line, f"“{key}” stands here twice")
        seen.add(key)
    return loaded


def _check_names(
    path: Path, line: int | None, entry: dict[str, Any], needed: set[str], known: set[str]
) -> None:
    if missing := sorted(name for name in needed if entry.get(name) in (None, "")):
        raise ContentFileError(path, line, f"{', '.join(missing)} is missing")
    if unknown := sorted(str(name) for name in entry if name not in known):
        raise ContentFileError(path, line, f"{', '.join(unknown)} is not known here")


def _string(path: Path, facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise ContentFileError(path, _name_line(path, name), f"{name} has to be a text")
    return " ".join(str(value).split())


def _name_line(path: Path, name: str) -> int | None:
    lines = _text(path).split("\n")
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{name}:")), None)


def _strings(path: Path, facts: dict[str, Any], name: str) -> list[str]:
    values = facts.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str | int) for value in values):
        raise ContentFileError(path, _name_line(path, name), f"{name} has to be a list of texts")
    return [" ".join(str(value).split()) for value in values]


# --- Articles -------------------------------------------------------------------------------


def _article(folder: Path) -> ArticleText:
    path = folder / "article.yaml"
    if not _SLUG.match(folder.name):
        raise ContentFileError(folder, None, "the folder's name becomes the article's address")
    facts = _yaml(_text(path), path)
    if not isinstance(facts, dict):
        raise ContentFileError(path, 1, "names and values are expected")
    known = {"title", "summary", "topics", "audience", "codes", "prompts"}
    _check_names(path, 1, facts, {"title"}, known)
    codes = facts.get("codes") or {}
    if not isinstance(codes, dict):
        raise ContentFileError(path, _name_line(path, "codes"), "codes has to be names and values")
    article = ArticleText(
        slug=folder.name,
        path=path,
        title=_string(path, facts, "title"),
        summary=_string(path, facts, "summary"),
        topics=_strings(path, facts, "topics"),
        audience=_string(path, facts, "audience"),
        codes={str(name): str(value) for name, value in codes.items()},
        prompts=_strings(path, facts, "prompts"),
    )
    for found in sorted(folder.glob("*.md")):
        if found.stem not in LEVELS:
            raise ContentFileError(found, None, f"a level is one of {', '.join(LEVELS)}")
    article.levels = [
        _level(level, folder / f"{level}.md")
        for level in LEVELS
        if (folder / f"{level}.md").exists()
    ]
    return article


def _level(level: str, path: Path) -> LevelText:
    text = _text(path)
    facts: Any = {}
    offset = 0
    handler = YAMLHandler()
    if handler.detect(text):
        try:
            head, body = handler.split(text)
        except ValueError as error:
            raise ContentFileError(path, 1, "the front matter does not end with ---") from error
        offset = text[: len(text) - len(body)].count("\n")
        facts = _yaml(head, path) or {}
        text = body
    if not isinstance(facts, dict):
        raise ContentFileError(path, 1, "the front matter has to be names and values")
    _check_names(path, 1, facts, set(), {"change_note", "grade_reason", "figures"})
    figures = _figures(path, facts.get("figures") or [])
    sections = to_sections(text, path, offset)
    if not sections:
        raise ContentFileError(path, None, "there is no text")
    _check_figures_are_placed(path, figures, sections)
    return LevelText(
        level=level,
        path=path,
        change_note=_string(path, facts, "change_note"),
        grade_reason=_string(path, facts, "grade_reason"),
        figures=figures,
        sections=sections,
    )


def _figures(path: Path, entries: Any) -> list[FigureFile]:
    if not isinstance(entries, list):
        raise ContentFileError(path, _name_line(path, "figures"), "figures has to be a list")
    figures: dict[str, FigureFile] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ContentFileError(path, _name_line(path, "figures"), "a figure needs key and file")
        key, name = str(entry.get("key") or ""), str(entry.get("file") or "")
        line = _line_of(path, "key", key)
        _check_names(
            path, line, entry, {"key", "file"}, {"key", "file", "alt", "caption", "decorative"}
        )
        if not _SLUG.match(key) or key in figures:
            raise ContentFileError(path, line, f"“{key}” is no key or stands here twice")
        alt, decorative = _string(path, entry, "alt"), entry.get("decorative") or False
        if not isinstance(decorative, bool):
            raise ContentFileError(path, line, "decorative is true or false")
        if not alt and not decorative:
            raise ContentFileError(path, line, f"the figure “{key}” has no alternative text")
        if Path(name).name != name:
            raise ContentFileError(path, line, f"“{name}” is not a file of the folder figures")
        picture = _picture(path.parent / "figures" / name)
        caption = _string(path, entry, "caption")
        figures[key] = FigureFile(key, picture, alt, caption, decorative)
    return list(figures.values())


def _picture(path: Path) -> Picture:
    try:
        if path.stat().st_size > images.MAX_BYTES:
            raise ContentFileError(path, None, "the picture is larger than 5 MB")
        data = path.read_bytes()
    except OSError as error:
        raise ContentFileError(path, None, error.strerror or "can't be read") from error
    if path.suffix == ".svg":
        return svg.checked(data, path)
    try:
        return images.checked(ContentFile(data, name=path.name))
    except ValidationError as error:
        raise ContentFileError(path, None, " ".join(error.messages)) from error


def _check_figures_are_placed(
    path: Path, figures: list[FigureFile], sections: list[SectionText]
) -> None:
    declared = {figure.key for figure in figures}
    placed = {key: line for section in sections for key, line in section.figures}
    for key, line in placed.items():
        if key not in declared:
            raise ContentFileError(path, line, f"the figure “{key}” is not declared")
    for key in sorted(declared - placed.keys()):
        raise ContentFileError(
            path, _line_of(path, "key", key), f"the figure “{key}” is not placed in the text"
        )
