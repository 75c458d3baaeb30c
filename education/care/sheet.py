"""What stands on the page of a visit, for whoever opens it.

`Sheet` is the only source of that page, for the patient and for the clinician. Reading and
teach-back are there always: a care team sees these anyway. Questions, nights and reflections are
there as far as the patient has approved them, and still shares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Self

from django.db.models import F

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


@dataclass(frozen=True)
class Read:
    """One thing that was given to read, and what the patient did with it."""

    assignment: Assignment
    # Of the edition that was read last at each level, the assigned level first; never empty.
    facts: list[Facts]


@dataclass
class Sheet:
    """The page of a visit."""

    diary: Diary
    questions: list[Question] = field(default_factory=list)
    reflections: list[Any] = field(default_factory=list)
    reading: list[Read] = field(default_factory=list)
    has_more_reading: bool = False
    teach_backs: list[TeachBack] = field(default_factory=list)
    # Whether the patient has approved anything to be shown.
    is_approved: bool = False
    # Whether something is there that was not approved as it is now; said to the patient alone.
    has_changed: bool = False

    @classmethod
    def for_clinician(cls, visit: Visit, clinician: User, today: date) -> Self:
        """What a clinician who treats the patient sees of a visit. Six queries or three."""
        approved = Approved.read(visit.approved)
        if approved is None:
            sheet = cls(_diary(today, []))
        else:
            patient = visit.patient
            sheet = cls(
                _diary(
                    approved.until,
                    approved.keep_nights(
                        _nights(Night.objects.shared_with(clinician), patient, approved.until)
                    ),
                ),
                approved.keep_questions(
                    with_sources(Question.objects.visible_to(clinician).for_visit()).filter(
                        patient=patient, public_id__in=list(approved.questions)
                    )
                ),
                approved.keep_reflections(
                    _chosen(Reflection.objects.shared_with(clinician), visit)
                ),
                is_approved=True,
            )
        return sheet._with_the_rest(visit.patient, clinician)

    @classmethod
    def for_patient(cls, visit: Visit, today: date, *, as_it_is_now: bool = False) -> Self:
        """The same for the patient: what is approved, or what they would approve now.

        Where nothing is approved yet it is what they would approve. Six queries.
        """
        patient = visit.patient
        approved = Approved.read(visit.approved)
        until = approved.until if approved else today
        # There may be more from before there was a limit.
        marked = list(with_sources(Question.objects.visible_to(patient).for_visit())[:MOST_MARKED])
        nights = _nights(
            Night.objects.visible_to(patient).shared_parts(), patient, max(today, until), until
        )
        reflections = _chosen(Reflection.objects.visible_to(patient).shared(), visit)
        first = today - timedelta(days=DAYS - 1)
        now = cls(
            _diary(today, [one for one in nights if first <= one.diary_date <= today]),
            marked[:MOST_QUESTIONS],
            reflections,
        )
        if approved is None:
            return now._with_the_rest(patient, patient)
        then = cls(
            _diary(until, approved.keep_nights(nights)),
            approved.keep_questions(marked),
            approved.keep_reflections(reflections),
            is_approved=True,
        )
        sheet = now if as_it_is_now else then
        sheet.is_approved = True
        sheet.has_changed = (
            [*now.things.questions.items()] != [*approved.questions.items()]
            or now.things.reflections != approved.reflections
            or any(approved.nights.get(key) != one for key, one in now.things.nights.items())
        )
        return sheet._with_the_rest(patient, patient)

    @cached_property
    def things(self) -> Approved:
        """What the patient approves with this page."""
        return Approved.of(self.diary.until, self.questions, self.diary.numbered, self.reflections)

    @property
    def sourced(self) -> list[tuple[Question, Source]]:
        """The questions, each with where it comes from."""
        return [(one, source_of(one)) for one in self.questions]

    @property
    def figures(self) -> list[Figure]:
        """The measures of the nights, each with how many nights it rests on."""
        return [one for one in self.diary.figures if one.code in MAIN_FIGURES]

    def _with_the_rest(self, patient: User, reader: User) -> Self:
        rows = list(
            Assignment.objects.visible_to(reader)
            .open()
            .filter(patient=patient)
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


def _diary(until: date, nights: list[Night]) -> Diary:
    return Diary(until, DAYS, True, nights, is_close=True)


def _nights(rows: Any, patient: User, last: date, until: date | None = None) -> list[Night]:
    """Nights with shared numbers of the days that end with `until` or lie between it and `last`."""
    first = (until or last) - timedelta(days=DAYS - 1)
    found = rows.filter(
        patient=patient, numbers_shared=True, diary_date__gte=first, diary_date__lte=last
    )
    return list(found.order_by("diary_date"))


def _chosen(rows: Any, visit: Visit) -> list[Any]:
    """Reflections that were chosen for the visit and are shared, the newest first."""
    found = with_source(rows.filter(chosen_for__visit=visit, patient=visit.patient_id))
    return list(found.order_by("-on", "-pk")[:MOST_REFLECTIONS])


def _newest(assignment: Assignment, facts: Sequence[Facts]) -> list[Facts]:
    """The newest edition of each level that was read, the assigned level first."""
    newest: dict[Level, Facts] = {}
    for one in facts:
        newest.setdefault(one.level, one)
    nothing = Facts(Level(assignment.level), 0, True, None, 0, 0, None, None, None)
    return sorted(newest.values(), key=lambda one: one.level != assignment.level) or [nothing]
