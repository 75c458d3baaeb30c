"""What was on a patient's screen, as the reader's script tells it: bound to who opened the page."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from education.articles.models import Edition

from .models import Reading

LONGEST_BODY = 32_000
MOST_EDITIONS = 20
MOST_FACTS = 300
_LONGEST_AGE = 30 * 24 * 3600 * 1000

_signer = signing.Signer(salt="education.reading.beacon")


class Malformed(ValueError):
    """What came is not what the script sends."""


def token_for(patient: User, edition: Edition) -> str:
    """Says of a page who opened which edition and when. It is worth nothing to anybody else."""
    at = timezone.now().timestamp()
    return _signer.sign_object([str(patient.public_id), edition.pk, at], compress=False)


def shown_edition(token: str, patient: User) -> int | None:
    """The id of the edition of which this patient opened a page, from its token."""
    opened = _read(token, patient)
    return opened[0] if opened else None


def _read(token: str, patient: User) -> tuple[int, datetime] | None:
    """Edition and moment of a token; nothing of a token that was made for anybody else."""
    try:
        whose, edition_id, made = _signer.unsign_object(token)
    except (ValueError, signing.BadSignature):
        return None
    if whose != str(patient.public_id):
        return None
    return edition_id, datetime.fromtimestamp(made, UTC)


@dataclass
class Note:
    """What the page of one edition tells: when it was on the screen, and which of its parts."""

    edition_id: int
    opened_at: datetime | None
    parts: dict[str, datetime]
    # The part that was on the screen last.
    last: str
    last_at: datetime | None


def notes_from(body: bytes, patient: User) -> list[Note]:
    """What this patient may note; what is about anybody else, or about nothing, is left out.

    The script sends, by token, lists of [kind, key, how many milliseconds ago]. Ages, because
    the clock of a phone may be wrong. Raises Malformed.
    """
    if len(body) > LONGEST_BODY:
        raise Malformed
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if not isinstance(told, dict) or not all(isinstance(one, list) for one in told.values()):
        raise Malformed
    now = timezone.now()
    notes = (
        _note(token, facts, patient, now) for token, facts in list(told.items())[:MOST_EDITIONS]
    )
    return [note for note in notes if note is not None]


def _note(token: str, facts: list[Any], patient: User, now: datetime) -> Note | None:
    opened = _read(token, patient)
    if opened is None:
        return None
    edition_id, issued = opened
    note = Note(edition_id, None, {}, "", None)
    for fact in facts[:MOST_FACTS]:
        if not isinstance(fact, list) or len(fact) != 3:
            continue
        kind, key, age = fact
        at = _moment(age, issued, now)
        if at is None or not isinstance(key, str):
            continue
        if kind == "opened":
            note.opened_at = min(at, note.opened_at or at)
        elif kind == "part":
            note.parts[key] = min(at, note.parts.get(key, at))
        elif kind == "last" and (note.last_at is None or at >= note.last_at):
            note.last, note.last_at = key, at
    return note


def _moment(age: Any, issued: datetime, now: datetime) -> datetime | None:
    """When it was: not before the page was made and not after now, whatever the script says."""
    if isinstance(age, bool) or not isinstance(age, int | float) or age != age:
        return None
    at = now - timedelta(milliseconds=min(max(age, 0), _LONGEST_AGE))
    return max(at, min(issued, now))


def keep(patient: User, notes: list[Note]) -> None:
    """Keep it: the first time of each counts, so it may come twice and in any order."""
    editions = Edition.objects.in_bulk({note.edition_id for note in notes})
    for note in notes:
        edition = editions.get(note.edition_id)
        if edition is None:
            continue
        with transaction.atomic():
            if note.opened_at:
                Reading.objects.note_opened(patient, edition, note.opened_at)
            if note.parts or note.last:
                # What comes late does not move the mark back.
                later = Reading.objects.filter(
                    patient=patient, edition=edition, last_at__gt=note.last_at or timezone.now()
                )
                last = note.last if note.last and not later.exists() else ""
                Reading.objects.note_sections(patient, edition, note.parts, last, note.last_at)
