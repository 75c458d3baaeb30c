"""From content files to topics, references, articles and draft editions."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction
from django.utils.dateparse import parse_date

from education.articles.models import (
    Article,
    Edition,
    Figure,
    Prompt,
    Reference,
    Section,
    State,
    Topic,
)
from education.articles.models.lifecycle import Step

from . import imports
from .errors import ContentFileError
from .files import ArticleText, Folder, LevelText, read_folder
from .markdown import compact
from .one_file import read_one_file


@dataclass
class ContentReport:
    """What importing content files did, in words."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    # Levels with an edition in review, which a file can't change.
    held: list[str] = field(default_factory=list)
    # Drafts that somebody wrote or changed by hand since the last import.
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"Content: {len(self.created)} created, {len(self.updated)} updated, "
                 f"{len(self.unchanged)} unchanged."]  # fmt: skip
        lines += [f"  created  {name}" for name in self.created]
        lines += [f"  updated  {name}" for name in self.updated]
        lines += [f"  held, because it is in review: {name}" for name in self.held]
        lines += [
            f"  kept, because somebody has written in this draft: {name}" for name in self.kept
        ]
        if self.kept:
            lines.append("With --replace-drafts these drafts become what the files say.")
        return "\n".join(lines)


def load_articles(path: Path, author: Any, *, replace_drafts: bool = False) -> ContentReport:
    """Import a folder of content files, or one Markdown file; importing twice changes nothing.

    All or nothing. New text becomes a draft by `author`; a draft that is as an import left it is
    replaced. What is in review or published stays, and so does a draft in which somebody has
    written, unless `replace_drafts`. Raises ContentFileError with file, line and reason.
    """
    path = Path(path)
    if path.is_file():
        folder = Folder(path.parent, [], [], [read_one_file(path)])
    else:
        folder = read_folder(path)
    with transaction.atomic():
        return _Loader(folder, author, replace_drafts).load()


