"""The part of reading in what a patient may ask for: all of it as files, and all of it gone."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.privacy.parts import CHUNK, Column, Part, Table
from education.reading.models import (
    Assignment,
    AssignmentChange,
    Notice,
    Reading,
    SectionReached,
)

_ASSIGNED_ARTICLE = Column("article", _("Article"), lambda row: row.assignment.article.title)
_FACTS = [
    Column.of("opened_at", _("Opened")),
    Column.of("finished_at", _("You said: I’ve finished")),
    Column.of("understood_at", _("You said: I understand")),
]


def _assignments(person: User) -> Iterable[Assignment]:
    rows = Assignment.objects.filter(patient=person).select_related(
        "article", "assigned_by", "withdrawn_by", "programme"
    )
    return rows.order_by("assigned_at", "pk").iterator(CHUNK)


def _changes(person: User) -> Iterable[AssignmentChange]:
    rows = AssignmentChange.objects.filter(patient=person)
    return rows.select_related("assignment__article", "by").order_by("at", "pk").iterator(CHUNK)


def _readings(person: User) -> Iterable[Reading]:
    rows = Reading.objects.filter(patient=person)
    return rows.select_related("edition__article", "last_section").order_by("pk").iterator(CHUNK)


def _sections(person: User) -> Iterable[SectionReached]:
    rows = SectionReached.objects.filter(patient=person).select_related(
        "section", "reading__edition__article"
    )
    return rows.order_by("reached_at", "pk").iterator(CHUNK)


def _notices(person: User) -> Iterable[Notice]:
    rows = Notice.objects.filter(patient=person).select_related("assignment__article")
    return rows.order_by("noted_at", "pk").iterator(CHUNK)


TABLES = [
    Table(
        "assignments",
        _("What you were given to read"),
        _("Each article, who gave it to you, and what you said of it."),
        [
            Column("article", _("Article"), lambda row: row.article.title),
            Column("level", _("Level"), lambda row: row.get_level_display()),
            Column.who("assigned_by", _("Given by")),
            Column.of("assigned_at", _("Given on")),
            Column("programme", _("Programme"), lambda row: row.programme and row.programme.name),
            Column.of("due_on", _("Read by")),
            Column.of("note", _("Note to you")),
            *_FACTS,
            Column.of("withdrawn_at", _("Withdrawn")),
            Column.who("withdrawn_by", _("Withdrawn by")),
            Column.of("withdrawal_reason", _("Reason")),
        ],
        _assignments,
    ),
    Table(
        "assignment-changes",
        _("What was changed of it"),
        _("Other levels, days and notes; withdrawn and given again."),
        [
            _ASSIGNED_ARTICLE,
            Column.of("at", _("When")),
            Column.who("by", _("By")),
            Column("did", _("What"), lambda row: row.get_action_display()),
            Column.of("level_before", _("Level before")),
            Column.of("level_after", _("Level after")),
            Column.of("due_before", _("Day before")),
            Column.of("due_after", _("Day after")),
            Column.of("note_before", _("Note before")),
            Column.of("note_after", _("Note after")),
            Column.of("reason", _("Reason")),
        ],
        _changes,
    ),
    Table(
        "readings",
        _("What you read"),
        _("When you opened an article first, and what you said of it."),
        [
            Column("article", _("Article"), lambda row: row.edition.article.title),
            Column("level", _("Level"), lambda row: row.edition.get_level_display()),
            Column("edition", _("Edition"), lambda row: row.edition.number),
            *_FACTS,
            Column("last", _("Last read"), lambda row: row.last_section and str(row.last_section)),
            Column.of("last_at", _("Last read on")),
        ],
        _readings,
    ),
    Table(
        "parts-reached",
        _("The parts that you reached"),
        _("Parts of articles that were on your screen, and when first."),
        [
            Column("article", _("Article"), lambda row: row.reading.edition.article.title),
            Column("part", _("Part"), lambda row: row.section.heading or row.section.key),
            Column.of("reached_at", _("First on your screen")),
        ],
        _sections,
    ),
    Table(
        "reminders",
        _("What e-mails were about"),
        _("What was new, due soon or overdue when the portal wrote to you."),
        [
            _ASSIGNED_ARTICLE,
            Column("why", _("Because it was"), lambda row: row.get_kind_display()),
            Column.of("due_on", _("Read by")),
            Column.of("noted_at", _("Noted")),
        ],
        _notices,
    ),
]


def holds(person: User) -> list[str]:
    """What there is, in words. Two queries."""
    given = Assignment.objects.filter(patient=person).count()
    read = Reading.objects.filter(patient=person).count()
    said = [
        (
            given,
            ngettext("%(n)s article given to you", "%(n)s articles given to you", given),
        ),
        (
            read,
            ngettext(
                "what you read and said of %(n)s article",
                "what you read and said of %(n)s articles",
                read,
            ),
        ),
    ]
    return [words % {"n": f"{n:,}"} for n, words in said if n]


def erase(person: User) -> None:
    """What was given and what was read; whatever hangs on them goes along."""
    for model in (Notice, AssignmentChange, Assignment, SectionReached, Reading):
        model.objects.filter(patient=person).delete()


PART = Part(10, TABLES, erase, holds)
