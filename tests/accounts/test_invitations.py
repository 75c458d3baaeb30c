"""Nobody signs up: people come in by a link that works once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation, Role, User
from tests.factories import UserFactory

NEW_PASSWORD = {"new_password1": "first-night-here", "new_password2": "first-night-here"}


def invite(client, email="nia@example.org", **more):
    return client.post(reverse("accounts:invite"), {"name": "Nia New", "email": email, **more})


def mailed_link():
    return re.search(r"http://testserver(/invitation/\S+)", mail.outbox[-1].body)[1]


def test_an_invited_patient_comes_in_and_is_in_care(signed_in, clinician):
    invite(signed_in(clinician))
    assert "sleep" not in (mail.outbox[0].subject + mail.outbox[0].body).lower()
    newcomer = Client()
    link = mailed_link()
    assert "Nia" in newcomer.get(link).content.decode()
    response = newcomer.post(link, NEW_PASSWORD)
    assert response["Location"] == "/"
    assert newcomer.get("/today/").status_code == 200
    nia = User.objects.get(email="nia@example.org")
    assert nia in User.objects.patients_of(clinician)
    assert nia.emailaddress_set.get().verified


def test_the_link_works_once(signed_in, clinician):
    invite(signed_in(clinician))
    link = mailed_link()
    Client().post(link, NEW_PASSWORD)
    assert Client().get(link).status_code == 404
    assert "does not work any more" in Client().post(link, NEW_PASSWORD).content.decode()


def test_the_link_expires(signed_in, clinician):
    invite(signed_in(clinician))
    link = mailed_link()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        assert Client().get(link).status_code == 404


def test_a_new_link_replaces_the_old_one(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    old = mailed_link()
    nia = User.objects.get(email="nia@example.org")
    client.post(reverse("accounts:invite_again", args=[nia.public_id]))
    assert Client().get(old).status_code == 404
    assert Client().get(mailed_link()).status_code == 200


def test_a_withdrawn_invitation_opens_nothing(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    nia = User.objects.get(email="nia@example.org")
    client.post(reverse("accounts:revoke", args=[nia.public_id]))
    assert Client().get(mailed_link()).status_code == 404
    assert "withdrawn" in client.get(reverse("accounts:invitations")).content.decode()


def test_a_weak_password_is_said_beside_the_field(signed_in, clinician):
    invite(signed_in(clinician))
    response = Client().post(mailed_link(), {"new_password1": "short", "new_password2": "short"})
    assert "at least 12 characters" in response.content.decode()
    assert Invitation.objects.get().state == "pending"


def test_the_link_is_not_in_the_database(signed_in, clinician):
    invite(signed_in(clinician))
    token = mailed_link().split("/")[2]
    assert token not in str(Invitation.objects.values().get())


def test_a_known_address_is_said_and_what_was_typed_stays(signed_in, clinician):
    UserFactory(email="nia@example.org")
    response = invite(signed_in(clinician), email="NIA@example.org")
    assert "already has an account" in response.content.decode()
    assert "Nia New" in response.content.decode()
    assert not mail.outbox


def test_a_clinician_invites_patients_only(signed_in, clinician):
    invite(signed_in(clinician), role=Role.ADMINISTRATOR)
    assert User.objects.get(email="nia@example.org").role == Role.PATIENT


def test_an_administrator_invites_anybody_without_becoming_their_clinician(
    signed_in, administrator
):
    invite(signed_in(administrator), role=Role.CLINICIAN)
    nia = User.objects.get(email="nia@example.org")
    assert nia.role == Role.CLINICIAN
    assert not nia.care_given.exists()


def test_when_the_mail_server_is_down_the_invitation_is_kept(signed_in, clinician, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = signed_in(clinician).post(
        reverse("accounts:invite"), {"name": "Nia", "email": "nia@example.org"}, follow=True
    )
    assert "could not be sent" in response.content.decode()
    assert Invitation.objects.exists()


@pytest.mark.parametrize("token", ["x", "x" * 3000, "%00", "%ff%fe", "ü"])
def test_no_token_breaks_the_page(db, token):
    assert Client().get(f"/invitation/{token}/").status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_queries_of_the_list_do_not_grow(signed_in, clinician, django_assert_num_queries, people):
    client = signed_in(clinician)
    for number in range(people):
        invite(client, email=f"nia{number}@example.org")
    client.get(reverse("accounts:invitations"))
    with django_assert_num_queries(5):
        client.get(reverse("accounts:invitations"))
