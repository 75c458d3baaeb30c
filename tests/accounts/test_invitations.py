"""Nobody signs up: people come in by a link that works once."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.mail import queue_invitation
from accounts.models import Invitation, Mail, Role, User
from accounts.models.invitation import InvitationAccepted, InvitationRevoked
from tests.factories import UserFactory
from tests.mails import at, deliver, mailed_path

NEW_PASSWORD = {"new_password1": "first-night-here", "new_password2": "first-night-here"}
NIGHT, DAY = "2026-11-24 22:00", "2026-11-24 12:00"


def invite(client, email="nia@example.org", **more):
    return client.post(reverse("accounts:invite"), {"name": "Nia New", "email": email, **more})


def nia():
    return User.objects.get(email="nia@example.org")


def mailed_link():
    [letter] = deliver()
    return mailed_path(letter)


def test_an_invited_patient_comes_in_and_is_in_care(signed_in, clinician):
    invite(signed_in(clinician))
    link = mailed_link()
    assert "sleep" not in str(mail.outbox[0].message()).lower()
    newcomer = Client()
    assert "Nia" in newcomer.get(link).content.decode()
    response = newcomer.post(link, NEW_PASSWORD)
    assert response["Location"] == "/"
    assert newcomer.get("/today/").status_code == 200
    assert nia() in User.objects.patients_of(clinician)
    assert nia().emailaddress_set.get().verified


def test_the_link_works_once(signed_in, clinician):
    invite(signed_in(clinician))
    link = mailed_link()
    Client().post(link, NEW_PASSWORD)
    assert Client().get(link).status_code == 404
    assert "does not work any more" in Client().post(link, NEW_PASSWORD).content.decode()


def test_the_link_expires_a_week_after_it_was_sent(signed_in, clinician):
    with at(NIGHT):
        invite(signed_in(clinician))
    with at("2026-11-25 08:00"):
        link = mailed_link()
    with at("2026-12-02 07:00"):
        assert Client().get(link).status_code == 200
    with at("2026-12-02 09:00"):
        assert Client().get(link).status_code == 404


def test_a_new_link_replaces_the_old_one_when_it_leaves(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    old = mailed_link()
    client.post(reverse("accounts:invite_again", args=[nia().public_id]))
    assert Client().get(old).status_code == 200
    new = mailed_link()
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


def test_a_withdrawn_invitation_opens_nothing(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    link = mailed_link()
    client.post(reverse("accounts:revoke", args=[nia().public_id]))
    assert Client().get(link).status_code == 404
    assert "withdrawn" in client.get(reverse("accounts:invitations")).content.decode()


@pytest.mark.parametrize("how", ["revoke", "expire"])
def test_asking_for_a_new_link_revives_no_old_one(signed_in, clinician, how):
    client = signed_in(clinician)
    invite(client)
    link = mailed_link()
    later = timedelta(0)
    if how == "revoke":
        client.post(reverse("accounts:revoke", args=[nia().public_id]))
    else:
        later = timedelta(days=8)
    with time_machine.travel(timezone.now() + later):
        signed_in(clinician).post(reverse("accounts:invite_again", args=[nia().public_id]))
        assert Invitation.objects.get().state == "pending"
        assert Client().get(link).status_code == 404
        assert Client().get(mailed_link()).status_code == 200


def test_what_is_withdrawn_before_it_leaves_does_not_leave(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    client.post(reverse("accounts:revoke", args=[nia().public_id]))
    assert deliver() == []
    assert Mail.objects.get().dropped_at
    with pytest.raises(InvitationRevoked):
        Invitation.objects.get().issue_token()


@pytest.mark.parametrize("who", ["inactive", "accepted"])
def test_whoever_left_or_is_in_gets_no_mail(signed_in, clinician, who):
    invite(signed_in(clinician))
    invitation = Invitation.objects.get()
    if who == "inactive":
        User.objects.filter(pk=invitation.user_id).update(is_active=False)
    else:
        assert invitation.accept("first-night-here")
        with pytest.raises(InvitationAccepted):
            queue_invitation(invitation)
    assert deliver() == []


def test_at_night_it_waits_and_the_inviter_is_told_until_when(signed_in, clinician):
    with at(NIGHT):
        client = signed_in(clinician)
        said = client.post(
            reverse("accounts:invite"), {"name": "Nia", "email": "nia@example.org"}, follow=True
        ).content.decode()
    assert "goes out on Wed 25 Nov at 8 a.m., their time" in said
    assert "goes out Wed 25 Nov at 8 a.m., their time" in said
    assert Mail.objects.get().send_after.isoformat() == "2026-11-25T08:00:00+00:00"


def test_by_day_it_leaves_at_once(signed_in, clinician):
    with at(DAY):
        client = signed_in(clinician)
        said = client.post(
            reverse("accounts:invite"), {"name": "Nia", "email": "nia@example.org"}, follow=True
        ).content.decode()
        assert "on its way to nia@example.org" in said
        [letter] = deliver()
        assert letter.to == ["nia@example.org"]
        said = client.get(reverse("accounts:invitations")).content.decode()
    assert "sent Tue 24 Nov, works until Tue 1 Dec" in said


def test_asking_twice_sends_one_mail(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    for _click in range(2):
        client.post(reverse("accounts:invite_again", args=[nia().public_id]))
    assert len(deliver()) == 1


def test_asking_again_does_not_wait_for_the_next_attempt(signed_in, clinician):
    with at(DAY):
        client = signed_in(clinician)
        invite(client)
        Mail.objects.update(attempts=5, send_after=timezone.now() + timedelta(hours=8))
        client.post(reverse("accounts:invite_again", args=[nia().public_id]))
        waiting = Mail.objects.get()
        assert waiting.attempts == 0
        assert waiting.send_after == timezone.now()


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
    assert not Mail.objects.exists()


def test_a_clinician_invites_patients_only(signed_in, clinician):
    invite(signed_in(clinician), role=Role.ADMINISTRATOR)
    assert nia().role == Role.PATIENT


def test_an_administrator_invites_anybody_without_becoming_their_clinician(
    signed_in, administrator
):
    invite(signed_in(administrator), role=Role.CLINICIAN)
    assert nia().role == Role.CLINICIAN
    assert not nia().care_given.exists()


def test_when_the_mail_fails_for_good_the_inviter_sees_it(signed_in, clinician):
    client = signed_in(clinician)
    invite(client)
    Mail.objects.update(failed_at=timezone.now(), error="SMTPRecipientsRefused 550")
    page = client.get(reverse("accounts:invitations")).content.decode()
    assert "mail not delivered" in page
    client.post(reverse("accounts:invite_again", args=[nia().public_id]))
    page = client.get(reverse("accounts:invitations")).content.decode()
    assert "mail not delivered" not in page


@pytest.mark.parametrize("token", ["x", "x" * 3000, "%00", "%ff%fe", "ü"])
def test_no_token_breaks_the_page(db, token):
    assert Client().get(f"/invitation/{token}/").status_code == 404


@pytest.mark.parametrize("people", [1, 3])
def test_queries_of_the_list_do_not_grow(signed_in, clinician, django_assert_num_queries, people):
    client = signed_in(clinician)
    for number in range(people):
        invite(client, email=f"nia{number}@example.org")
    client.get(reverse("accounts:invitations"))
    with django_assert_num_queries(7):
        client.get(reverse("accounts:invitations"))
