"""The record of who opened and changed what, chained by hash for each patient.

Each event holds the hash of the one before it, so that nobody can change, remove or insert one
without breaking the chain from there on (`manage.py verify_access_log`). One chain a patient:
writers for different patients never wait for one another. Triggers refuse to change or remove
what was written (accounts/access_triggers.py).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FIRST = "0" * 64
# Within this time the same look at the same thing is shown, and a look at a list noted, once.
MOMENT = timedelta(hours=1)


def link(
    previous: str,
    *,
    patient: Any,
    number: int,
    actor: Any,
    action: str,
    what: str,
    thing: str,
    at: datetime,
) -> str:
    """The hash (SHA-256, hexadecimal) of an event that follows the one with hash `previous`.

    `patient` and `actor` are public ids, which stay the same when a database is moved.
    """
    said = [
        previous, str(patient), number, str(actor), action, what, thing,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]  # fmt: skip
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Seen:
    """What of a patient's an event is about: the kind, and which one where there are several.

    `thing` is a public id, a date, or two dates "2026-11-10/2026-11-23" of nights; never words.
    """

    what: str
    thing: str = ""


class AccessEventQuerySet(models.QuerySet["AccessEvent"]):
    def visible_to(self, user) -> Self:
        """A patient sees everything done with what is theirs; a clinician their own acts."""
        if user.is_patient:
            return self.filter(patient=user)
        if user.is_clinician:
            return self.filter(actor=user)
        return self.none()

    def record(
        self, *, patient, actor, action: str, what: str, thing: str = "", at: datetime | None = None
    ) -> None:
        """Note that somebody other than the patient opened or changed something of theirs."""
        self._append([(patient, Seen(what, thing))], actor, action, at)

    def record_things(self, *, patient, actor, action: str, seen: Iterable[Seen]) -> None:
        """record() of several things of one patient, in the order given."""
        self._append([(patient, one) for one in seen], actor, action)

    def record_many(
        self, *, changed: Iterable[tuple[Any, str]], actor, action: str, what: str
    ) -> None:
        """record() of one thing for each of many patients, in a constant number of queries.

        `changed` has the patients, each with the thing.
        """
        self._append([(patient, Seen(what, thing)) for patient, thing in changed], actor, action)

    @contextmanager
    def listing(self, people: Iterable[Any], *, by: Any) -> Iterator[None]:
        """Hold the page of a list that names these people, and note who of the patients among
        them is seen there: once an hour for each pair, in one transaction with the page.

        One query, and no transaction, where nobody is new.
        """
        patients = {one.pk: one for one in people if one.is_patient and one != by}
        if patients:
            lately = self.filter(
                actor=by,
                patient__in=list(patients),
                action=AccessEvent.Action.LISTED,
                at__gt=timezone.now() - MOMENT,
            )
            for key in lately.values_list("patient", flat=True):
                patients.pop(key, None)
        if not patients:
            yield
            return
        with transaction.atomic():
            self.record_many(
                changed=[(patient, "") for patient in patients.values()],
                actor=by,
                action=AccessEvent.Action.LISTED,
                what=AccessEvent.What.PERSON,
            )
            yield

    def _append(
        self,
        entries: list[tuple[Any, Seen]],
        actor: Any,
        action: str,
        at: datetime | None = None,
    ) -> None:
        """Add to the chains, in the caller's transaction where there is one. Three queries."""
        entries = [(patient, seen) for patient, seen in entries if patient != actor]
        if not entries:
            return
        now = at or timezone.now()
        patients = {patient.pk: patient for patient, _seen in entries}
        with transaction.atomic(savepoint=False):
            chains = AccessChain.objects.held(patients)
            events = []
            for patient, seen in entries:
                chain = chains[patient.pk]
                event = self.model(
                    patient=patient, actor=actor, action=action, what=seen.what, thing=seen.thing,
                    at=now, number=chain.length + 1, previous_hash=chain.last_hash,
                )  # fmt: skip
                event.hash = event.expected_hash()
                chain.length, chain.last_hash = event.number, event.hash
                events.append(event)
            self.bulk_create(events)
            # Not bulk_update(), which compares each row with each key.
            AccessChain.objects.bulk_create(
                chains.values(),
                update_conflicts=True,
                unique_fields=["patient"],
                update_fields=["length", "last_hash"],
            )


