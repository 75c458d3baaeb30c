"""A stretch of the diary, ready to be shown: to the patient, or what a clinician may see of it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self

from django.db.models import QuerySet
from django.utils.translation import gettext

from education.journal import chart, sleep
from education.journal.models import Night
from education.journal.words import day_words, duration_words

DAYS = 14


@dataclass(frozen=True)
class Day:
    """One date of the diary; without a night when there is nothing to show."""

    date: date
    night: Night | None
    gap: str


@dataclass
class Diary:
    """The nights of some days in a row, with their chart, measures and a sentence about them.

    What a clinician gets holds shared parts only, and says the same of a night that is not
    shared and of one that was never written down.
    """

    until: date
    days: int
    is_shared: bool
    nights: list[Night] = field(repr=False)

    @classmethod
    def for_owner(cls, patient: Any, until: date, days: int = DAYS) -> Self:
        """The patient's own diary of the days up to `until`. One query."""
        return cls(
            until, days, False, cls._fetch(Night.objects.visible_to(patient), patient, until, days)
        )

    @classmethod
    def shared(cls, patient: Any, clinician: Any, until: date, days: int = DAYS) -> Self:
        """What this clinician may see of the patient's diary. One query."""
        return cls(
            until,
            days,
            True,
            cls._fetch(Night.objects.shared_with(clinician), patient, until, days),
        )

    @staticmethod
    def _fetch(rows: QuerySet[Night], patient: Any, until: date, days: int) -> list[Night]:
        return list(
            rows.filter(
                patient=patient,
                diary_date__gt=until - timedelta(days=days),
                diary_date__lte=until,
            ).order_by("diary_date")
        )

    @property
    def first(self) -> date:
        """The earliest date of the stretch."""
        return self.until - timedelta(days=self.days - 1)

    @cached_property
    def numbered(self) -> list[Night]:
        """Nights whose numbers may be shown here, oldest first."""
        return [night for night in self.nights if night.numbers_shared or not self.is_shared]

    @cached_property
    def notes(self) -> list[Night]:
        """Nights whose words may be shown here, newest first."""
        return [
            night
            for night in reversed(self.nights)
            if night.note and (night.words_shared or not self.is_shared)
        ]

    @property
    def gap(self) -> str:
        return gettext("nothing shared") if self.is_shared else gettext("no entry")

    @cached_property
    def rows(self) -> list[Day]:
        """Every date of the stretch, oldest first."""
        nights = {night.diary_date: night for night in self.numbered}
        dates = (self.first + timedelta(days=index) for index in range(self.days))
        return [Day(day, nights.get(day), self.gap) for day in dates]

    @cached_property
    def chart(self) -> chart.Chart:
        """The sleep windows, one row per date."""
        return chart.draw(
            [row.date for row in self.rows],
            {night.diary_date: night for night in self.numbered},
            gap=self.gap,
            untimed=gettext("no times"),
        )

    @cached_property
    def asleep(self) -> sleep.Mean:
        """Mean time asleep in minutes over the nights where it is known."""
        return sleep.mean(night.measures.asleep for night in self.numbered)

    @cached_property
    def in_bed(self) -> sleep.Mean:
        """Mean time in bed in minutes."""
        return sleep.mean(night.measures.in_bed for night in self.numbered)

    @cached_property
    def efficiency(self) -> sleep.Mean:
        """Mean of the nights' sleep efficiency in percent of the time in bed."""
        return sleep.mean(night.measures.efficiency for night in self.numbered)

    @property
    def answered(self) -> int:
        """How many nights the mean time asleep rests on."""
        return self.asleep.n

    @property
    def title(self) -> str:
        return gettext("%(days)d nights, %(first)s to %(last)s") % {
            "days": self.days,
            "first": day_words(self.first),
            "last": day_words(self.until),
        }

    @property
    def sentence(self) -> str:
        """What the chart says, in one sentence."""
        if not self.numbered:
            if self.is_shared:
                return gettext("No numbers are shared from the last %(days)d nights.") % {
                    "days": self.days
                }
            return gettext("No entries in the last %(days)d nights.") % {"days": self.days}
        if self.asleep.value is None:
            return gettext("Not enough answered to work out the time asleep.")
        values = {
            "duration": duration_words(self.asleep.value),
            "n": self.answered,
            "days": self.days,
        }
        if self.is_shared:
            words = gettext("Asleep %(duration)s on average (%(n)d shared of %(days)d nights).")
        else:
            words = gettext("Asleep %(duration)s on average (%(n)d of %(days)d nights answered).")
        return words % values
