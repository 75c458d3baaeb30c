"""What a patient did with an article, said in the same words to patient and clinician."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.db.models import Count, Exists, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from education.articles.models import Edition, Level, Section, State

from .models import Reading, SectionReached

_ANY_FACT = (
    Q(opened_at__isnull=False)
    | Q(finished_at__isnull=False)
    | Q(understood_at__isnull=False)
    | Exists(SectionReached.objects.filter(reading=OuterRef("pk")))
)


@dataclass(frozen=True)
class Facts:
    """The four facts about one edition, each with its date or None; no fact follows from another.

    Shown by templates/reading/_facts.html.
    """

    level: Level
    number: int
    # Whether this edition is the one that is published now.
    is_current: bool
    opened_at: datetime | None
    parts: int
    parts_reached: int
    # When the newest of those parts was reached.
    reached_at: datetime | None
    finished_at: datetime | None
    understood_at: datetime | None

    @classmethod
    def nothing(cls, level: Level) -> Self:
        """Where nothing was read at this level yet."""
        return cls(level, 0, True, None, 0, 0, None, None, None)


def facts_by_article(
    reader: User, *, patient: User, articles: Iterable[Any]
) -> dict[int, list[Facts]]:
    """By article, the facts about each edition that the patient did something with.

    The newest editions of each level first, levels in reading order. `reader` is who asks: the
    patient, or a clinician who treats them. One query, however many articles.
    """
    parts = Section.objects.filter(edition=OuterRef("edition")).order_by().values("edition")
    rows = (
        Reading.objects.visible_to(reader)
        .filter(patient=patient, edition__article__in=articles)
        .annotate(
            parts=Coalesce(Subquery(parts.annotate(n=Count("pk")).values("n")), 0),
            parts_reached=Count("sections"),
            reached_at=Max("sections__reached_at"),
        )
        .filter(_ANY_FACT)
        .select_related("edition")
        .order_by("-edition__number")
    )
    found: dict[int, list[Facts]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: Level(one.edition.level).rank):
        found[row.edition.article_id].append(
            Facts(
                level=Level(row.edition.level),
                number=row.edition.number,
                is_current=row.edition.state == State.PUBLISHED,
                opened_at=row.opened_at,
                parts=row.parts,
                parts_reached=row.parts_reached,
                reached_at=row.reached_at,
                finished_at=row.finished_at,
                understood_at=row.understood_at,
            )
        )
    return dict(found)


def edition_read_before(patient: User, new: Edition) -> Edition | None:
    """The newest earlier edition of this level that the patient did something with."""
    reading = (
        Reading.objects.visible_to(patient)
        .filter(
            _ANY_FACT,
            edition__article=new.article_id,
            edition__level=new.level,
            edition__number__lt=new.number,
        )
        .select_related("edition__article")
        .order_by("-edition__number")
        .first()
    )
    return reading.edition if reading else None


@dataclass(frozen=True)
class Earlier:
    """An edition that a patient read something of, before the one that is published now."""

    number: int
    # The last thing that they did with it.
    read_at: datetime


def changed_since_read(user: User, editions: Iterable[Any]) -> dict[int, Earlier]:
    """Which of these published editions replaced one that the patient read, by their id.

    Only where the patient has done nothing with the new one yet. One query for patients, none
    for anybody else.
    """
    return changed_by_level(user, {(one.article_id, one.level): one.pk for one in editions})


def changed_by_level(user: User, current: Mapping[tuple[int, str], int]) -> dict[int, Earlier]:
    """changed_since_read() where one knows article, level and the id of the edition only."""
    if not user.is_patient or not current:
        return {}
    rows = (
        Reading.objects.visible_to(user)
        .filter(edition__article__in={article for article, _level in current})
        .annotate(part_at=Max("sections__reached_at"))
        .order_by("edition__number")
        .values_list(
            "edition_id",
            "edition__article_id",
            "edition__level",
            "edition__number",
            "opened_at",
            "finished_at",
            "understood_at",
            "part_at",
        )
    )
    changed: dict[int, Earlier] = {}
    for edition, article, level, number, *moments in rows:
        newest = current.get((article, level))
        read_at = max((at for at in moments if at), default=None)
        if newest is None or read_at is None:
            continue
        if edition == newest:
            # The newest comes last: it has been looked at, so nothing is news.
            changed.pop(newest, None)
        else:
            changed[newest] = Earlier(number, read_at)
    return changed
