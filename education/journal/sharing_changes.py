"""Changing what a care team sees: of one entry, of the last nights, and all of it at once.

What is changed of many entries at once can be taken back for an hour: what was shared before, and
since when, is kept until then, sealed like everything that a patient types. A decision about one
entry or about new ones ends that, so that taking back never goes against a later wish.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from education.journal.diary import DAYS
from education.journal.models import Draft, Night, Preferences, Reflection
from education.journal.models.night import NightQuerySet
from education.journal.models.reflection import ReflectionQuerySet

UNDO_FOR = timedelta(hours=1)

_BEFORE = "sharing:before"
_WISHES = ("shares_numbers", "shares_words", "shares_reflections")
# Each part that is shared by itself: where it is stored, and the names of its two columns.
_PARTS: dict[str, tuple[Any, str, str]] = {
    "numbers": (Night, "numbers_shared", "numbers_shared_at"),
    "words": (Night, "words_shared", "words_shared_at"),
    "reflections": (Reflection, "shared", "shared_at"),
}
# The boxes of forms for new entries, by the wish that they begin with.
_BOXES = dict(zip(_WISHES, ("numbers_shared", "words_shared", "shared"), strict=True))

# Of each part, entries by their key, and since when they are shared; None where they are not.
Before = dict[str, dict[str, str | None]]


class Counts(NamedTuple):
    """How many entries are shared, by part."""

    numbers: int
    words: int
    reflections: int


def counts(patient: Any) -> Counts:
    """What this patient shares at the moment. Three queries."""
    return Counts(
        numbers=_shared(patient, "numbers").count(),
        words=_shared(patient, "words").exclude(note="", medicine="").count(),
        reflections=_shared(patient, "reflections").count(),
    )


def shares_something(patient: Any, wishes: Preferences) -> bool:
    """Whether this patient shares an entry, or would share new ones. At most two queries."""
    nights = Night.objects.visible_to(patient).filter(Q(numbers_shared=True) | Q(words_shared=True))
    return (
        any(getattr(wishes, wish) for wish in _WISHES)
        or nights.exists()
        or _shared(patient, "reflections").exists()
    )


def _shared(patient: Any, part: str) -> Any:
    model, flag, _since = _PARTS[part]
    return model.objects.visible_to(patient).filter(**{flag: True}).order_by()


@contextmanager
def one_at_a_time(patient: Any) -> Iterator[None]:
    """A transaction in which nothing else changes what this patient shares.

    Two of them would otherwise take the same rows in another order and wait for each other.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).filter(pk=patient.pk).values("pk").first()
        yield


# --- One entry ------------------------------------------------------------------------------


def set_night(patient: Any, nights: NightQuerySet, part: str, shared: bool) -> None:
    """Share a part of these nights, or stop. What is so already keeps its date."""
    with one_at_a_time(patient):
        forget(patient)
        nights.filter(**{f"{part}_shared": not shared}).set_shared(part, shared)


def set_reflection(patient: Any, reflections: ReflectionQuerySet, shared: bool) -> None:
    """Share these reflections, or stop. What is so already keeps its date."""
    with one_at_a_time(patient):
        forget(patient)
        reflections.filter(shared=not shared).set_shared(shared)


def set_wishes(patient: Any, wishes: dict[str, bool]) -> None:
    """What new entries of this patient begin with; those there are stay as they are.

    A box of a form that is begun was ticked by the wish, and does not outlast it.
    """
    with one_at_a_time(patient):
        forget(patient)
        before = Preferences.of(patient)
        ended = {wish for wish, now in wishes.items() if getattr(before, wish) and not now}
        _untick_drafts(patient, {_BOXES[wish] for wish in ended})
        Preferences.objects.update_or_create(patient=patient, defaults=wishes)


# --- Many at once ---------------------------------------------------------------------------


