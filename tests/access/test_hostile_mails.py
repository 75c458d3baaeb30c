"""Attempts on the mails: at night, to an address that is no longer somebody's, to who said no."""

import json
import re
import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts.mail import queue_invitation
from accounts.mail.delivery import send_due
from accounts.mail.hours import next_allowed
from accounts.mail.unsubscribing import address_for
from accounts.models import Invitation, Mail, User
from education.reading.assigning import assign
from education.reading.models import Wanted
from education.reading.reminders import remind
from tests.factories import PatientFactory, PublishedEditionFactory
from tests.logs import listening
from tests.mails import at, mailed_path

NOON = "2026-11-24 12:00"


def give(clinician, patient):
    edition = PublishedEditionFactory()
    return assign([Wanted(patient, edition.article, edition.level)], by=clinician).assigned[0]


def invited(email):
    person = PatientFactory(email=email, time_zone="UTC")
    return queue_invitation(Invitation(user=person)).recipient


def path_for(person):
    return "/" + address_for(person).split("/", 3)[3]


def wishes(person):
    person.refresh_from_db()
    return person.mails_new_reading, person.mails_reminders


# --- Night ----------------------------------------------------------------------------------

# Around the days on which clocks change somewhere, and around the new year.
DAYS = ["2026-03-08", "2026-03-28", "2026-03-29", "2026-04-05", "2026-10-25", "2026-11-01",
        "2026-12-31"]  # fmt: skip


def test_nowhere_on_earth_does_a_mail_leave_at_night():
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        for day in DAYS:
            for hour in (1, 9, 17):
                moment = datetime.fromisoformat(day).replace(hour=hour, minute=59, tzinfo=UTC)
                allowed = next_allowed(moment, zone)
                local = allowed.astimezone(zone)
                assert 8 <= local.hour < 21, (name, moment)
                assert timedelta(0) <= allowed - moment <= timedelta(hours=12), (name, moment)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"])
def test_who_moves_while_a_mail_waits_is_not_woken(clinician, patient, zone):
    with at(NOON):
        give(clinician, patient)
    patient.time_zone = zone
    patient.save()
    for hour in range(36):
        moment = datetime(2026, 11, 24, 12, 30, tzinfo=UTC) + timedelta(hours=hour)
        with at(moment.strftime("%Y-%m-%d %H:%M")):
            if send_due():
                assert 8 <= moment.astimezone(patient.zone).hour < 21
    assert len(django_mail.outbox) == 1


# --- Whom it reaches ------------------------------------------------------------------------


class WhileItIsSent(EmailBackend):
    """While the first mail leaves, somebody changes a person who waits for the second."""

    change: dict = {}

    def send_messages(self, messages):
        sent = super().send_messages(messages)
        User.objects.filter(email="second@example.org").update(**self.change)
        return sent


@pytest.mark.parametrize(
    ("change", "reached"),
    [
        ({"email": "new@example.org"}, ["first@example.org", "new@example.org"]),
        ({"is_active": False}, ["first@example.org"]),
        # Night falls there.
        ({"time_zone": "Asia/Tokyo"}, ["first@example.org"]),
    ],
)
def test_what_changes_while_others_are_sent_is_respected(db, settings, change, reached):
    settings.EMAIL_BACKEND = f"{__name__}.WhileItIsSent"
    WhileItIsSent.change = change
    with at(NOON):
        invited("first@example.org")
        invited("second@example.org")
        send_due()
    assert [mail.to[0] for mail in django_mail.outbox] == reached


def test_nothing_is_sent_for_who_was_deleted_meanwhile(db, settings):
    with at(NOON):
        invited("first@example.org").delete()
        second = invited("second@example.org")
        assert send_due() == 1
    assert Mail.objects.get().recipient == second


# --- What an administrator set aside --------------------------------------------------------


def test_what_was_set_aside_is_not_begun_again_by_the_reminders(clinician, patient):
    with at(NOON):
        give(clinician, patient)
        Mail.objects.get().give_up("SMTPRecipientsRefused 550")
        Mail.objects.failed().set_aside()
    for day in ("2026-11-25", "2026-11-26"):
        with at(f"{day} 12:00"):
            remind()
            assert not Mail.objects.under_way().exists()
    # What comes after that is news, and brings along what was not said.
    with at("2026-11-27 12:00"):
        give(clinician, patient)
    with at("2026-11-27 12:30"):
        assert send_due() == 1


