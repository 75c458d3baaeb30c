"""The part of care in what a patient may ask for: the questions kept for the visit."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.privacy.parts import Column, Part, Table
from education.care.models import Question


def _questions(person: User) -> Iterable[Question]:
    rows = Question.objects.filter(patient=person).select_related(
        "edition__article", "section", "term", "settled_by"
    )
    return rows.order_by("asked_at", "pk").iterator(300)


TABLES = [
    Table(
        "questions",
        _("Your questions for the visit"),
        _("Each question, where it came from, and whether it is settled."),
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
            Column("settled_at", _("Settled"), lambda one: one.settled_at),
            Column(
                "settled_by", _("Settled by"), lambda one: one.settled_by and one.settled_by.name
            ),
            Column("updated_at", _("Last changed"), lambda one: one.updated_at),
        ],
        _questions,
    )
]


def holds(person: User) -> list[str]:
    """What there is, in words. One query."""
    n = Question.objects.filter(patient=person).count()
    return [ngettext("%(n)s question", "%(n)s questions", n) % {"n": f"{n:,}"}] if n else []


def erase(person: User) -> None:
    """All questions, settled or not."""
    Question.objects.filter(patient=person).delete()


PART = Part(20, TABLES, erase, holds)
