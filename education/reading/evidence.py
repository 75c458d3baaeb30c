"""What a patient did with an article, said in the same words to patient and clinician."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from accounts.models import User
from education.articles.models import Level, State

from .models import Reading


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

    @property
    def is_changed_since(self) -> bool:
        """Whether a newer edition of the level has come out since this one was read."""
        return not self.is_current


def facts_by_article(
    reader: User, *, patient: User, articles: Iterable[Any]
) -> dict[int, list[Facts]]:
    """By article, the facts about each edition that the patient did something with.

    The newest editions of each level first, levels in reading order. `reader` is who asks: the
    patient, or a clinician who treats them. Two queries, however many articles.
    """
    readings = (
        Reading.objects.visible_to(reader)
        .filter(patient=patient, edition__article__in=articles)
        .annotate(
            parts_reached=Count("sections"),
            reached_at=Max("sections__reached_at"),
        )
        .filter(
            Q(opened_at__isnull=False)
            | Q(finished_at__isnull=False)
            | Q(understood_at__isnull=False)
            | Q(parts_reached__gt=0)
        )
        .select_related("edition")
        .order_by("-edition__number")
    )
    rows = list(readings)
    parts = dict(
        Reading.objects.filter(pk__in=[row.pk for row in rows])
        .order_by()
        .values_list("edition")
        .annotate(n=Count("edition__sections", distinct=True))
    )
    found: dict[int, list[Facts]] = defaultdict(list)
    for row in sorted(rows, key=lambda one: Level(one.edition.level).rank):
        found[row.edition.article_id].append(
            Facts(
                level=Level(row.edition.level),
                number=row.edition.number,
                is_current=row.edition.state == State.PUBLISHED,
                opened_at=row.opened_at,
                parts=parts.get(row.edition_id, 0),
                parts_reached=row.parts_reached,
                reached_at=row.reached_at,
                finished_at=row.finished_at,
                understood_at=row.understood_at,
            )
        )
    return dict(found)
