"""The part of care in what a patient may ask for: questions, visits, and what they explained."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.privacy.parts import CHUNK, Column, Expiry, Part, Table
from education.care.approval import Approved
from education.care.models import ChosenReflection, Question, TeachBack, Visit
from education.care.visits import approved_too_long, take_back


def _questions(person: User) -> Iterable[Question]:
    rows = Question.objects.filter(patient=person).select_related(
        "edition__article", "section", "term", "settled_by", "settled_at_visit", "reflection"
    )
    return rows.order_by("asked_at", "pk").iterator(CHUNK)


def _visits(person: User) -> Iterable[Visit]:
    rows = Visit.objects.filter(patient=person)
    people = rows.select_related("clinician", "noted_by", "ended_by")
    return people.order_by("created_at", "pk").iterator(CHUNK)


def _chosen(person: User) -> Iterable[ChosenReflection]:
    rows = ChosenReflection.objects.filter(patient=person)
    return rows.select_related("visit", "reflection").order_by("pk").iterator(CHUNK)


def _teach_backs(person: User) -> Iterable[TeachBack]:
    rows = TeachBack.objects.filter(patient=person).select_related(
        "edition__article", "clinician", "again", "visit"
    )
    return rows.order_by("noted_at", "pk").iterator(CHUNK)


def _day(visit: Visit | None) -> str | None:
    return visit.on.isoformat() if visit and visit.on else None


def _approved(visit: Visit) -> str | None:
    """Questions and reflections by their number, nights by their dates."""
    approved = Approved.read(visit.approved)
    if approved is None:
        return None
    days = ", ".join(approved.nights)
    n, m = len(approved.questions), len(approved.reflections)
    return _("%(n)d questions, %(m)d reflections, nights: %(days)s") % {
        "n": n,
        "m": m,
        "days": days,
    }


TABLES = [
    Table(
        "questions",
        _("Your questions"),
        _("Each question, where it came from, whether it is for a visit, and its answer."),
        [
            Column("asked_at", _("Written"), lambda one: one.asked_at),
            Column("text", _("Your question"), lambda one: one.text),
            Column(
                "article", _("From"), lambda one: one.edition.article.title if one.edition else None
            ),
            Column(
                "part",
                _("Part"),
                lambda one: one.section and (one.section.heading or one.section.key),
            ),
            Column("term", _("Word"), lambda one: one.term and one.term.name),
            Column.of("for_visit_since", _("For your visit since")),
            Column.of("settled_at", _("Settled")),
            Column.who("settled_by", _("Settled by")),
            Column.of("answer", _("Answer")),
            Column("visit", _("Settled at the visit"), lambda one: _day(one.settled_at_visit)),
            Column(
                "reflection",
                _("From your reflection of"),
                lambda one: one.reflection and one.reflection.on.isoformat(),
            ),
            Column.of("place", _("Place in the order, from 0")),
            Column.of("updated_at", _("Last changed")),
        ],
        _questions,
    ),
    Table(
        "visits",
        _("Your visits"),
        _("Each visit, what was agreed, and since when you let its page be seen."),
        [
            Column("on", _("Day"), lambda one: one.on and one.on.isoformat()),
            Column("at", _("Time"), lambda one: one.at and one.at.strftime("%H:%M")),
            Column.who("clinician", _("With")),
            Column.who("noted_by", _("Noted by")),
            Column.of("created_at", _("First noted")),
            Column.of("approved_at", _("You approved its page")),
            Column("approved", _("What you approved"), _approved),
            Column.of("agreed", _("What was agreed")),
            Column.of("ended_at", _("Ended")),
            Column.who("ended_by", _("Ended by")),
            Column.of("updated_at", _("Last changed")),
        ],
        _visits,
    ),
    Table(
        "visit_reflections",
        _("Reflections chosen for visits"),
        _("Which reflection you chose for which visit, and whether it was shared for that alone."),
        [
            Column("visit", _("Visit"), lambda one: _day(one.visit)),
            Column("written_on", _("Written on"), lambda one: one.reflection.on.isoformat()),
            Column.of("was_shared", _("Shared before you chose it")),
            Column.of("shared_since", _("Shared for this visit alone since")),
        ],
        _chosen,
    ),
    Table(
        "teach_backs",
        _("What you explained"),
        _("What you said of an article in your own words, as a clinician noted it."),
        [
            Column.of("noted_at", _("Noted")),
            Column.who("clinician", _("Noted by")),
            Column("article", _("Article"), lambda one: one.edition.article.title),
            Column("level", _("Level"), lambda one: one.edition.get_level_display()),
            Column("edition", _("Edition"), lambda one: one.edition.number),
            Column("understood", _("How it went"), lambda one: one.get_understood_display()),
            Column.of("words", _("In your words")),
            Column("visit", _("At the visit"), lambda one: _day(one.visit)),
            Column(
                "again", _("To read again"), lambda one: one.again and one.again.get_level_display()
            ),
            Column.of("updated_at", _("Last changed")),
        ],
        _teach_backs,
    ),
]


def holds(person: User) -> list[str]:
    """What there is, in words. Three queries."""
    questions = Question.objects.filter(patient=person).count()
    visits = Visit.objects.filter(patient=person).count()
    explained = TeachBack.objects.filter(patient=person).count()
    said = [
        (questions, ngettext("%(n)s question", "%(n)s questions", questions)),
        (visits, ngettext("%(n)s visit", "%(n)s visits", visits)),
        (explained, ngettext("%(n)s note of what you explained",
                             "%(n)s notes of what you explained", explained)),
    ]  # fmt: skip
    return [words % {"n": f"{n:,}"} for n, words in said if n]


def erase(person: User) -> None:
    """All of it: questions, teach-backs, visits with what was chosen and agreed."""
    Question.objects.filter(patient=person).delete()
    TeachBack.objects.filter(patient=person).delete()
    Visit.objects.filter(patient=person).delete()


PART = Part(20, TABLES, erase, holds)
OLD_APPROVALS = Expiry("approvals of visits that nobody has finished", approved_too_long, take_back)