class _Loader:
    def __init__(self, folder: Folder, author: Any, replace_drafts: bool) -> None:
        self.folder = folder
        self.author = author
        self.replace_drafts = replace_drafts
        self.report = ContentReport()

    def load(self) -> ContentReport:
        self._topics()
        for entry in self.folder.references:
            self._reference(entry)
        self._check_citations()
        for article in self.folder.articles:
            self._article(article)
        return self.report

    def _topics(self) -> None:
        """New topics go behind those that are there, whose order is the editors'."""
        known = dict(Topic.objects.values_list("slug", "position"))
        last = max(known.values(), default=-1)
        for entry in self.folder.topics:
            if entry["slug"] not in known:
                last += 1
            facts = {"name": entry["name"], "position": known.get(entry["slug"], last)}
            self._put(Topic, {"slug": entry["slug"]}, facts, self.folder.path / "topics.yaml")

    def _put(
        self, model: type[models.Model], found_by: dict[str, Any], facts: dict[str, Any], path: Path
    ) -> Any:
        """Create or update one object; it is validated as a form would."""
        instance = model._default_manager.filter(**found_by).first()
        name = f"{model._meta.verbose_name} {next(iter(found_by.values()))}"
        if instance is None:
            instance, done = model(**found_by), self.report.created
        else:
            changed = [
                field_name
                for field_name, value in facts.items()
                if _squeezed(getattr(instance, field_name)) != _squeezed(value)
            ]
            if not changed:
                self.report.unchanged.append(name)
                return instance
            done = self.report.updated
            name = f"{name}: {', '.join(changed)}{_seen_at_once(instance)}"
        for field_name, value in facts.items():
            setattr(instance, field_name, value)
        _validate(instance, path, None, name)
        instance.save()
        done.append(name)
        return instance

    def _reference(self, entry: dict[str, Any]) -> None:
        path = self.folder.path / "references.yaml"
        facts: dict[str, Any] = {
            name: "" if entry.get(name) is None else str(entry[name]).strip()
            for name in (
                "authors",
                "title",
                "container",
                "volume",
                "issue",
                "pages",
                "doi",
                "pmid",
                "url",
            )
        }
        year = entry.get("year")
        if year is not None and (not isinstance(year, int) or isinstance(year, bool)):
            raise ContentFileError(path, None, f"{entry['key']}: the year is not a number")
        facts["year"] = year
        if entry.get("checked_on"):
            # Where the file does not know, an editor may: the date is never taken away.
            try:
                checked_on = parse_date(str(entry["checked_on"]))
            except ValueError:
                checked_on = None
            if checked_on is None:
                raise ContentFileError(path, None, f"{entry['key']}: checked_on is not a date")
            facts["checked_on"] = checked_on
        self._put(Reference, {"key": entry["key"]}, facts, path)

    def _check_citations(self) -> None:
        known = set(Reference.objects.values_list("key", flat=True))
        for article in self.folder.articles:
            for level in article.levels:
                for section in level.sections:
                    for key, line in section.citations:
                        if key not in known:
                            raise ContentFileError(
                                level.path, line, f"“{key}” is not among the references"
                            )

    # --- Articles ---------------------------------------------------------------------------

    def _article(self, text: ArticleText) -> None:
        topics = list(Topic.objects.filter(slug__in=text.topics))
        if missing := sorted(set(text.topics) - {topic.slug for topic in topics}):
            raise ContentFileError(text.path, None, f"the topic {', '.join(missing)} is not known")
        facts = {
            "title": text.title,
            "summary": text.summary,
            "audience": text.audience,
            "codes": text.codes,
        }
        said = {name: value for name, value in facts.items() if name not in text.unsaid}
        before = len(self.report.created)
        article = self._put(Article, {"slug": text.slug}, said, text.path)
        is_new = len(self.report.created) > before
        if "topics" not in text.unsaid and set(article.topics.all()) != set(topics):
            article.topics.set(topics)
            self._note(article, "topics", is_new)
        if "prompts" not in text.unsaid and self._prompts(article, text):
            self._note(article, "prompts", is_new)
        for level in text.levels:
            self._level(article, level)

    def _note(self, article: Article, what: str, is_new: bool) -> None:
        if not is_new:
            self.report.updated.append(f"article {article.slug}: {what}{_seen_at_once(article)}")

    def _prompts(self, article: Article, text: ArticleText) -> bool:
        """Keep prompts whose text stays, so that answers still belong to them; true if any
        prompt changed."""
        stored: dict[str, list[Prompt]] = {}
        for prompt in article.prompts.all():
            stored.setdefault(prompt.text, []).append(prompt)
        changed = False
        for position, words in enumerate(text.prompts):
            same = stored.get(words)
            prompt = same.pop(0) if same else Prompt(article=article, text=words, position=-1)
            if prompt.position != position:
                prompt.position = position
                _validate(prompt, text.path, None, "prompt")
                prompt.save()
                changed = True
        left = [prompt.pk for prompts in stored.values() for prompt in prompts]
        Prompt.objects.filter(pk__in=left).delete()
        return changed or bool(left)

    def _level(self, article: Article, text: LevelText) -> None:
        name = f"{article.slug}, {text.level}"
        of_level = article.editions.select_for_update().filter(level=text.level)
        latest = of_level.order_by("-number").first()
        if latest is not None and _substance(latest) == _substance_of_file(text):
            self.report.unchanged.append(name)
        elif latest is None or latest.state in (State.PUBLISHED, State.RETIRED):
            edition = Edition(article=article, level=text.level, author=self.author,
                              number=latest.number + 1 if latest else 1)  # fmt: skip
            self._write(edition, text)
            edition.note_step(Step.STARTED, self.author)
            self.report.created.append(name)
        elif not latest.is_draft:
            self.report.held.append(name)
        elif self.replace_drafts or imports.is_untouched(latest, _digest(latest)):
            self._write(latest, text)
            self.report.updated.append(name)
        else:
            self.report.kept.append(f"{name}, by {latest.author}")

    def _write(self, edition: Edition, text: LevelText) -> None:
        """Make the draft what the file says."""
        edition.change_note = text.change_note
        edition.grade_reason = text.grade_reason
        _validate(edition, text.path, None, text.level)
        edition.save()
        edition.sections.all().delete()
        edition.figures.all().delete()
        for position, part in enumerate(text.sections):
            section = Section(
                edition=edition,
                position=position,
                key=part.key,
                heading=part.heading,
                body=part.body,
            )
            _validate(section, text.path, part.line, part.key)
            section.save()
        for drawn in text.figures:
            picture = drawn.picture
            figure = Figure(
                edition=edition,
                key=drawn.key,
                image=picture.name,
                width=picture.width,
                height=picture.height,
                widths=picture.widths,
                alt=drawn.alt,
                caption=drawn.caption,
                decorative=drawn.decorative,
            )
            _validate(figure, text.path, None, drawn.key)
            picture.store()
            figure.save()
        edition.measure()
        imports.note(edition, _digest(edition), self.author)


def _squeezed(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _seen_at_once(instance: models.Model) -> str:
    """What an editor should know of a change that no review stands before."""
    if isinstance(instance, Article) and instance.editions.published().exists():
        return " (patients see this at once)"
    return ""


def _digest(edition: Edition) -> str:
    """Stands for everything that an import writes of an edition."""
    everything = repr((edition.change_note, _substance(edition)))
    return hashlib.sha256(everything.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _substance(edition: Edition) -> Any:
    return (
        edition.grade_reason,
        [(part.key, part.heading, compact(part.body)) for part in edition.sections.all()],
        sorted(
            (figure.key, figure.image.name, figure.alt, figure.caption, figure.decorative)
            for figure in edition.figures.all()
        ),
    )


def _substance_of_file(text: LevelText) -> Any:
    return (
        text.grade_reason,
        [(part.key, part.heading, part.body) for part in text.sections],
        sorted(
            (figure.key, figure.picture.name, figure.alt, figure.caption, figure.decorative)
            for figure in text.figures
        ),
    )


def _validate(instance: models.Model, path: Path, line: int | None, name: str) -> None:
    try:
        instance.full_clean()
    except ValidationError as error:
        reasons = "; ".join(
            " ".join(messages)
            if field_name == NON_FIELD_ERRORS
            else f"{field_name}: {' '.join(messages)}"
            for field_name, messages in error.message_dict.items()
        )
        raise ContentFileError(path, line, f"{name}: {reasons}") from error
