"""The articles that a programme can be made of, with their levels."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from education.articles.models import Article, Edition, Level

from .plan import Planned


def measures(edition: Edition) -> str:
    """Reading time and grade in words: 6 min · grade 6."""
    parts = []
    if edition.reading_minutes:
        parts.append(_("%(n)d min") % {"n": edition.reading_minutes})
    if edition.reading_grade is not None:
        parts.append(_("grade %(grade)d") % {"grade": round(edition.reading_grade)})
    return " · ".join(parts)


@dataclass
class Shelved:
    """An article with the editions of it that patients can read, by level."""

    article: Article
    editions: dict[Level, Edition] = field(default_factory=dict)

    def level_choices(self, also: str = "") -> list[tuple[str, str]]:
        """Levels with time and grade; `also` is a level to keep although it is not published."""
        choices = []
        for level in Level:
            if level in self.editions:
                words = [str(level.label), measures(self.editions[level])]
                choices.append((level.value, " · ".join(word for word in words if word)))
            elif level.value == also:
                text = _("%(level)s · not published any more") % {"level": level.label}
                choices.append((level.value, text))
        return choices


class Shelf:
    """What is published, in one query, and what a programme has already."""

    def __init__(self, keep: Iterable[Planned] = ()) -> None:
        self._by_slug = {one.step.article.slug: Shelved(one.step.article) for one in keep}
        for edition in Edition.objects.published().select_related("article"):
            shelved = self._by_slug.setdefault(edition.article.slug, Shelved(edition.article))
            shelved.editions[Level(edition.level)] = edition

    def get(self, slug: str) -> Shelved | None:
        return self._by_slug.get(slug)

    def addable(self, without: Iterable[str]) -> list[Article]:
        """Published articles by title, without those that the programme has."""
        taken = set(without)
        articles = [
            one.article for slug, one in self._by_slug.items() if one.editions and slug not in taken
        ]
        return sorted(articles, key=lambda article: (article.title.casefold(), article.pk))
