"""Reading a folder of content files into plain objects; nothing here touches the database."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from education.articles import rendering
from education.glossary.images import Picture

from .errors import ContentFileError
from .markdown import SectionText, to_sections
from .pictures import picture_of

LEVELS = ("fundamentals", "intermediate", "academic")
_SLUG = re.compile(r"^[a-zA-Z0-9_-]+$")
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
    # Whether the text has to place it; an export may say that it does not.
    placed: bool = True


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
    # The facts that the file is silent about, which then stay as they are.
    unsaid: frozenset[str] = frozenset()


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


def text_of(path: Path) -> str:
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


class _YamlLoader(yaml.SafeLoader):
    """YAML without what would make a small file large, and without what no column holds."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.constructor.ConstructorError(
                None, None, "aliases are not allowed", self.peek_event().start_mark
            )
        return super().compose_node(parent, index)

    def construct_scalar(self, node: Any) -> Any:
        value = super().construct_scalar(node)
        if isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
            raise yaml.constructor.ConstructorError(
                None, None, "this holds a character that can't be stored", node.start_mark
            )
        return value


def yaml_of(text: str, path: Path, offset: int = 0) -> Any:
    try:
        return yaml.load(text, _YamlLoader)  # nosec B506: a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "this is not YAML"
        raise ContentFileError(path, mark.line + 1 + offset if mark else None, reason) from error
    except (ValueError, RecursionError) as error:  # An impossible date, or nesting without end.
        raise ContentFileError(path, None, str(error)) from error


def _line_of(path: Path, name: str, value: str) -> int | None:
    """The line of a YAML file that gives this value, for messages."""
    pattern = re.compile(rf"^\s*-?\s*{re.escape(name)}:\s*[\"']?{re.escape(value)}[\"']?\s*$")
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if pattern.match(line):
            return number
    return None


def _entries(path: Path, name: str, needed: set[str], known: set[str]) -> list[dict[str, Any]]:
    """A list of mappings, each with a key of its own; [] where there is no file."""
    if not path.exists():
        return []
    loaded = yaml_of(text_of(path), path)
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
        check_names(path, line, entry, needed, known)
        if not _SLUG.match(key):
            raise ContentFileError(path, line, f"“{key}” is not a key: letters, digits and hyphens")
        if key in seen:
            raise ContentFileError(path, line, f"“{key}” stands here twice")
        seen.add(key)
        if nested := sorted(n for n, value in entry.items() if isinstance(value, dict | list)):
            raise ContentFileError(path, line, f"{', '.join(nested)} has to be a text")
    return loaded


def check_names(
    path: Path, line: int | None, entry: dict[str, Any], needed: set[str], known: set[str]
) -> None:
    if missing := sorted(name for name in needed if entry.get(name) in (None, "")):
        raise ContentFileError(path, line, f"{', '.join(missing)} is missing")
    if unknown := sorted(str(name) for name in entry if name not in known):
        raise ContentFileError(path, line, f"{', '.join(unknown)} is not known here")


def string(path: Path, facts: dict[str, Any], name: str) -> str:
    value = facts.get(name)
    if value is None:
        return ""
    if isinstance(value, dict | list | bool):
        raise ContentFileError(path, name_line(path, name), f"{name} has to be a text")
    return " ".join(str(value).split())


def name_line(path: Path, name: str) -> int | None:
    lines = text_of(path).split("\n")
    return next((n for n, line in enumerate(lines, 1) if line.startswith(f"{name}:")), None)


def strings(path: Path, facts: dict[str, Any], name: str) -> list[str]:
    values = facts.get(name) or []
    if not isinstance(values, list) or not all(isinstance(value, str | int) for value in values):
        raise ContentFileError(path, name_line(path, name), f"{name} has to be a list of texts")
    return [" ".join(str(value).split()) for value in values]


# --- Articles -------------------------------------------------------------------------------


