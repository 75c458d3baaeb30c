"""What one patient can be given to read, and what they have of it already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from accounts.models import User
from education.articles.models import Article, Edition, Level
from education.articles.search import Found
from education.reading.assigning import last_levels
from education.reading.evidence import Facts, facts_by_article
from education.reading.models import Assignment, Wanted


@dataclass(frozen=True)
class LevelOption:
    """A level of an article that can be read now."""

    edition: Edition

    @property
    def level(self) -> Level:
        return Level(self.edition.level)


@dataclass(frozen=True)
class Offer:
    """An article, and what the patient has of it. Title and text may be HTML."""

    article: Article
    title: SafeString | str
    text: SafeString | str
    levels: list[LevelOption]
    # What is assigned now, if it is.
    assignment: Assignment | None
    facts: list[Facts]


@dataclass(frozen=True)
class Usual:
    """The level that is chosen beforehand, and why."""

    # What the patient last really read; None for somebody who has read nothing.
    last: Level | None
    # The level of this article that is nearest to it.
    level: Level


def levels_of(article: Article) -> list[LevelOption]:
    """The levels of an article that are published, the plainest first. One query."""
    editions = Edition.objects.published().filter(article=article)
    return _options(editions.select_related("article"))


def _options(editions: Iterable[Edition]) -> list[LevelOption]:
    options = [LevelOption(edition) for edition in editions]
    return sorted(options, key=lambda option: option.level.rank)


def level_rows(form: Any, levels: Iterable[LevelOption]) -> list[tuple[Any, LevelOption | None]]:
    """Each radio button of a form’s level with what is said beside it; None for a level gone."""
    options = {option.level.value: option for option in levels}
    return [(radio, options.get(radio.data["value"])) for radio in form["level"]]


def usual_level(patient: User, levels: Sequence[LevelOption]) -> Usual:
    """The level at which this patient last read, or the nearest that the article has."""
    last = last_levels([patient]).get(patient.pk)
    return Usual(last, (last or Level.FUNDAMENTALS).nearest([one.level for one in levels]))


def offers(clinician: User, patient: User, items: Sequence[int | Found]) -> list[Offer]:
    """Articles, or what a search found, in the same order; five queries for any number."""
    ids = [item.article_id if isinstance(item, Found) else item for item in items]
    articles = Article.objects.in_bulk(ids)
    editions: dict[int, list[Edition]] = {}
    for edition in Edition.objects.published().filter(article__in=ids):
        editions.setdefault(edition.article_id, []).append(edition)
    assigned = open_by_article(clinician, patient, ids)
    facts = facts_by_article(clinician, patient=patient, articles=ids)
    return [
        _offer(articles[pk], item, editions[pk], assigned.get(pk), facts.get(pk, []))
        for pk, item in zip(ids, items, strict=True)
        # Without an edition only where it was retired in this moment.
        if pk in articles and pk in editions
    ]


def _offer(
    article: Article,
    item: int | Found,
    editions: list[Edition],
    assignment: Assignment | None,
    facts: list[Facts],
) -> Offer:
    found = item if isinstance(item, Found) else None
    return Offer(
        article=article,
        title=found.mark(article.title) if found else article.title,
        text=(found.excerpt or found.mark(article.summary)) if found else article.summary,
        levels=_options(editions),
        assignment=assignment,
        facts=facts,
    )


def open_by_article(
    clinician: User, patient: User, articles: Iterable[Any]
) -> dict[int, Assignment]:
    """By article, what this patient is to read now. One query."""
    rows = Assignment.objects.visible_to(clinician).open()
    rows = rows.filter(patient=patient, article__in=articles).select_related("assigned_by")
    return {one.article_id: one for one in rows}


@dataclass(frozen=True)
class PlannedDay:
    """One article of a programme as this patient would get it."""

    wanted: Wanted
    minutes: int | None
    grade: float | None
    # What the patient keeps instead, when the article is assigned already.
    assignment: Assignment | None

    @property
    def level(self) -> Level:
        return Level(self.wanted.level)

    @property
    def due_on(self) -> date | None:
        return self.wanted.due_on


def planned_days(clinician: User, patient: User, wanted: Sequence[Wanted]) -> list[PlannedDay]:
    """What a programme gives this patient, and what of it they have already. Two queries."""
    ids = [one.article.pk for one in wanted]
    editions = {
        (edition.article_id, edition.level): edition
        for edition in Edition.objects.published().filter(article__in=ids)
    }
    assigned = open_by_article(clinician, patient, ids)
    days = []
    for one in wanted:
        edition = editions.get((one.article.pk, one.level))
        days.append(
            PlannedDay(
                wanted=one,
                minutes=edition.reading_minutes if edition else None,
                grade=edition.reading_grade if edition else None,
                assignment=assigned.get(one.article.pk),
            )
        )
    return days
