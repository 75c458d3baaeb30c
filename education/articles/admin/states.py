"""Where each level of an article stands, for lists and for the article's own page."""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _

from education.articles.models import Article, Edition, Level, State


@dataclass(frozen=True)
class LevelState:
    """One level of an article: what patients read of it, and what is being worked on."""

    level: Level
    published: Edition | None
    in_work: Edition | None
    retired: int

    @property
    def is_missing(self) -> bool:
        return self.published is None and self.in_work is None


def levels_of(article: Article) -> list[LevelState]:
    """The three levels in order; reads `article.editions.all()`, which may be prefetched."""
    editions = list(article.editions.all())
    return [_level_of(level, [e for e in editions if e.level == level]) for level in Level]


def _level_of(level: Level, editions: list[Edition]) -> LevelState:
    by_state = {edition.state: edition for edition in editions}
    return LevelState(
        level=level,
        published=by_state.get(State.PUBLISHED),
        in_work=by_state.get(State.DRAFT) or by_state.get(State.REVIEW),
        retired=sum(edition.state == State.RETIRED for edition in editions),
    )


def state_mark(state: str, label: str) -> str:
    """The state in a word, with its color."""
    return format_html('<span class="state state-{}">{}</span>', state, label)


def level_marks(level: LevelState) -> str:
    """A level's states in a cell of a list."""
    marks = [
        state_mark(edition.state, f"{edition.get_state_display()} {edition.number}")
        for edition in (level.published, level.in_work)
        if edition is not None
    ]
    if not marks:
        marks = [state_mark("missing", _("Missing"))]
    return format_html("{}" + " {}" * (len(marks) - 1), *marks)
