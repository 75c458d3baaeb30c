"""Articles and glossary as files, in the format that the import reads."""

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.core.files.storage import default_storage
from django.db.models import Prefetch
from django.db.models.functions import Lower

from education.articles import rendering
from education.articles.models import Article, Edition, Figure, Level, Reference, State, Topic
from education.glossary import loading as glossary_loading
from education.glossary.models import Term
from education.glossary.spreadsheet import escaped

from .errors import ContentFileError
from .markdown import OPENING
from .term_figures import COLUMNS as FIGURE_COLUMNS
from .term_figures import FOLDER as GLOSSARY_FIGURES
from .writing import heading_line, to_markdown

_PICTURES = ("svg", "png", "jpg", "jpeg", "webp")
# Everything that an export writes, and so may remove again.
_OURS = (
    "topics.yaml",
    "references.yaml",
    "glossary.csv",
    "articles/*/article.yaml",
    *(f"articles/*/{level}.md" for level in Level.values),
    *(f"articles/*/figures/*.{ending}" for ending in _PICTURES),
    *(f"{GLOSSARY_FIGURES}/*.{ending}" for ending in _PICTURES),
)


@dataclass
class Export:
    """Files by their path inside the folder, and what was written, by name."""

    files: dict[str, bytes] = field(default_factory=dict)
    editions: list[str] = field(default_factory=list)
    terms: int = 0
    references: int = 0

    def __str__(self) -> str:
        lines = [f"Exported {len(self.editions)} editions, {self.references} references and "
                 f"{self.terms} terms as {len(self.files)} files."]  # fmt: skip
        return "\n".join([*lines, *(f"  {name}" for name in self.editions)])


def export(slugs: Iterable[str] = (), *, drafts: bool = False) -> Export:
    """The published editions as files, or with `drafts` the newest that is not retired.

    With `slugs` only these articles, with the topics and references that they need and without
    the glossary. Raises ContentFileError for an article or a picture that is not there.
    """
    wanted = list(dict.fromkeys(slugs))
    done = Export()
    articles = Article.objects.order_by("slug").prefetch_related(
        Prefetch("topics", Topic.objects.order_by("position", "name")), "prompts"
    )
    if wanted:
        articles = articles.filter(slug__in=wanted)
        if missing := sorted(set(wanted) - {article.slug for article in articles}):
            raise ContentFileError(Path("articles"), None, f"no article is {', '.join(missing)}")
    topics: list[Topic] = [] if wanted else list(Topic.objects.order_by("position", "name"))
    cited: set[str] = set()
    for article in articles:
        editions = _editions(article, drafts)
        if not editions:
            if wanted:
                reason = "nothing of it is published" if not drafts else "nothing of it is written"
                raise ContentFileError(Path("articles") / article.slug, None, reason)
            continue
        topics += [topic for topic in article.topics.all() if topic not in topics]
        cited |= _write_article(done, article, editions)
    if wanted:
        topics.sort(key=lambda topic: (topic.position, topic.name))
    references = Reference.objects.order_by("key")
    _write_references(done, list(references.filter(key__in=cited) if wanted else references))
    if topics:
        entries = [{"slug": topic.slug, "name": topic.name} for topic in topics]
        done.files["topics.yaml"] = _yaml(entries)
    if not wanted:
        _write_glossary(done)
    return done


def _editions(article: Article, drafts: bool) -> list[Edition]:
    editions = article.editions.prefetch_related("sections", "figures").order_by("-number")
    found = []
    for level in Level.values:
        of_level = [edition for edition in editions if edition.level == level]
        states = [State.PUBLISHED] if not drafts else [State.DRAFT, State.REVIEW, State.PUBLISHED]
        found += [edition for edition in of_level if edition.state in states][:1]
    return found


# --- Articles ---------------------------------------------------------------------------------


def _write_article(done: Export, article: Article, editions: list[Edition]) -> set[str]:
    folder = f"articles/{article.slug}"
    done.files[f"{folder}/article.yaml"] = _yaml(
        {
            "title": _line(article.title),
            "summary": _line(article.summary),
            "topics": [topic.slug for topic in article.topics.all()],
            "audience": _line(article.audience),
            "codes": dict(article.codes),
            "prompts": [_line(prompt.text) for prompt in article.prompts.all()],
        }
    )
    names: dict[str, str] = {}
    cited: set[str] = set()
    for edition in editions:
        figures = []
        for figure in edition.figures.all():
            name = _figure_name(figure, edition.level, names)
            done.files[f"{folder}/figures/{name}"] = _picture(str(figure.image))
            figures.append(_figure(figure, name, edition))
        done.files[f"{folder}/{edition.level}.md"] = _level(edition, figures)
        done.editions.append(f"{article.slug}, {edition.level}, edition {edition.number}")
        for section in edition.sections.all():
            cited |= set(rendering.cited_keys(section.body))
    return cited


