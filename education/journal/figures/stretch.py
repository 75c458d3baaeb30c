"""A stretch of the diary as its figures need it: the nights, and what can be said of the rest."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from education.journal.models import Night
from education.journal.words import day_words

from .figure import Kind, contradiction_words, question_words

if TYPE_CHECKING:
    from education.journal.diary import Diary


class Stretch:
    """The nights of a diary that may be shown, and words for how many of them a figure rests on.

    Of other dates nothing is said but how many they are: of a shared diary it can't be told
    whether they hold an entry.
    """

    def __init__(self, diary: "Diary") -> None:
        self.nights = diary.numbered
        self.days = diary.days
        self.is_shared = diary.is_shared
        self._words = {night.diary_date: day_words(night.diary_date) for night in self.nights}

    def day(self, night: Night) -> str:
        return self._words[night.diary_date]

    def average_of(self, n: int) -> str:
        if not n:
            return self.of(n)
        if self.is_shared:
            words = gettext("average of %(n)d shared of %(days)d nights")
        else:
            words = gettext("average of %(n)d of %(days)d nights")
        return words % {"n": n, "days": self.days}

    def of(self, n: int) -> str:
        if self.is_shared:
            words = gettext("%(n)d shared of %(days)d nights")
        else:
            words = gettext("%(n)d of %(days)d nights")
        return words % {"n": n, "days": self.days}

    def missing(self, kind: Kind, known: list[Night]) -> list[str]:
        """What is not answered in the other nights, and how many dates have nothing to show."""
        days: dict[str, list[str]] = {}
        dates = {night.diary_date for night in known}
        for night in self.nights:
            if night.diary_date in dates:
                continue
            unanswered = kind.unanswered(night)
            for name in unanswered:
                days.setdefault(question_words(name), []).append(self.day(night))
            if not unanswered:
                days.setdefault(contradiction_words(), []).append(self.day(night))
        missing = [f"{question}: {', '.join(names)}" for question, names in days.items()]
        if blank := self.days - len(self.nights):
            if self.is_shared:
                words = gettext("Nothing shared: %(n)d of %(days)d nights")
            else:
                words = gettext("No entry: %(n)d of %(days)d nights")
            missing.append(words % {"n": blank, "days": self.days})
        return missing