def _article(folder: Path) -> ArticleText:
    path = folder / "article.yaml"
    if not _SLUG.match(folder.name):
        raise ContentFileError(folder, None, "the folder's name becomes the article's address")
    facts = yaml_of(text_of(path), path)
    if not isinstance(facts, dict):
        raise ContentFileError(path, 1, "names and values are expected")
    known = {"title", "summary", "topics", "audience", "codes", "prompts"}
    check_names(path, 1, facts, {"title"}, known)
    codes = facts.get("codes") or {}
    if not isinstance(codes, dict):
        raise ContentFileError(path, name_line(path, "codes"), "codes has to be names and values")
    article = ArticleText(
        slug=folder.name,
        path=path,
        title=string(path, facts, "title"),
        summary=string(path, facts, "summary"),
        topics=strings(path, facts, "topics"),
        audience=string(path, facts, "audience"),
        codes={str(name): str(value) for name, value in codes.items()},
        prompts=strings(path, facts, "prompts"),
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


def front_matter(text: str, path: Path, known: set[str]) -> tuple[dict[str, Any], str, int]:
    """The names and values before a text, the text, and how many lines stand before it."""
    facts: Any = {}
    offset = 0
    handler = YAMLHandler()
    if handler.detect(text):
        try:
            head, body = handler.split(text)
        except ValueError as error:
            raise ContentFileError(path, 1, "the front matter does not end with ---") from error
        offset = text[: len(text) - len(body)].count("\n")
        facts = yaml_of(head, path) or {}
        text = body
    if not isinstance(facts, dict):
        raise ContentFileError(path, 1, "the front matter has to be names and values")
    check_names(path, 1, facts, set(), known)
    return facts, text, offset


def _level(level: str, path: Path) -> LevelText:
    facts, text, offset = front_matter(
        text_of(path), path, {"change_note", "grade_reason", "figures"}
    )
    figures = _figures(path, facts.get("figures") or [])
    sections = to_sections(text, path, offset)
    if not sections:
        raise ContentFileError(path, None, "there is no text")
    _check_figures_are_placed(path, figures, sections)
    return LevelText(
        level=level,
        path=path,
        change_note=string(path, facts, "change_note"),
        grade_reason=string(path, facts, "grade_reason"),
        figures=figures,
        sections=sections,
    )


def _figures(path: Path, entries: Any) -> list[FigureFile]:
    if not isinstance(entries, list):
        raise ContentFileError(path, name_line(path, "figures"), "figures has to be a list")
    figures: dict[str, FigureFile] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ContentFileError(path, name_line(path, "figures"), "a figure needs key and file")
        key, name = str(entry.get("key") or ""), str(entry.get("file") or "")
        line = _line_of(path, "key", key)
        check_names(
            path,
            line,
            entry,
            {"key", "file"},
            {"key", "file", "alt", "caption", "decorative", "placed"},
        )
        if not _SLUG.match(key) or key in figures:
            raise ContentFileError(path, line, f"“{key}” is no key or stands here twice")
        alt, decorative = string(path, entry, "alt"), entry.get("decorative") or False
        if not isinstance(decorative, bool):
            raise ContentFileError(path, line, "decorative is true or false")
        if not alt and not decorative:
            raise ContentFileError(path, line, f"the figure “{key}” has no alternative text")
        if Path(name).name != name:
            raise ContentFileError(path, line, f"“{name}” is not a file of the folder figures")
        placed = entry.get("placed", True)
        if not isinstance(placed, bool):
            raise ContentFileError(path, line, "placed is true or false")
        picture = picture_of(path.parent / "figures" / name)
        caption = string(path, entry, "caption")
        figures[key] = FigureFile(key, picture, alt, caption, decorative, placed)
    return list(figures.values())


def _check_figures_are_placed(
    path: Path, figures: list[FigureFile], sections: list[SectionText]
) -> None:
    declared = {figure.key for figure in figures}
    needed = {figure.key for figure in figures if figure.placed}
    placed = {key: line for section in sections for key, line in section.figures}
    for key, line in placed.items():
        if key not in declared:
            raise ContentFileError(path, line, f"the figure “{key}” is not declared")
    in_text = {key for section in sections for key in rendering.placed_figures(section.body)}
    for key in sorted(needed - in_text):
        raise ContentFileError(
            path, _line_of(path, "key", key), f"the figure “{key}” is not placed in the text"
        )
