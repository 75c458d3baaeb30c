"""What a care team sees of a journal.

`Shared` is the only source of what a clinician's pages show of a journal, and of the preview that
the patient gets of them. What is not shared never reaches it, so that it can't be told from what
was never written.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.db.models import Q

from accounts.models import CareRelationship, Role
from education.journal.diary import Diary
from education.journal.figures import Figure
from education.journal.models import Night, Reflection
from education.journal.models.night import NightQuerySet
from education.journal.models.reflection import ReflectionQuerySet
from education.journal.timeline import with_source

MOST_REFLECTIONS = 20
MOST_NEW_NIGHTS = 30
MAIN_FIGURES = frozenset({"asleep", "in_bed", "efficiency", "regularity"})


class Look(NamedTuple):
    """When a clinician last looked, or when their care began where they have not yet."""

    since: datetime
    has_looked: bool

    @classmethod
    def of(cls, care: CareRelationship) -> Self:
        """The last look of the clinician at the patient of this care."""
        return cls(care.page_opened_at or care.started_at, care.page_opened_at is not None)


@dataclass(frozen=True)
class News:
    """What the patient shared since a clinician last looked."""

    since: datetime
    # Whether `since` is an earlier look, and not the beginning of the care.
    has_looked: bool
    # The mornings of nights of which something was shared since, the newest first.
    nights: list[date]
    # Those of them of which words were.
    with_words: frozenset[date]
    reflections: int

    @property
    def is_something(self) -> bool:
        return bool(self.nights or self.reflections)

    @property
    def has_more_nights(self) -> bool:
        return len(self.nights) == MOST_NEW_NIGHTS


@dataclass(frozen=True)
class Note:
    """The words about one night."""

    night: Night
    is_new: bool


@dataclass(frozen=True)
class Shared:
    """What is shared of a journal: nights with their numbers and words, and reflections."""

    diary: Diary
    # None where a page shows nights only.
    reflections: list[Any] | None = None
    has_more_reflections: bool = False
    news: News | None = None

    @classmethod
    def for_clinician(cls, clinician: Any, patient: Any, until: date, look: Look) -> Self:
        """What this clinician sees of the journal of a patient they treat. Three queries."""
        nights = Night.objects.shared_with(clinician).filter(patient=patient)
        reflections = Reflection.objects.shared_with(clinician).filter(patient=patient)
        diary = Diary.shared(patient, clinician, until=until)
        return cls._of(diary, nights, reflections, look)

    @classmethod
    def preview(cls, patient: Any, until: date, look: Look | None) -> Self:
        """The same for the patient: what somebody who last looked then would see."""
        nights = Night.objects.visible_to(patient).shared_parts()
        reflections = Reflection.objects.visible_to(patient).shared()
        return cls._of(Diary.preview(patient, until=until), nights, reflections, look)

    @classmethod
    def _of(
        cls,
        diary: Diary,
        nights: NightQuerySet,
        reflections: ReflectionQuerySet,
        look: Look | None,
    ) -> Self:
        found = _newest(reflections, look)
        shown = found[:MOST_REFLECTIONS]
        news = None
        if look:
            new_nights = _new_nights(nights, look.since)
            news = News(
                since=look.since,
                has_looked=look.has_looked,
                nights=[night.diary_date for night in new_nights],
                with_words=frozenset(
                    night.diary_date for night in new_nights if night.has_new_words
                ),
                reflections=sum(1 for one in shown if one.is_new),
            )
        return cls(diary, shown, len(found) > MOST_REFLECTIONS, news)

    @property
    def main_figures(self) -> list[Figure]:
        """The few figures that a glance is for."""
        return [one for one in self.diary.figures if one.code in MAIN_FIGURES]

    @property
    def other_figures(self) -> list[Figure]:
        return [one for one in self.diary.figures if one.code not in MAIN_FIGURES]

    @property
    def notes(self) -> list[Note]:
        """Words about the nights of the diary, the newest first."""
        new = self.news.with_words if self.news else frozenset()
        return [Note(night, night.diary_date in new) for night in self.diary.notes]


def _newest(reflections: ReflectionQuerySet, look: Look | None) -> list[Any]:
    """Shared reflections, new ones first, each with is_new; one more than is shown. One query."""
    order = ["-on", "-pk"]
    if look:
        is_new = Q(shared_at__gt=look.since)
        reflections, order = reflections.annotate(is_new=is_new), ["-is_new", *order]
    found: list[Any] = list(with_source(reflections).order_by(*order)[: MOST_REFLECTIONS + 1])
    if not look:
        for one in found:
            one.is_new = False
    return found


def _new_nights(nights: NightQuerySet, since: datetime) -> list[Any]:
    """Nights of which something was shared since, the newest first, each with has_new_words.

    Only their dates are fetched. One query.
    """
    new_words = Q(words_shared=True, words_shared_at__gt=since) & ~Q(note="", medicine="")
    rows = nights.newly_shared(since).annotate(has_new_words=new_words)
    return list(
        rows.only("diary_date", "numbers_shared", "words_shared").order_by("-diary_date")[
            :MOST_NEW_NIGHTS
        ]
    )


# --- Who sees it ----------------------------------------------------------------------------


def team_of(patient: Any) -> list[CareRelationship]:
    """The open care of those who see what this patient shares, the longest first. One query."""
    return list(
        CareRelationship.objects.open()
        .filter(patient=patient, clinician__is_active=True, clinician__role=Role.CLINICIAN)
        .select_related("clinician")
        .order_by("started_at", "pk")
    )
