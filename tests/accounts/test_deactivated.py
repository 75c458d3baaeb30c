"""Somebody who is deactivated is out at the next click, whatever was open."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, Role
from tests.factories import PASSWORD, UserFactory
from tests.mails import deliver, mailed_path

HOMES = {
    Role.PATIENT: "/today/",
    Role.CLINICIAN: "/caseload/",
    Role.EDITOR: "/admin/",
    Role.ADMINISTRATOR: "/admin/",
}


def deactivate(user):
    user.is_active = False
    user.save()


@pytest.mark.parametrize("role", Role.values)
def test_an_open_session_ends_at_the_next_request(db, signed_in, role):
    user = UserFactory(role=role)
    client = signed_in(user)
    assert client.get(HOMES[role]).status_code == 200
    deactivate(user)
    for method in (client.get, client.post):
        response = method(HOMES[role])
        assert response.status_code == 302
        assert "login" in response["Location"]


def test_a_password_is_not_set_anew(db):
    user = UserFactory(email="gone@example.org")
    reset = {"email": "gone@example.org"}
    Client().post(reverse("account_reset_password"), reset)
    [letter] = deliver()
    link = mailed_path(letter, "/account/password/reset/key/")
    deactivate(user)
    Client().post(reverse("account_reset_password"), reset)
    assert deliver() == [], "no new link"
    # Nor does the link that was sent before bring anybody in.
    client = Client()
    page = client.get(link, follow=True)
    new = {"password1": "another-lamp-tonight", "password2": "another-lamp-tonight"}
    client.post(page.request["PATH_INFO"], new)
    for password in (PASSWORD, new["password1"]):
        client.post(reverse("account_login"), {"login": user.email, "password": password})
        assert client.get("/profile/").status_code == 302


def test_an_invitation_opens_nothing(db, signed_in, clinician):
    invitation = Invitation(user=UserFactory(), invited_by=clinician)
    token = invitation.issue_token()
    url = reverse("accounts:accept_invitation", args=[token])
    assert Client().get(url).status_code == 200
    deactivate(invitation.user)
    assert Client().get(url).status_code == 404
    new = {"new_password1": "first-night-here", "new_password2": "first-night-here"}
    assert Client().post(url, new).status_code == 404


def test_whoever_treats_them_sees_that_they_can_not_sign_in(signed_in, clinician, patient):
    client = signed_in(clinician)
    pages = (reverse("care:caseload"), reverse("care:patient", args=[patient.public_id]))
    for said in (False, True):
        assert ["deactivated" in client.get(page).content.decode() for page in pages] == [said] * 2
        deactivate(patient)