class AccessChainManager(models.Manager["AccessChain"]):
    def held(self, patients: Iterable[int]) -> dict[int, "AccessChain"]:
        """The ends of these patients' chains, held until the transaction ends, by patient.

        Always in one order, so that two who hold several wait for each other in turn.
        """
        keys = sorted(patients)
        chains = self._hold(keys)
        if len(chains) < len(keys):
            self.bulk_create([self.model(patient_id=key) for key in keys], ignore_conflicts=True)
            chains = self._hold(keys)
        return chains

    def _hold(self, keys: list[int]) -> dict[int, "AccessChain"]:
        rows = self.filter(patient_id__in=keys).order_by("patient_id").select_for_update()
        return {chain.patient_id: chain for chain in rows}


class AccessChain(models.Model):
    """The end of one patient's record: how long it is, and the hash that the next event follows."""

    patient = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="access_chain",
    )
    length = models.PositiveIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default=FIRST)

    objects = AccessChainManager()

    class Meta:
        verbose_name = _("end of a record of access")
        verbose_name_plural = _("ends of records of access")

    def __str__(self) -> str:
        return f"Access chain {self.pk}"


class AccessEvent(models.Model):
    """One opening or change of something that belongs to a patient, by somebody else."""

    class Action(models.TextChoices):
        OPENED = "opened", _("opened")
        LISTED = "listed", _("saw in a list")
        ASSIGNED = "assigned", _("assigned")
        CHANGED = "changed", _("changed")
        WITHDREW = "withdrew", _("withdrew")

    class What(models.TextChoices):
        PERSON = "person", _("your name and address")
        PATIENT_PAGE = "patient page", _("your page: reading, questions and what you share")
        ASSIGNMENT = "assignment", _("something to read")
        CARE_TEAM = "care team", _("who is in your care team")
        QUESTION = "question", _("your question")
        NIGHTS = "nights", _("nights that you share")
        REFLECTION = "reflection", _("a reflection that you share")
        READING = "reading", _("your reading")
        INVITATION = "invitation", _("your invitation")
        VISIT = "visit", _("your visit")
        TEACH_BACK = "teach-back", _("what you explained")

    patient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_events"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="access_acts"
    )
    action = models.CharField(max_length=20, choices=Action)
    what = models.CharField(max_length=40, choices=What)
    # Which one, where there are several: see Seen.
    thing = models.CharField(max_length=64, blank=True, default="")
    at = models.DateTimeField(default=timezone.now)
    # Counted from 1 for each patient.
    number = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AccessEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("access event")
        verbose_name_plural = _("record of access")
        ordering = ["patient", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "number"], name="accounts_access_in_a_row"),
        ]
        indexes = [
            # Who opened a thing, and when last: without a look at the rows (accounts/opened.py).
            models.Index(
                fields=["patient", "action", "what", "thing", "actor", "-at"],
                name="accounts_access_thing",
            ),
            models.Index(fields=["actor", "-at"], name="accounts_access_actor_at"),
            models.Index(
                fields=["actor", "patient", "-at"],
                condition=Q(action="listed"),
                name="accounts_access_listed",
            ),
        ]

    def __str__(self) -> str:
        return f"Access event {self.pk}"

    def expected_hash(self) -> str:
        """The hash that this event has to have; fetches patient and actor if need be."""
        return link(
            self.previous_hash,
            patient=self.patient.public_id,
            number=self.number,
            actor=self.actor.public_id,
            action=self.action,
            what=self.what,
            thing=self.thing,
            at=self.at,
        )
