"""Attempts on the ways in, on the record of access, and on what a backup gives away."""

from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Device, User
from portal.backup.databases import Postgres
from tests.factories import PASSWORD, PatientFactory
from tests.mails import answer_who_forgot, deliver

LOGIN, RESET = "/account/login/", "/account/password/reset/"


def sign_in(email, password=PASSWORD, client=None, ip="10.0.0.1"):
    return (client or Client()).post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR=ip)


# --- Whose address that is ------------------------------------------------------------------

# PostgreSQL's UPPER, with which it compares without case, makes the same of both.
LOOKALIKES = ["sım.mills@example.org", "ſim.millſ@example.org"]


@pytest.mark.parametrize("lookalike", LOOKALIKES)
def test_nobody_is_tried_more_often_under_an_address_that_looks_like_theirs(db, lookalike):
    person = PatientFactory(email="sim.mills@example.org")
    assert sign_in(person.email.title()).status_code == 302
    answer = sign_in(lookalike)
    assert answer.status_code == 200 and "is not right" in answer.content.decode()
    Client().post(RESET, {"email": lookalike})
    answer_who_forgot()
    assert deliver() == []


@pytest.mark.parametrize("lookalike", LOOKALIKES)
def test_nobody_locks_somebody_out_with_an_address_that_looks_like_theirs(db, lookalike):
    """Whoever owns such a domain can give themselves such an address."""
    person = PatientFactory(email="sim.mills@example.org", name="Zoe")
    other = PatientFactory(email=lookalike, name="Adam")
    client = Client()
    assert sign_in(person.email, client=client).status_code == 302
    assert Device.objects.get().person == person
    for one in (person, other):
        cache.clear()
        Client().post(RESET, {"email": one.email})
        (mail,) = deliver()
        assert mail.to == [one.email]
    assert User.objects.get_by_natural_key("Sim.Mills@example.org") == person


def test_who_has_come_in_is_told_when_an_administrator_changes_the_address(
    administrator, signed_in
):
    """Or an administrator could become a patient by asking for a new password, unnoticed."""
    person = PatientFactory(email="before@example.org")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    invited = PatientFactory(email="mistyped@example.org")
    invited.set_unusable_password()
    invited.save()
    client = signed_in(administrator)
    for one, email in ((person, "after@example.org"), (invited, "right@example.org")):
        client.post(
            reverse("admin:accounts_user_change", args=[one.pk]),
            {"name": one.name, "email": email, "role": "patient", "is_active": "on",
             "time_zone": "UTC", "language": "en-us"},
        )  # fmt: skip
        one.refresh_from_db()
        assert one.email == email
    # Who has never come in may never have had the mistyped one: somebody else would be told.
    (mail,) = deliver()
    assert mail.to == ["before@example.org"]
    assert "after@example.org" in mail.body and "call the clinic" in mail.body


# --- Backups --------------------------------------------------------------------------------


@pytest.mark.once
def test_no_password_stands_in_the_list_of_processes(monkeypatch):
    """However DATABASE_URL names it: before the host, or among the options."""
    monkeypatch.setattr("portal.backup.databases._program", lambda name: name)
    for said in ({"PASSWORD": "canary"}, {"PASSWORD": "", "OPTIONS": {"password": "canary"}}):
        settings = {"NAME": "portal", "USER": "portal", "HOST": "db", "PORT": "", "OPTIONS": {}}
        database = Postgres(SimpleNamespace(settings_dict=settings | said))  # type: ignore[arg-type]
        command, environment = database._command("pg_dump")
        assert "canary" not in " ".join(command)
        assert environment["PGPASSWORD"] == "canary"
