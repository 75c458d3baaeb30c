"""A stretch of the diary, ready to be shown: to the patient, or what a clinician may see of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self

from django.db.models import QuerySet
from django.utils.translation import gettext

from education.journal import sleep
from education.journal.chart import Chart, Remark, Trend, draw, draw_trend, remarks
from education.journal.chart.trends import scale_for
from education.journal.figures import Figure, diary_figures
from education.journal.models import Night
from education.journal.table import Table, build
from education.journal.words import day_words, duration_words, percent_words

DAYS = 14
# The stretches that there are pictures of.
STRETCHES = (14, 28, 90)


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
    # Whether its chart shares a page with other things, and its rows lie closer.
    is_close: bool = False

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

    @classmethod
    def preview(cls, patient: Any, until: date, days: int = DAYS) -> Self:
        """What a clinician may see of the diary, for the patient to look at. One query."""
        rows = Night.objects.visible_to(patient).shared_parts()
        return cls(until, days, True, cls._fetch(rows, patient, until, days))

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
            if (night.note or night.medicine) and (night.words_shared or not self.is_shared)
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
    def remarks(self) -> list[Remark]:
        """Nights in which clocks changed, and where another time zone begins; oldest first."""
        return remarks(self.numbered)

    @cached_property
    def chart(self) -> Chart:
        """The sleep windows, one row per date."""
        return draw(
            [row.date for row in self.rows],
            {night.diary_date: night for night in self.numbered},
            gap=self.gap,
            untimed=gettext("no times"),
            remarks=self.remarks,
            is_close=self.is_close,
        )

    @cached_property
    def table(self) -> Table:
        """The numbers of every date, with their averages."""
        return build(
            [row.date for row in self.rows],
            self.numbered,
            gap=self.gap,
            remarks=self.remarks,
            basis=self.basis,
        )

    @cached_property
    def trends(self) -> list[Trend]:
        """Time asleep and its share of the time in bed over these nights, where known."""
        hour = 60
        asleep = self._trend(
            "asleep",
            gettext("Time asleep"),
            {night.diary_date: night.measures.asleep for night in self.numbered},
            words=duration_words,
            only=gettext("Asleep %(least)s in one night, to %(day)s (%(basis)s)."),
            same=gettext("Asleep %(least)s in each of these nights (%(basis)s)."),
            many=gettext("Asleep %(least)s to %(most)s, %(mean)s on average (%(basis)s)."),
            step=2 * hour,
            least_span=6 * hour,
        )
        efficiency = self._trend(
            "efficiency",
            gettext("Asleep of the time in bed"),
            {night.diary_date: night.measures.efficiency for night in self.numbered},
            words=percent_words,
            only=gettext(
                "Asleep for %(least)s of the time in bed in one night, to %(day)s (%(basis)s)."
            ),
            same=gettext(
                "Asleep for %(least)s of the time in bed in each of these nights (%(basis)s)."
            ),
            many=gettext(
                "Asleep for %(least)s to %(most)s of the time in bed, "
                "%(mean)s on average (%(basis)s)."
            ),
            step=25,
            least_span=50,
            most=100,
        )
        return [trend for trend in (asleep, efficiency) if trend]

    def _trend(
        self,
        code: str,
        name: str,
        measured: dict[date, Any],
        *,
        words: Callable[[float | None], str],
        only: str,
        same: str,
        many: str,
        **scale: float,
    ) -> Trend | None:
        values = {day: value for day, value in measured.items() if value is not None}
        if not values:
            return None
        least, most = min(values.values()), max(values.values())
        sentence = only if len(values) == 1 else same if words(least) == words(most) else many
        return draw_trend(
            [row.date for row in self.rows],
            values,
            code=code,
            name=name,
            sentence=sentence
            % {
                "least": words(least),
                "most": words(most),
                "mean": words(sleep.mean(values.values()).value),
                "day": day_words(min(values)),
                "basis": self.basis(len(values), self.days),
            },
            scale=scale_for(list(values.values()), **scale),
            words=words,
        )

    @cached_property
    def figures(self) -> list[Figure]:
        """The measures of these nights with their working."""
        return diary_figures(self)

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
    def dates(self) -> str:
        """The first and the last date."""
        return gettext("%(first)s to %(last)s") % {
            "first": day_words(self.first),
            "last": day_words(self.until),
        }

    @property
    def title(self) -> str:
        return gettext("%(days)d nights, %(dates)s") % {"days": self.days, "dates": self.dates}

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
        return gettext("Asleep %(duration)s on average (%(basis)s).") % {
            "duration": duration_words(self.asleep.value),
            "basis": self.basis(self.answered, self.days),
        }

    def basis(self, known: int, days: int) -> str:
        """On how many nights a number rests, of how many."""
        if self.is_shared:
            words = gettext("%(n)d shared of %(days)d nights")
        else:
            words = gettext("%(n)d of %(days)d nights answered")
        return words % {"n": known, "days": days}