def share_last_nights(patient: Any, until: date, days: int = DAYS) -> int:
    """Share the numbers of the nights of these days; how many were not shared before."""
    with one_at_a_time(patient):
        private = Night.objects.visible_to(patient).filter(
            diary_date__gt=until - timedelta(days=days), diary_date__lte=until, numbers_shared=False
        )
        keys = list(private.order_by().values_list("pk", flat=True))
        if keys:
            _remember(patient, {"numbers": dict.fromkeys(map(str, keys))})
            Night.objects.filter(pk__in=keys, numbers_shared=False).set_shared("numbers", True)
    return len(keys)


def stop_everything(patient: Any) -> bool:
    """From now on nothing of this journal is shared, new entries included.

    False if nothing was: what can be taken back is then still what was stopped before.
    """
    with one_at_a_time(patient):
        before: Before = {}
        for part, (_model, flag, since) in _PARTS.items():
            shared = _shared(patient, part)
            rows = {str(key): at.isoformat() if at else None for key, at in _dates(shared, since)}
            shared.update(**{flag: False, since: None})
            if rows:
                before[part] = rows
        wishes = Preferences.of(patient)
        wished = [wish for wish in _WISHES if getattr(wishes, wish)]
        Preferences.objects.filter(patient=patient).update(**dict.fromkeys(_WISHES, False))
        _untick_drafts(patient, _BOXES.values())
        if before or wished:
            _remember(patient, before, wished)
    return bool(before or wished)


def _dates(shared: Any, since: str) -> Iterable[tuple[int, datetime | None]]:
    rows: Iterable[tuple[int, datetime | None]] = shared.values_list("pk", since)
    return rows


def _untick_drafts(patient: Any, boxes: Collection[str]) -> None:
    """Entries that are begun and not saved are new ones too."""
    if not boxes:
        return
    for draft in Draft.objects.visible_to(patient).exclude(form=_BEFORE):
        typed = draft.answers
        rest = {name: value for name, value in typed.items() if name not in boxes}
        if rest != typed:
            # Not saved: when it was typed stays as it is.
            Draft.objects.filter(pk=draft.pk).update(fields=json.dumps(rest))


# --- Taking back ----------------------------------------------------------------------------


def _remember(patient: Any, before: Before, wished: Iterable[str] = ()) -> None:
    Draft.objects.keep(
        patient, _BEFORE, {"entries": json.dumps(before), "wished": " ".join(wished)}
    )


def forget(patient: Any) -> None:
    """What was changed of many entries at once can't be taken back any more."""
    Draft.objects.drop(patient, _BEFORE)


def undo(patient: Any) -> bool:
    """Make everything as it was before the last change of many; False if that is too long ago.

    An entry whose words or numbers were changed since then is not shared again.
    """
    with one_at_a_time(patient):
        kept = (
            Draft.objects.visible_to(patient)
            .filter(form=_BEFORE, updated_at__gt=timezone.now() - UNDO_FOR)
            .first()
        )
        if kept is None or not kept.answers:
            return False
        before: Before = json.loads(kept.answers["entries"])
        for part, rows in before.items():
            _restore(patient, part, rows, kept.updated_at)
        wished = kept.answers["wished"].split()
        if wished:
            Preferences.objects.update_or_create(
                patient=patient, defaults=dict.fromkeys(wished, True)
            )
        forget(patient)
    return True


def _restore(patient: Any, part: str, rows: dict[str, str | None], at: datetime) -> None:
    model, flag, since = _PARTS[part]
    own = model.objects.visible_to(patient).order_by().values_list("pk", "updated_at")
    found = []
    for key, written_at in own:
        shared_at = rows.get(str(key))
        if str(key) in rows and (shared_at is None or written_at <= at):
            moment = datetime.fromisoformat(shared_at) if shared_at else None
            found.append((moment is not None, moment, key))
    if found:
        _write(model, (flag, since), found)


def _write(model: Any, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Values for these columns of many rows, each with its key last.

    bulk_update() took eight seconds for ten years of nights, this takes half of one.
    """
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    fields.append(model._meta.pk)
    values = [
        [one.get_db_prep_save(value, connection) for one, value in zip(fields, row, strict=True)]
        for row in rows
    ]
    with connection.cursor() as cursor:
        # Only names of our own tables and columns go into the text.
        cursor.executemany(f"UPDATE {table} SET {columns} WHERE {key} = %s", values)  # noqa: S608
