"""Looking through the record of access for what was changed, removed or put in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import AccessChain, AccessEvent, AccountClosing, User
from accounts.models.access import FIRST, link

# People whose events are asked for at once.
BATCH = 200


@dataclass(frozen=True)
class Broken:
    """The first link of a patient's record that does not hold, and why."""

    patient: UUID
    number: int
    why: str


@dataclass
class Looked:
    """How much was looked at."""

    events: int = 0
    patients: int = 0


def broken_links(looked: Looked, patient: User | None = None) -> Iterator[Broken]:
    """The first broken link of each record that has one, or of this patient's alone.

    Nobody has to wait meanwhile. A record that seems broken is looked at a second time, while
    nobody can add to it.
    """
    last = 0
    people = User.objects.order_by("pk")
    if patient is not None:
        last, people = patient.pk - 1, people.filter(pk=patient.pk)
    while True:
        batch = people.filter(pk__gt=last).values_list(
            "pk", "public_id", "access_chain__length", "access_chain__last_hash"
        )[:BATCH]
        rows = list(batch)
        if not rows:
            return
        yield from _broken_of(rows, last, looked)
        last = rows[-1][0]


def _broken_of(rows: list[Any], after: int, looked: Looked) -> Iterator[Broken]:
    # The ends were read before the events: whatever is added meanwhile is beyond them.
    ends = {pk: (public_id, length or 0, last or FIRST) for pk, public_id, length, last in rows}
    events = _events().filter(patient__gt=after, patient__lte=rows[-1][0])
    first_broken: dict[int, Broken] = {}
    seen = set()
    for pk, chain in groupby(events.iterator(chunk_size=2000), key=itemgetter(0)):
        if pk in ends:
            seen.add(pk)
            looked.patients += 1
            if broken := _first_broken(chain, *ends[pk], looked):
                first_broken[pk] = broken
    for pk, end in ends.items():
        if pk not in seen and (broken := _first_broken(iter(()), *end, looked)):
            first_broken[pk] = broken
    for pk in first_broken:
        if broken := _again(pk, first_broken[pk].patient):
            yield broken


def _again(pk: int, public_id: UUID) -> Broken | None:
    with transaction.atomic():
        end = AccessChain.objects.filter(pk=pk).select_for_update().first()
        length, last = (end.length, end.last_hash) if end else (0, FIRST)
        events = _events().filter(patient=pk).iterator(chunk_size=2000)
        return _first_broken(events, public_id, length, last, Looked())


def _events() -> Any:
    return AccessEvent.objects.order_by("patient", "number").values_list(
        "patient", "number", "previous_hash", "hash", "actor__public_id", "action", "what",
        "thing", "at",
    )  # fmt: skip


def _first_broken(
    events: Iterator[Any], patient: UUID, length: int, last_hash: str, looked: Looked
) -> Broken | None:
    expected, previous = 1, FIRST
    broken = None
    for _pk, number, named, own, actor, action, what, thing, at in events:
        looked.events += 1
        if broken:
            continue
        if number != expected:
            broken = Broken(patient, expected, "is missing")
        elif number > length:
            broken = Broken(patient, number, "follows the end that is kept of the record")
        elif named != previous:
            broken = Broken(patient, number, "does not follow the one before it")
        elif own != link(
            previous, patient=patient, number=number, actor=actor, action=action, what=what,
            thing=thing, at=at,
        ):  # fmt: skip
            broken = Broken(patient, number, "was changed")
        elif number == length and own != last_hash:
            broken = Broken(patient, number, "is not the one that the end of the record names")
        expected, previous = expected + 1, own
    if broken is None and expected <= length:
        broken = Broken(patient, expected, "is missing: the record was cut short")
    return broken


# --- Ends that are kept elsewhere -------------------------------------------------------------
#
# The hashes have no key: whoever owns the database can reckon a whole chain anew. They can't
# change what was written down of it before, on another machine.


def ends() -> Iterator[str]:
    """Where each record ends now, a line each: whose it is, how many events, the last hash."""
    rows = (
        AccessChain.objects.filter(length__gt=0)
        .order_by("patient")
        .values_list("patient__public_id", "length", "last_hash")
    )
    for public_id, length, last in rows.iterator(chunk_size=2000):
        yield f"{public_id} {length} {last}"


def rewritten(lines: Iterable[str]) -> Iterator[Broken]:
    """The records that no longer pass through an end that was noted once.

    A record that has gone with its time (AccountClosing) is none of them. Raises ValueError for
    a line that ends() did not write.
    """
    remaining = (_end(line) for line in lines if line.strip())
    while batch := list(islice(remaining, BATCH)):
        people = {public_id for public_id, _number, _hash in batch}
        numbers = {number for _public_id, number, _hash in batch}
        events = AccessEvent.objects.filter(patient__public_id__in=people, number__in=numbers)
        found = set(events.values_list("patient__public_id", "number", "hash"))
        expired = set(
            AccountClosing.objects.filter(
                patient__public_id__in=people, record_kept_until__lt=timezone.now().date()
            ).values_list("patient__public_id", flat=True)
        )
        for end in batch:
            if end not in found and end[0] not in expired:
                yield Broken(end[0], end[1], "is not the one that was noted")


def _end(line: str) -> tuple[UUID, int, str]:
    public_id, number, last = line.split()
    return UUID(public_id), int(number), last
