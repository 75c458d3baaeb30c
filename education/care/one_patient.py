"""What the page of one patient shows to a clinician who treats them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from education.articles.models import Edition, Level
from education.care.history import Entry, history_of
from education.care.models import Question, TeachBack
from education.care.questions import with_sources
from education.reading.evidence import Facts, facts_by_article
from education.reading.models import Assignment

MOST_ASSIGNMENTS = 120
MOST_QUESTIONS = 20
MOST_TEACH_BACKS = 6
UNOPENED = timedelta(days=7)


@dataclass(frozen=True)
class Read:
    """The facts about one edition, and how it stands to what there is now."""

    facts: Facts
    # Another level than the one that is assigned.
    is_other_level: bool
    is_newer_out: bool
    # No edition of this level is in the library any more.
    is_gone: bool


@dataclass(frozen=True)
class Assigned:
    """One assignment with what the patient did with it, and what became of it."""

    assignment: Assignment
    is_overdue: bool
    is_unopened: bool
    # The newest edition of each level that the patient read something of.
    reads: list[Read]
    # Editions before those.
    earlier: list[Read]
    # What the four facts say where nothing was read.
    nothing: Facts
    history: list[Entry]


@dataclass
class Reading:
    """Everything that was assigned: what is open, what is urgent first, and what is not."""

    open: list[Assigned] = field(default_factory=list)
    withdrawn: list[Assigned] = field(default_factory=list)

    @property
    def overdue(self) -> int:
        return sum(1 for one in self.open if one.is_overdue)

    @property
    def unopened(self) -> int:
        return sum(1 for one in self.open if one.is_unopened)


def reading_of(clinician: User, patient: User, day: date, now: datetime) -> Reading:
    """What is assigned and what was read of it. Four queries, however many assignments."""
    rows = list(
        Assignment.objects.visible_to(clinician)
        .filter(patient=patient)
        .with_readable()
        .select_related("article", "assigned_by", "programme")
        .order_by(F("withdrawn_at").desc(nulls_first=True), "-assigned_at", "-pk")[
            :MOST_ASSIGNMENTS
        ]
    )
    articles = {one.article_id for one in rows}
    facts = facts_by_article(clinician, patient=patient, articles=articles)
    histories = history_of(rows)
    numbers = {
        (article, level): number
        for article, level, number in Edition.objects.published()
        .filter(article__in=articles)
        .values_list("article_id", "level", "number")
    }
    result = Reading()
    for one in rows:
        assigned = _assigned(one, facts.get(one.article_id, []), numbers, histories, day, now)
        (result.withdrawn if one.withdrawn_at else result.open).append(assigned)
    result.open.sort(key=_urgency)
    return result


def _assigned(
    one: Assignment,
    facts: list[Facts],
    numbers: dict[tuple[int, str], int],
    histories: dict[int, list[Entry]],
    day: date,
    now: datetime,
) -> Assigned:
    reads: list[Read] = []
    earlier: list[Read] = []
    seen: set[Level] = set()
    for fact in facts:
        number = numbers.get((one.article_id, fact.level))
        read = Read(
            facts=fact,
            is_other_level=fact.level != one.level,
            is_newer_out=number is not None and number > fact.number,
            is_gone=number is None,
        )
        # The newest edition of a level comes first.
        (earlier if fact.level in seen else reads).append(read)
        seen.add(fact.level)
    # What was asked for comes first, then what else was looked at.
    reads.sort(key=lambda read: read.is_other_level)
    return Assigned(
        assignment=one,
        is_overdue=one.is_overdue(day),
        is_unopened=one.is_unopened(now - UNOPENED),
        reads=reads,
        earlier=earlier,
        nothing=Facts.nothing(Level(one.level)),
        history=histories[one.pk],
    )


def _urgency(one: Assigned) -> tuple[bool, bool, date]:
    assignment = one.assignment
    return (
        assignment.finished_at is not None,
        assignment.due_on is None,
        assignment.due_on or date.max,
    )


def open_questions(clinician: User, patient: User, since: datetime) -> list[Any]:
    """What the patient wants to ask, the most important first, each with is_new; one more than
    shown."""
    rows = with_sources(Question.objects.visible_to(clinician).for_visit()).filter(patient=patient)
    found: list[Any] = list(rows[: MOST_QUESTIONS + 1])
    for one in found:
        one.is_new = one.for_visit_since > since
    return found


def teach_backs_of(clinician: User, patient: User) -> list[TeachBack]:
    """What the patient explained, the latest first. One query."""
    rows = TeachBack.objects.visible_to(clinician).filter(patient=patient)
    return list(rows.with_editions().newest()[:MOST_TEACH_BACKS])
