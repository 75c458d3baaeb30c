"""What stands on the page of a visit, for whoever opens it.

`Sheet` is the only source of that page, for the patient and for the clinician. Reading and
teach-back are there always: a care team sees these anyway. Questions, nights and reflections are
there as far as the patient has approved them, and still shares them.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self

from django.db.models import F, Q

from accounts.models import User
from education.articles.models import Level
from education.care.approval import Approved
from education.care.models import Question, TeachBack, Visit
from education.care.questions import Source, source_of, with_sources
from education.journal.diary import DAYS, Diary
from education.journal.figures import Figure
from education.journal.models import Night, Reflection
from education.journal.sharing import MAIN_FIGURES
from education.journal.timeline import with_source
from education.reading.evidence import Facts, facts_by_article
from education.reading.models import Assignment

# What fits on one screen and one sheet of paper.
MOST_QUESTIONS = 6
MOST_MARKED = 60
MOST_REFLECTIONS = 3
MOST_READING = 6
MOST_TEACH_BACKS = 3
LINES_ON_PAPER = 60


@dataclass(frozen=True)
class Read:
    """One thing that was given to read, and what the patient did with it."""

    assignment: Assignment
    # Of the edition that was read last at each level, the assigned level first; never empty.
    facts: list[Facts]


@dataclass
class Sheet:
    """The page of a visit."""

    visit: Visit
    diary: Diary
    questions: list[Question] = field(default_factory=list)
    reflections: list[Any] = field(default_factory=list)
    reading: list[Read] = field(default_factory=list)
    has_more_reading: bool = False
    teach_backs: list[TeachBack] = field(default_factory=list)
    # Questions that have got their answer at this visit.
    answered: list[Question] = field(default_factory=list)
    # Whether the patient has approved anything to be shown.
    is_approved: bool = False
    # Whether that is all that can be said of questions, nights and reflections.
    is_withheld: bool = False
    # Whether something is there that was not approved as it is now; said to the patient alone.
    has_changed: bool = False

    @classmethod
    def for_clinician(cls, visit: Visit, clinician: User, today: date) -> Self:
        """What a clinician who treats the patient sees of a visit. Six queries, or four where
        nothing is approved."""
        approved = Approved.read(visit.approved)
        # By ids and by the visit: what is private costs no time to skip.
        wanted = Q(settled_at_visit=visit)
        if approved:
            wanted |= Q(public_id__in=list(approved.questions), settled_at__isnull=True)
        asked = list(
            with_sources(Question.objects.visible_to(clinician))
            .filter(wanted)
            .order_by("place", "pk")
        )
        if approved is None:
            sheet = cls(visit, _diary(today, []), is_withheld=True)
        else:
            patient = visit.patient
            sheet = cls(
                visit,
                _diary(
                    approved.until,
                    approved.keep_nights(
                        _nights(
                            Night.objects.shared_with(clinician),
                            patient,
                            _first(approved.until),
                            approved.until,
                        )
                    ),
                ),
                approved.keep_questions(one for one in asked if one.settled_at is None),
                approved.keep_reflections(
                    _chosen(Reflection.objects.shared_with(clinician), visit)
                ),
                is_approved=True,
            )
        return sheet._with_the_rest(clinician, [one for one in asked if one.settled_at])

    @classmethod
    def for_patient(cls, visit: Visit, today: date, *, as_it_is_now: bool = False) -> Self:
        """The same for the patient: what is approved, or what they would approve now.

        Where nothing is approved yet it is what they would approve. Seven queries.
        """
        patient = visit.patient
        approved = Approved.read(visit.approved)
        until = approved.until if approved else today
        # There may be more from before there was a limit.
        marked = list(with_sources(Question.objects.visible_to(patient).for_visit())[:MOST_MARKED])
        first = _first(today)
        nights = _nights(
            Night.objects.visible_to(patient).shared_parts(),
            patient,
            min(first, _first(until)),
            max(today, until),
        )
        standing = visit.chosen.standing().values("reflection")
        reflections = _chosen(Reflection.objects.visible_to(patient).filter(pk__in=standing), visit)
        now = cls(
            visit,
            _diary(today, [one for one in nights if first <= one.diary_date <= today]),
            marked[:MOST_QUESTIONS],
            reflections,
        )
        answered = list(
            with_sources(Question.objects.visible_to(patient))
            .filter(settled_at_visit=visit)
            .order_by("place", "pk")[:MOST_QUESTIONS]
        )
        if approved is None:
            return now._with_the_rest(patient, answered)
        then = cls(
            visit,
            _diary(until, approved.keep_nights(nights)),
            approved.keep_questions(marked),
            approved.keep_reflections([one for one in reflections if one.shared]),
            is_approved=True,
        )
        sheet = now if as_it_is_now else then
        sheet.is_approved = True
        # What is gone is gone from either.
        sheet.has_changed = (
            [*now.things.questions.items()] != [*then.things.questions.items()]
            or now.things.reflections != then.things.reflections
            or any(approved.nights.get(key) != one for key, one in now.things.nights.items())
        )
        return sheet._with_the_rest(patient, answered)

    @cached_property
    def things(self) -> Approved:
        """What the patient approves with this page."""
        return Approved.of(self.diary.until, self.questions, self.diary.numbered, self.reflections)

    @property
    def sourced(self) -> list[tuple[Question, Source]]:
        """The questions, answered ones first, each with where it comes from."""
        return [(one, source_of(one)) for one in (*self.answered, *self.questions)]

    @property
    def figures(self) -> list[Figure]:
        """The measures of the nights, each with how many nights it rests on."""
        return [one for one in self.diary.figures if one.code in MAIN_FIGURES]

    @property
    def is_long(self) -> bool:
        """Whether its words have to be shortened to fit one sheet of paper, by a rough count of
        the lines in two columns."""
        words = [(one.text, 2) for one in (*self.questions, *self.reflections)]
        words += [(one.words, 4) for one in self.teach_backs]
        lines = sum(_lines(text) + around for text, around in words)
        lines += sum(2 + 3 * len(one.facts) for one in self.reading)
        return lines > LINES_ON_PAPER

    def _with_the_rest(self, reader: User, answered: list[Question]) -> Self:
        patient, self.answered = self.visit.patient, answered[:MOST_QUESTIONS]
        rows = list(
            Assignment.objects.visible_to(reader)
            .open()
            .filter(patient=patient)
            .with_readable()
            .select_related("article")
            .order_by(F("finished_at").desc(nulls_first=True), "-assigned_at", "-pk")[
                : MOST_READING + 1
            ]
        )
        shown = rows[:MOST_READING]
        facts = facts_by_article(
            reader, patient=patient, articles={one.article_id for one in shown}
        )
        self.has_more_reading = len(rows) > MOST_READING
        self.reading = [Read(one, _newest(one, facts.get(one.article_id, []))) for one in shown]
        self.teach_backs = list(
            TeachBack.objects.visible_to(reader)
            .filter(patient=patient)
            .with_editions()
            .newest()[:MOST_TEACH_BACKS]
        )
        return self


def _lines(text: str) -> int:
    """How many lines a text takes on paper; East Asian signs are twice as wide."""
    wide = sum(unicodedata.east_asian_width(one) in "WF" for one in text)
    return text.count("\n") + 1 + (len(text) + wide) // 52


def _diary(until: date, nights: list[Night]) -> Diary:
    return Diary(until, DAYS, True, nights, is_close=True)


def _first(last: date) -> date:
    """The first of the diary's days that end with this one."""
    return last - timedelta(days=DAYS - 1)


def _nights(rows: Any, patient: User, first: date, last: date) -> list[Night]:
    """Nights with shared numbers from one diary date to the other."""
    found = rows.filter(
        patient=patient, numbers_shared=True, diary_date__gte=first, diary_date__lte=last
    )
    return list(found.order_by("diary_date"))


def _chosen(rows: Any, visit: Visit) -> list[Any]:
    """Those of these reflections that were chosen for the visit, the newest first."""
    found = with_source(rows.filter(chosen_for__visit=visit, patient=visit.patient_id))
    return list(found.order_by("-on", "-pk")[:MOST_REFLECTIONS])


def _newest(assignment: Assignment, facts: Sequence[Facts]) -> list[Facts]:
    """The newest edition of each level that was read, the assigned level first."""
    newest: dict[Level, Facts] = {}
    for one in facts:
        newest.setdefault(one.level, one)
    found = sorted(newest.values(), key=lambda one: one.level != assignment.level)
    return found or [Facts.nothing(Level(assignment.level))]
