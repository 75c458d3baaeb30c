"""Passkeys: added, used instead of a password, and refused where they should be."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from fido2.utils import websafe_encode

from tests.accounts.soft_passkey import SoftPasskey, login_options, options_in
from tests.factories import PASSWORD, ClinicianFactory, PatientFactory

ADD, LOGIN = "/account/2fa/webauthn/add/", "/account/2fa/webauthn/login/"
AGAIN, STEP = "/account/2fa/webauthn/reauthenticate/", "/account/2fa/authenticate/"


@pytest.fixture(autouse=True)
def as_on_a_real_host(settings):
    settings.MFA_REQUIRED = True
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False


def sign_in(person, client=None):
    client = client or Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    return client


def with_passkey(person):
    passkey = SoftPasskey()
    assert passkey.added_by(sign_in(person)).status_code == 302
    return passkey


def use(client, passkey, handle=None, **more):
    credential = passkey.answer(login_options(client), handle)
    return client.post(LOGIN, {"credential": json.dumps(credential), **more})


def test_a_passkey_signs_in_by_itself_and_back_to_where_one_was(db):
    person = ClinicianFactory()
    passkey = SoftPasskey()
    first = sign_in(person)
    assert first.get("/caseload/").url == "/account/2fa/"
    answer = passkey.added_by(first, name="Phone <b>of Clara</b>")
    assert answer.url == "/account/2fa/recovery-codes/"
    assert "I have kept them" in first.get(answer.url).content.decode()
    assert first.get("/caseload/").status_code == 200
    assert (
        "Phone &lt;b&gt;of Clara&lt;/b&gt;" in first.get("/account/2fa/webauthn/").content.decode()
    )
    stored = Authenticator.objects.get(user=person, type="webauthn")
    assert set(stored.data) == {"name", "credential"}

    client = Client()
    answer = use(client, passkey, next="/caseload/?show=all")
    assert answer.url == "/caseload/?show=all"
    assert client.get("/caseload/").status_code == 200
    # Nothing of a row or a name is in what the passkey keeps.
    assert passkey.handle == websafe_encode(person.public_id.bytes)
    assert use(Client(), passkey, next="https://evil.example/").url == "/"

    # As the second step after the password, and before something that matters.
    second = sign_in(person)
    credential = passkey.answer(options_in(second.get(STEP).content.decode()))
    assert second.post(STEP, {"credential": json.dumps(credential)}).url == "/"
    assert second.get("/caseload/").status_code == 200
    credential = passkey.answer(options_in(second.get(AGAIN).content.decode()))
    answer = second.post(AGAIN, {"credential": json.dumps(credential), "next": "/profile/"})
    assert answer.url == "/profile/"


def test_a_passkey_of_somebody_else_or_from_elsewhere_is_refused(db):
    person, stranger = PatientFactory(), PatientFactory()
    passkey, theirs = with_passkey(person), with_passkey(stranger)
    nobody = websafe_encode(b"0" * 16)

    def refused(client, answer):
        assert answer.url == "/account/login/"
        assert client.get("/profile/").url.startswith("/account/login/")
        return client.get("/account/login/").content.decode()

    for attempt in (
        lambda client: use(client, theirs, passkey.handle),
        lambda client: use(client, passkey, nobody),
        lambda client: use(client, SoftPasskey(), passkey.handle),
    ):
        client = Client()
        assert "not accepted" in refused(client, attempt(client))
    # Another site's page, no finger or PIN, and an answer that was used before.
    for wrong in (
        SoftPasskey(origin="https://testserver.evil.example"),
        SoftPasskey(verified=False),
    ):
        wrong.key, wrong.id, wrong.handle = passkey.key, passkey.id, passkey.handle
        client = Client()
        refused(client, use(client, wrong))
    client = Client()
    credential = json.dumps(passkey.answer(login_options(client)))
    assert client.post(LOGIN, {"credential": credential}).url == "/"
    client = Client()
    login_options(client)
    refused(client, client.post(LOGIN, {"credential": credential}))

    # The second step takes one's own only, and a deactivated person's opens nothing.
    second = sign_in(person)
    other = theirs.answer(options_in(second.get(STEP).content.decode()), passkey.handle)
    assert "not accepted" in second.post(STEP, {"credential": json.dumps(other)}).content.decode()
    type(person).objects.filter(pk=person.pk).update(is_active=False)
    client = Client()
    use(client, passkey)
    assert client.get("/profile/").url.startswith("/account/login/")


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 10_000,
        '{"a":' * 3_000,
        "9" * 5_000,
        "x" * 30_000,
        '{"id": "\\ud800", "rawId": "\\u0000", "type": "public-key", "response": {}}',
        '{"id": 1, "rawId": [], "type": {}, "response": {"userHandle": 5}}',
        '{"response": []}',
        '{"response": {"userHandle": "\\u0000"}}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA",'
        ' "attestationObject": "AA", "authenticatorData": "AA", "signature": "AA"}}',
    ],
)
def test_nothing_that_a_browser_says_breaks_a_page(patient, credential):
    client = Client()
    login_options(client)
    assert client.post(LOGIN, {"credential": credential}).status_code == 302
    client = sign_in(patient)
    client.get(ADD)
    for path in (ADD, AGAIN):
        answer = client.post(path, {"name": "x", "credential": credential})
        assert answer.status_code in (200, 302, 403)
    assert not Authenticator.objects.filter(user=patient).exists()


def test_what_is_kept_of_a_passkey_is_what_we_wrote(patient):
    client, passkey = sign_in(patient), SoftPasskey()
    made = passkey.made_for(options_in(client.get(ADD).content.decode()))
    made |= {"more": "\ud800\x00", "clientExtensionResults": {"more": "\x00"}}
    client.post(ADD, {"name": "", "credential": json.dumps(made)})
    stored = Authenticator.objects.get(user=patient, type="webauthn").data
    assert stored["name"] == "Passkey 1"
    assert stored["credential"]["clientExtensionResults"] == {}
    assert "more" not in stored["credential"]
    client.post(reverse("account_logout"))
    assert use(client, passkey).url == "/"


def test_names_and_removing_are_for_its_owner(db, django_assert_max_num_queries):
    person, stranger = PatientFactory(), PatientFactory()
    client = sign_in(person)
    SoftPasskey().added_by(client)
    mine = Authenticator.objects.get(user=person, type="webauthn")
    rename, remove = (
        f"/account/2fa/webauthn/keys/{mine.pk}/edit/",
        "/account/2fa/webauthn/keys/{}/remove/",
    )
    theirs = sign_in(stranger)
    assert theirs.get(rename).status_code == 404
    assert theirs.post(remove.format(mine.pk)).status_code == 404
    assert client.get(remove.format("9" * 40)).status_code == 404
    assert client.post(rename, {"name": "x" * 61}).status_code == 200
    assert client.post(rename, {"name": "Work laptop"}).status_code == 302
    assert "Work laptop" in client.get("/account/2fa/webauthn/").content.decode()

    for _more in range(9):
        SoftPasskey().added_by(client)
    answer = SoftPasskey().added_by(client)
    assert "You have 10 passkeys" in answer.content.decode()
    for path in ("/account/2fa/webauthn/", "/account/2fa/"):
        with django_assert_max_num_queries(8):
            client.get(path)
    assert client.post(remove.format(mine.pk)).status_code == 302
    assert Authenticator.objects.filter(user=person, type="webauthn").count() == 9
