"""What became of an assignment since it was made, in sentences."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from accounts.models import User
from education.articles.models import Level
from education.reading.models import Assignment, AssignmentChange

Action = AssignmentChange.Action


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did with an assignment; `who` is None for somebody who is gone."""

    at: datetime
    who: User | None
    words: str


def history_of(assignments: Iterable[Assignment]) -> dict[int, list[Entry]]:
    """By assignment (its pk), what happened to it, the first first. One query."""
    assignments = list(assignments)
    changes: dict[int, list[AssignmentChange]] = defaultdict(list)
    rows = AssignmentChange.objects.filter(assignment__in=assignments).select_related("by")
    for change in rows.order_by("at", "pk"):
        changes[change.assignment_id].append(change)
    return {
        one.pk: [_made(one, changes[one.pk]), *map(_changed, changes[one.pk])]
        for one in assignments
    }


def _made(assignment: Assignment, changes: list[AssignmentChange]) -> Entry:
    first = next((one for one in changes if one.action == Action.CHANGED), None)
    level = Level(first.level_before if first else assignment.level).label
    due_on = first.due_before if first else assignment.due_on
    words = {"level": level, "day": _day(due_on) if due_on else ""}
    said = (
        _("assigned it at %(level)s, to be read by %(day)s") % words
        if due_on
        else _("assigned it at %(level)s") % words
    )
    return Entry(assignment.assigned_at, assignment.assigned_by, said)


def _changed(change: AssignmentChange) -> Entry:
    if change.action == Action.WITHDRAWN:
        words = _("withdrew it")
        if change.reason:
            words = _("withdrew it: “%(reason)s”") % {"reason": change.reason}
    elif change.action == Action.RESTORED:
        words = _("took the withdrawal back")
    else:
        words = get_text_list(list(_differences(change)), _("and"))
    return Entry(change.at, change.by, words)


def _differences(change: AssignmentChange) -> Iterator[str]:
    if change.level_before != change.level_after:
        yield _("changed the level from %(before)s to %(after)s") % {
            "before": Level(change.level_before).label,
            "after": Level(change.level_after).label,
        }
    before, after = change.due_before, change.due_after
    if before and after and before != after:
        yield _("moved the day from %(before)s to %(after)s") % {
            "before": _day(before),
            "after": _day(after),
        }
    elif after and not before:
        yield _("set the day to %(after)s") % {"after": _day(after)}
    elif before and not after:
        yield _("took away the day, %(before)s") % {"before": _day(before)}
    if change.note_before != change.note_after:
        if not change.note_after:
            yield _("took away the note “%(before)s”") % {"before": change.note_before}
        elif change.note_before:
            yield _("changed the note from “%(before)s”") % {"before": change.note_before}
        else:
            yield _("added the note")


def _day(day: date) -> str:
    return date_format(day, "D j M Y")
