"""What `accounts` itself holds of a patient: the person, who cares for them, and signing in."""

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AccessEvent,
    AccountClosing,
    CareRelationship,
    Consent,
    Device,
    Invitation,
    Mail,
    User,
)

from .parts import CHUNK, Column, Part, Table


def _addresses(person: User) -> str:
    found = EmailAddress.objects.filter(user=person).order_by("pk").values_list("email", flat=True)
    return ", ".join(sorted({person.email, *found}))


def _what_it_opens(factor: Authenticator) -> str:
    return str(factor) if factor.type == Authenticator.Type.WEBAUTHN else factor.type


def _care_team(person: User) -> Iterable[Any]:
    rows = CareRelationship.objects.filter(patient=person).select_related("clinician", "ended_by")
    return rows.order_by("started_at", "pk").iterator(CHUNK)


def _consents(person: User) -> Iterable[Any]:
    rows = Consent.objects.visible_to(person).select_related("text")
    return rows.order_by("agreed_at", "pk").iterator(CHUNK)


def _record(person: User) -> Iterable[Any]:
    # A clinician sees own acts here, and the patient everything.
    rows = AccessEvent.objects.filter(patient=person).select_related("actor")
    return rows.order_by("number").iterator(CHUNK)


_RECORD = [
    Column("at", _("When"), lambda event: event.at),
    Column("who", _("Who"), lambda event: event.actor.name),
    Column("did", _("Did"), lambda event: event.get_action_display()),
    Column("what", _("With"), lambda event: event.get_what_display()),
    Column.of("thing", _("Which one")),
]

TABLES = [
    Table(
        "you",
        _("About you"),
        _("Your name, your address and your settings."),
        [
            Column.of("name", _("Name")),
            Column("email_addresses", _("E-mail addresses"), _addresses),
            Column.of("time_zone", _("Time zone")),
            Column.of("language", _("Language and date format")),
            Column.of("mails_new_reading", _("E-mails about something new to read")),
            Column.of("mails_reminders", _("E-mails that remind you to read")),
            Column.of("date_joined", _("Here since")),
            Column.of("last_login", _("Last signed in")),
            Column("number_here", _("Your number here"), lambda person: str(person.public_id)),
        ],
        lambda person: [person],
    ),
    Table(
        "care-team",
        _("Your care team"),
        _("Who cares or cared for you here, and when."),
        [
            Column.who("clinician", _("Who")),
            Column.of("started_at", _("From")),
            Column.of("ended_at", _("Until")),
            Column.who("ended_by", _("Ended by")),
        ],
        _care_team,
    ),
    Table(
        "consents",
        _("What you agreed to"),
        _("Each version of the privacy text that you agreed to, in full."),
        [
            Column("version", _("Version"), lambda consent: consent.text.number),
            Column.of("agreed_at", _("You agreed on")),
            Column("text", _("The text"), lambda consent: consent.text.text),
        ],
        _consents,
    ),
    Table(
        "invitation",
        _("Your invitation"),
        _("Who invited you, and when you came in."),
        [
            Column.who("invited_by", _("Invited by")),
            Column.of("sent_at", _("Sent")),
            Column.of("expires_at", _("Worked until")),
            Column.of("accepted_at", _("You came in")),
            Column.of("revoked_at", _("Withdrawn")),
        ],
        lambda person: Invitation.objects.filter(user=person).select_related("invited_by"),
    ),
    Table(
        "e-mails",
        _("E-mails to you"),
        _("When the portal wrote to you in the last 90 days. What it said is not kept."),
        [
            Column("about", _("About"), lambda mail: mail.get_kind_display()),
            Column.of("created_at", _("Written")),
            Column.of("sent_at", _("Sent")),
            Column.of("failed_at", _("Could not be sent")),
        ],
        lambda person: (
            Mail.objects.filter(recipient=person).order_by("created_at", "pk").iterator(CHUNK)
        ),
    ),
    Table(
        "signed-in",
        _("Where you are signed in"),
        _("Browsers in which you are signed in, as they name themselves."),
        [
            Column.of("user_agent", _("Browser")),
            Column.of("created_at", _("Signed in")),
            Column.of("last_seen_at", _("Last used")),
            Column.of("ip", _("Internet address")),
        ],
        lambda person: UserSession.objects.filter(user=person).order_by("pk").iterator(CHUNK),
    ),
    Table(
        "browsers",
        _("Browsers that you used"),
        _("So that you can be told when somebody signs in from another one."),
        [Column.of("first_seen_at", _("First used")), Column.of("last_seen_at", _("Last used"))],
        lambda person: Device.objects.filter(person=person).order_by("pk").iterator(CHUNK),
    ),
    Table(
        "second-steps",
        _("Second steps at sign-in"),
        _("Apps, passkeys and recovery codes; their secrets are never shown."),
        [
            Column("kind", _("Kind"), _what_it_opens),
            Column.of("created_at", _("Since")),
            Column.of("last_used_at", _("Last used")),
        ],
        lambda person: Authenticator.objects.filter(user=person).order_by("pk").iterator(CHUNK),
    ),
]
RECORD = Table(
    "opened",
    _("Who opened or changed what is yours"),
    _("The record of access. The file has the number and the hash of each line, too."),
    [
        Column.of("number", _("Number")),
        *_RECORD,
        Column.of("previous_hash", _("Hash of the line before")),
        Column.of("hash", _("Hash")),
    ],
    _record,
    page=_RECORD,
)


def erase(person: User) -> None:
    """Ways in, addresses, mails, and the name in the administrators' history."""
    keys = UserSession.objects.filter(user=person).values_list("session_key", flat=True)
    Session.objects.filter(session_key__in=list(keys)).delete()
    ways_in: tuple[Any, ...] = (UserSession, Authenticator, EmailAddress, Invitation)
    for model in ways_in:
        model.objects.filter(user=person).delete()
    Device.objects.filter(person=person).delete()
    mails = Mail.objects.filter(recipient=person)
    if closing := AccountClosing.objects.filter(patient=person).first():
        # What confirms the closing has still to leave.
        mails = mails.exclude(kind=Mail.Kind.ACCOUNT, created_at__gte=closing.closed_at)
    mails.delete()
    care = CareRelationship.objects.filter(patient=person).values_list("pk", flat=True)
    kinds = ContentType.objects.get_for_models(User, CareRelationship)
    LogEntry.objects.filter(
        Q(content_type=kinds[User], object_id=str(person.pk))
        | Q(content_type=kinds[CareRelationship], object_id__in=[str(pk) for pk in care])
    ).update(object_repr="")


PART = Part(0, TABLES, erase, lambda person: [])
# Long, and so the last of all.
RECORD_PART = Part(100, [RECORD], lambda person: None, lambda person: [])