def _figure_name(figure: Figure, level: str, names: dict[str, str]) -> str:
    """The key with its ending, and its level where levels have other pictures of the key."""
    ending = str(figure.image).rpartition(".")[2].lower()
    name = f"{figure.key}.{ending}"
    if names.setdefault(name.lower(), str(figure.image)) != str(figure.image):
        name = f"{figure.key}-{level}.{ending}"
        while names.setdefault(name.lower(), str(figure.image)) != str(figure.image):
            name = f"x-{name}"
    return name


def _figure(figure: Figure, name: str, edition: Edition) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": figure.key, "file": name}
    entry |= {"alt": _line(figure.alt)} if figure.alt else {}
    entry |= {"caption": _line(figure.caption)} if figure.caption else {}
    entry |= {"decorative": True} if figure.decorative else {}
    placed = {
        key for section in edition.sections.all() for key in rendering.placed_figures(section.body)
    }
    return entry if figure.key in placed else entry | {"placed": False}


def _level(edition: Edition, figures: list[dict[str, Any]]) -> bytes:
    facts: dict[str, Any] = {}
    for name in ("change_note", "grade_reason"):
        if value := _line(getattr(edition, name)):
            facts[name] = value
    if figures:
        facts["figures"] = figures
    parts = [f"---\n{_yaml(facts).decode()}---"] if facts else []
    for number, section in enumerate(edition.sections.all()):
        if number or section.key != OPENING or section.heading:
            parts.append(heading_line(section.key, section.heading))
        parts.append(to_markdown(section.body))
    return ("\n\n".join(part for part in parts if part) + "\n").encode()


def _picture(name: str) -> bytes:
    try:
        with default_storage.open(name) as stored:
            return stored.read()
    except OSError as error:
        reason = f"the picture is not in the store: {error.strerror or 'it can not be read'}"
        raise ContentFileError(Path(name), None, reason) from error


# --- References, glossary ---------------------------------------------------------------------


def _write_references(done: Export, references: list[Reference]) -> None:
    entries = []
    for reference in references:
        entry: dict[str, Any] = {"key": reference.key}
        for name in ("authors", "title", "container", "year", "volume", "issue", "pages", "doi",
                     "pmid", "url"):  # fmt: skip
            value = getattr(reference, name)
            entry[name] = value.strip() if isinstance(value, str) else value
        entries.append(entry | {"checked_on": reference.checked_on})
    done.references = len(entries)
    if entries:
        parts = (_yaml([entry]).decode() for entry in entries)
        done.files["references.yaml"] = "\n".join(parts).encode()


def _write_glossary(done: Export) -> None:
    terms = list(Term.objects.prefetch_related("aliases", "see_also").order_by(Lower("name"), "pk"))
    terms.sort(key=lambda term: (term.name.casefold(), term.name))
    columns: list[str] = [*glossary_loading.COLUMNS, *glossary_loading.OPTIONAL]
    if any(term.figure for term in terms):
        columns += FIGURE_COLUMNS
    rows = io.StringIO()
    table = csv.DictWriter(rows, columns, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for term in terms:
        labels = sorted(term.aliases.all(), key=lambda label: (label.text.casefold(), label.text))
        row = {
            "term": term.name,
            "aliases": "|".join(label.text for label in labels if not label.preferred),
            "plain_definition": term.plain_definition.strip(),
            "technical_definition": term.technical_definition.strip(),
            "source_note": term.source.strip(),
            "slug": term.slug,
            "match_case": "|".join(label.text for label in labels if label.match_case),
            "see_also": "|".join(sorted(other.name for other in term.see_also.all())),
            "figure_alt": _line(term.figure_alt),
        }
        if term.figure:
            row["figure"] = f"{term.slug}.{str(term.figure).rpartition('.')[2].lower()}"
            done.files[f"{GLOSSARY_FIGURES}/{row['figure']}"] = _picture(str(term.figure))
        table.writerow({name: escaped(_one_kind_of_break(value)) for name, value in row.items()})
    done.terms = len(terms)
    if terms:
        done.files["glossary.csv"] = rows.getvalue().encode()


def _one_kind_of_break(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(text: str) -> str:
    return " ".join(text.split())


class _Dumper(yaml.SafeDumper):
    """Lists stand indented below their name, which is easier to read."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(data: Any) -> bytes:
    return yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=88, line_break="\n",
        default_flow_style=False, encoding="utf-8",
    )  # fmt: skip


# --- Writing ----------------------------------------------------------------------------------


def write(done: Export, folder: Path, *, force: bool = False) -> None:
    """Write the files into a folder, which has to be new or empty, or with `force` may hold an
    older export, whose files are removed. Raises ContentFileError; nothing is written then."""
    if folder.exists() and not folder.is_dir():
        raise ContentFileError(folder, None, "this is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not force:
            raise ContentFileError(folder, None, "the folder is not empty")
        _refuse_links(folder)
        for pattern in _OURS:
            for old in folder.glob(pattern):
                old.unlink()
    for name, content in done.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for parent, _folders, _files in sorted(os.walk(folder / "articles"), reverse=True):
        if not os.listdir(parent):
            os.rmdir(parent)


def _refuse_links(folder: Path) -> None:
    """A link in the folder could lead the writing out of it."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            if (Path(parent) / name).is_symlink():
                raise ContentFileError(Path(parent) / name, None, "links are not followed")
