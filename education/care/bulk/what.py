"""What a clinician is about to assign: an article or a programme."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from education.articles.models import Article, Edition, Level
from education.articles.richtext import storable
from education.reading.models import Programme
from education.reading.programmes import Planned, plan

# The level that each patient last really read.
LAST = "last"


@dataclass
class What:
    """An article with its published levels, or a programme with its steps."""

    # The published editions of the article, the plainest first.
    editions: list[Edition] = field(default_factory=list)
    # The level that was asked for beforehand: LAST or one of those editions'.
    level: str = LAST
    programme: Programme | None = None
    steps: list[Planned] = field(default_factory=list)

    @classmethod
    def read(cls, clinician: User, data: Any) -> "What | None":
        """From the query string or a form; None where it says nothing that can be assigned."""
        if programme := data.get("programme"):
            return cls._programme(clinician, programme)
        if slug := storable(data.get("article", "")):
            editions = sorted(
                Edition.objects.published().filter(article__slug=slug).select_related("article"),
                key=lambda one: Level(one.level).rank,
            )
            if editions:
                levels = [edition.level for edition in editions]
                level = data.get("level", "")
                return cls(editions, level if level in levels else LAST)
        return None

    @classmethod
    def _programme(cls, clinician: User, public_id: str) -> "What | None":
        try:
            found = (
                Programme.objects.visible_to(clinician)
                .in_use()
                .filter(public_id=UUID(public_id))
                .first()
            )
        except ValueError:
            return None
        if found is None:
            return None
        steps = [step for step in plan(found) if step.edition is not None]
        return cls(programme=found, steps=steps) if steps else None

    @staticmethod
    def is_in(data: Any) -> bool:
        """Whether somebody says what to assign, be it still there or not."""
        return bool(data.get("article") or data.get("programme"))

    @property
    def article(self) -> Article | None:
        return self.editions[0].article if self.editions else None

    @property
    def title(self) -> str:
        return self.programme.name if self.programme else self.editions[0].article.title

    @property
    def parameters(self) -> dict[str, str]:
        """The same as names and values for an address or a form."""
        if self.programme:
            return {"programme": str(self.programme.public_id)}
        named = {"article": self.editions[0].article.slug}
        return named if self.level == LAST else {**named, "level": self.level}

    @property
    def levels(self) -> list[Level]:
        return [Level(edition.level) for edition in self.editions]

    @property
    def level_words(self) -> str:
        """The level (or the number of articles) in words, for a sentence's end."""
        if self.programme:
            n = len(self.steps)
            return ngettext(
                "A programme of %(n)d article.", "A programme of %(n)d articles.", n
            ) % {"n": n}
        if self.level == LAST:
            return _("At the level that each of them last read.")
        return _("At the level %(level)s.") % {"level": Level(self.level).label}


def measures(edition: Edition) -> str:
    """A level with its reading time and grade, as a clinician compares them."""
    parts = [str(Level(edition.level).label)]
    if edition.reading_minutes:
        n = edition.reading_minutes
        parts.append(_("%(n)d min") % {"n": n})
    if edition.reading_grade is not None:
        parts.append(_("grade %(grade)d") % {"grade": round(edition.reading_grade)})
    return " · ".join(parts)
