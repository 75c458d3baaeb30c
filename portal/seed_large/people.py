"""Clinicians, patients, and who cares for whom."""

import hashlib
from dataclasses import dataclass
from random import Random
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import CareRelationship, Consent, ConsentText, Invitation, Role, User

from .rows import DAY, Clock, Writer, some_id
from .sizes import Sizes

FIRST = (
    "Abel Ada Alma Amin Anouk Arlo Aya Basil Bela Bruno Cato Celia Cleo Dara Dino Edda Elio Emre "
    "Enya Esra Fay Felix Finn Gala Gil Greta Hana Hugo Ida Ines Ivo Jada Jora Juno Kaja Kito Lale "
    "Leo Lia Lio Mara Milo Mina Nael Nia Noa Odin Olga Ora Pia Quin Rafa Remi Rosa Sami Sena Tao "
    "Tess Udo Uma Vera Wim Xenia Yara Yun Zoe"
).split()
LAST = (
    "Anchor Arbor Basket Beacon Bellows Birch Bramble Brook Candle Cedar Clover Copper Daisy Dell "
    "Ember Fable Fennel Fern Field Garnet Glade Harbor Hazel Heath Hollow Indigo Island Ivory "
    "Jasper Juniper Kettle Lantern Larch Linden Maple Marble Meadow Mill Nettle North Oak Olive "
    "Orchard Pebble Pepper Pine Quill Rain River Rowan Sable Saffron Spruce Stone Sunday Thistle "
    "Timber Vale Velvet Walnut Willow Winter Yarrow"
).split()
ZONES = ("America/New_York", "America/New_York", "America/Chicago", "Europe/London")
# Whoever wants to look around signs in as these; the first has the largest caseload.
CLINICIAN = "large1@example.org"
PATIENT = "made-up1@example.org"


@dataclass(frozen=True, slots=True)
class Patient:
    """What the other rows of one patient need to know."""

    id: int
    public_id: UUID
    zone: str
    clinician: int
    clinicians_public_id: UUID
    since: int
    # When the clinician last opened the patient's page, in seconds since 1970.
    looked: int | None


def write_people(
    sizes: Sizes, writer: Writer, clock: Clock, chance: Random, password: str | None
) -> list[Patient]:
    """Everybody, in care; without a password nobody can sign in as them."""
    # One hash for all: it is one password, and hashing is slow.
    hashed = make_password(password)
    nobody = make_password(None)
    users = writer.table(
        User, "password", "public_id", "email", "name", "role", "time_zone", "date_joined",
        # Nobody is behind these addresses: they get no mail.
        "mails_new_reading", "mails_reminders", "consent_is_due",
    )  # fmt: skip
    addresses = writer.table(EmailAddress, "user", "email", "verified", "primary")
    care = writer.table(
        CareRelationship, "clinician", "patient", "started_by", "ended_by", "started_at",
        "ended_at", "page_opened_at",
    )  # fmt: skip
    invitations = writer.table(
        Invitation, "user", "invited_by", "token_hash", "sent_at", "expires_at", "accepted_at"
    )
    consents = writer.table(Consent, "patient", "text", "agreed_at")
    # Who was there before the clinic's text agreed to it when it came.
    text = ConsentText.objects.current()
    asked = int(text.published_at.timestamp()) + 1 if text and text.published_at else 0
    public_ids: dict[int, UUID] = {}
    joined = clock.moment(clock.now - 500 * DAY)

    def person(
        email: str, title: str, role: Role, zone: str, hashed: str, since: str,
        agreed: bool = False,
    ) -> int:  # fmt: skip
        name = f"{title}{chance.choice(FIRST)} {chr(65 + chance.randrange(26))}. "
        public_id = some_id(chance)
        user = users.add(
            hashed,
            public_id,
            email,
            name + chance.choice(LAST),
            role.value,
            zone,
            since,
            0,
            0,
            int(not agreed),
        )
        addresses.add(user, email, 1, 1)
        public_ids[user] = UUID(public_id)
        return user

    clinicians = [
        person(f"large{number}@example.org", "Dr ", Role.CLINICIAN, ZONES[0], hashed, joined)
        for number in range(1, sizes.clinicians + 1)
    ]
    patients = []
    with writer.progress("people", sizes.patients) as step:
        for number in range(1, sizes.patients + 1):
            clinician, colleague = _who_treats(number, sizes, clinicians)
            since = clock.now - chance.randrange(310, 490) * DAY - chance.randrange(DAY)
            came = clock.moment(since)
            pending = number > 1 and chance.random() < 0.01
            zone = ZONES[number % len(ZONES)]
            agreed = text is not None and not pending
            patient = person(
                f"made-up{number}@example.org", "", Role.PATIENT, zone,
                nobody if pending else hashed, came, agreed,
            )  # fmt: skip
            if text and agreed:
                consents.add(patient, text.pk, clock.moment(max(since, asked)))
            if pending:
                _invite(invitations, patient, clinician, clock, chance)
            last_look = clock.now - chance.randrange(1, 30) * DAY + chance.randrange(8 * 3600, DAY)
            never = pending or chance.random() < 0.2
            looked = None if never else min(last_look, clock.now)
            seen = None if looked is None else clock.moment(looked)
            care.add(clinician, patient, clinician, None, came, None, seen)
            luck = chance.random()
            if luck < 0.05:
                care.add(colleague, patient, clinician, None, came, None, None)
            elif luck < 0.1:
                ended = clock.moment(since + 90 * DAY)
                care.add(colleague, patient, colleague, colleague, came, ended, None)
            patients.append(Patient(
                patient, public_ids[patient], zone, clinician, public_ids[clinician], since, looked
            ))  # fmt: skip
            step(number)
    return patients


def _who_treats(number: int, sizes: Sizes, clinicians: list[int]) -> tuple[int, int]:
    """Whose patient this is, and a colleague: the first clinician has the largest caseload."""
    if number <= sizes.largest_caseload:
        return clinicians[0], clinicians[1 + number % (len(clinicians) - 1)]
    place = 1 + number % (len(clinicians) - 1)
    return clinicians[place], clinicians[place - 1]


def _invite(invitations, patient: int, clinician: int, clock: Clock, chance: Random) -> None:
    sent = clock.now - chance.randrange(1, 20) * DAY
    digest = hashlib.sha256(some_id(chance).encode()).hexdigest()
    invitations.add(
        patient, clinician, digest, clock.moment(sent), clock.moment(sent + 7 * DAY), None
    )