def test_what_is_true_again_after_it_was_dropped_is_said(clinician, patient):
    with at(NOON):
        made = give(clinician, patient)
        made.withdraw(clinician)
    with at("2026-11-24 12:10"):
        assert send_due() == 0
        made.restore(clinician)
        remind()
    with at("2026-11-24 12:30"):
        assert send_due() == 1


# --- Unsubscribing --------------------------------------------------------------------------


def test_taking_it_back_brings_back_what_there_was_and_no_more(patient):
    """Who never wanted reminders does not get them by changing their mind about the rest."""
    patient.mails_reminders = False
    patient.save()
    page = Client().post(path_for(patient), {"List-Unsubscribe": "One-Click"}).content.decode()
    assert wishes(patient) == (False, False)
    again = re.search(r'name="again" value="([^"]*)"', page)[1]
    Client().post(path_for(patient), {"again": again})
    assert wishes(patient) == (True, False)


@pytest.mark.parametrize("again", ["", "is_active is_staff role", "\x00", "9" * 3000])
def test_taking_it_back_touches_nothing_else(patient, again):
    patient.is_active = False
    patient.save()
    assert Client().post(path_for(patient), {"again": again}).status_code == 200
    patient.refresh_from_db()
    assert not patient.is_active and patient.role == "patient"


def test_a_link_stops_the_mails_of_nobody_else(patient, other_patient):
    mine, theirs = path_for(patient), path_for(other_patient)
    base, token = mine.rsplit("/unsubscribe/", 1) if "/unsubscribe/" in mine else (mine, "")
    forged = [
        mine.replace(patient.public_id.hex, other_patient.public_id.hex),
        mine.replace(patient.public_id.hex, patient.public_id.hex.upper()),
        mine.rstrip("/")[:-2] + "/",
        mine.replace(":", "%00:"),
        theirs.replace(other_patient.public_id.hex, ""),
    ]
    assert base and mine != theirs and forged[0] != theirs
    for path in forged:
        assert Client().post(path).status_code == 404, path
    assert wishes(other_patient) == wishes(patient) == (True, True)
    # Nor does the token of one purpose serve another.
    beacon = re.sub(r"/[^/]+/$", f"/{'x' * 50}/", mine)
    assert Client().post(beacon).status_code == 404
    for method in ("get", "head"):
        assert getattr(Client(), method)(mine).status_code == 200
    assert wishes(patient) == (True, True)
    assert Client().put(mine).status_code == 405


# --- What is stored -------------------------------------------------------------------------


def test_neither_tokens_nor_names_are_stored_with_what_is_to_be_sent(clinician, patient, caplog):
    with at(NOON):
        made = give(clinician, patient)
        person = invited("nia@example.org")
        send_due()
    with at("2026-11-24 12:30"):
        send_due()
    token = mailed_path(
        next(mail for mail in django_mail.outbox if mail.to == [person.email])
    ).split("/")[2]
    stored = json.dumps(
        [*Mail.objects.values(), *DBTaskResult.objects.values(), *Invitation.objects.values()],
        default=str,
    )
    for secret in (token, person.email, person.name, patient.email, made.article.title):
        assert secret not in stored and secret not in caplog.text


def test_a_token_in_an_address_is_not_logged(patient):
    invitation = Invitation(user=patient)
    token = invitation.issue_token()
    patient.is_active = False
    patient.save()
    stop = path_for(patient)
    with listening() as lines:
        for path in (f"/invitation/{token}/", f"{stop[:-1]}x/", "/no/such/page/"):
            assert Client().get(path).status_code == 404
    assert [line["status"] for line in lines.facts("request")] == [404] * 3
    assert token not in lines.getvalue() and patient.public_id.hex not in lines.getvalue()


def test_the_mail_about_reading_says_nothing_in_its_headers(clinician, patient):
    with at(NOON):
        made = give(clinician, patient)
        made.note = "About your nights"
        made.save()
    with at("2026-11-24 12:30"):
        send_due()
    [mail] = django_mail.outbox
    whole = str(mail.message())
    for word in (made.article.slug, str(made.public_id), "nights", clinician.name, "sleep"):
        assert word.lower() not in whole.lower(), word
    assert reverse("home") in mail.body
