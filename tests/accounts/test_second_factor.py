"""A second step at sign-in: for whom it is required, by app and by recovery codes."""

import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.mfa.codes import use_code
from accounts.models import Invitation, Role
from accounts.sealed import seal
from tests.care.test_races import at_once
from tests.factories import PASSWORD, ClinicianFactory, PatientFactory, UserFactory
from tests.mails import deliver, mailed_path

SETUP, APP = "/account/2fa/", "/account/2fa/totp/activate/"
STEP, CODES = "/account/2fa/authenticate/", "/account/2fa/recovery-codes/"
NOW = timezone.now().replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def required(settings):
    settings.MFA_REQUIRED = True
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def committed_within_the_request(monkeypatch):
    """Around a test there is a transaction; around a request there is none."""
    monkeypatch.setattr(transaction, "on_commit", lambda work, **options: work())


def sign_in(person, client=None, then="/"):
    client = client or Client()
    answer = client.post(
        reverse("account_login"), {"login": person.email, "password": PASSWORD, "next": then}
    )
    return client, answer


def code_of(secret, steps=0):
    """What the app shows now, or so many steps of 30 seconds later."""
    step = int(timezone.now().timestamp()) // 30 + steps
    return format_hotp_value(hotp_value(secret, step))


def set_up(client):
    """Set up an app with the key that the page shows; gives the key."""
    page = client.get(APP).content.decode()
    secret = re.search(r'id="authenticator_secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    answer = client.post(APP, {"code": code_of(secret)})
    assert answer.url == CODES
    return secret


def recovery_codes(client):
    return re.findall(r"^\d{4} \d{4}$", client.get(f"{CODES}download/").content.decode(), re.M)


@pytest.mark.parametrize("role", ["clinician", "editor", "administrator"])
def test_staff_get_in_with_a_second_step_only(db, role, required):
    person = UserFactory(role=role)
    other_device, _answer = sign_in(person)
    client, _answer = sign_in(person, then="/profile/?from=mail")
    wanted = "/profile/?from=mail"
    for path in (wanted, "/", "/admin/", "/account/password/change/", "/account/sessions/"):
        assert client.get(path).url == SETUP
    assert client.post("/profile/", {"name": "Changed"}).url == SETUP
    person.refresh_from_db()
    assert person.name != "Changed"
    # What is public stays open, and one can leave.
    for name in ("portal:help", "account_logout"):
        assert client.get(reverse(name)).status_code == 200
    client.get(wanted)
    assert "needs a second step" in client.get(SETUP).content.decode()

    secret = set_up(client)
    page = client.get(CODES).content.decode()
    assert f'href="{wanted}"' in page
    assert len(re.findall(r"<code>\d{4} \d{4}</code>", page)) == 10
    assert client.get(wanted).status_code == 200
    deliver()
    told = [one.to for one in mail.outbox if "second step" in one.subject]
    assert told == [[person.email]]
    # Who knows the password only is out, wherever they were.
    assert other_device.get("/profile/").url.startswith("/account/login/")
    assert Authenticator.objects.filter(user=person).count() == 2

    # The next sign-in asks for a code; the one that set it up has been used.
    again, answer = sign_in(person, then=wanted)
    assert answer.url == STEP
    assert again.get("/profile/").url.startswith("/account/login/")
    assert "not right" in again.post(STEP, {"code": code_of(secret)}).content.decode()
    required.shift(timedelta(seconds=30))
    assert again.post(STEP, {"code": f" {code_of(secret)} "}).url == wanted
    assert again.get(wanted).status_code == 200


def test_patients_may_have_one_and_may_remove_it(db, required):
    person = PatientFactory()
    client, answer = sign_in(person)
    assert client.get("/profile/").status_code == 200
    set_up(client)
    assert "In use" in client.get(SETUP).content.decode()
    other, answer = sign_in(person)
    assert answer.url == STEP
    assert client.post(reverse("mfa_deactivate_totp")).url == SETUP
    assert not Authenticator.objects.filter(user=person).exists()
    assert client.get("/profile/").status_code == 200
    assert sign_in(person)[1].url == "/"


def test_a_new_password_by_mail_is_no_way_around_it(db):
    person = PatientFactory()
    set_up(sign_in(person)[0])
    deliver()
    thief = Client()
    thief.post(reverse("account_reset_password"), {"email": person.email})
    page = thief.get(mailed_path(deliver()[-1], "/account/password/reset/key/"), follow=True)
    thief.post(page.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD})
    assert thief.get("/today/").status_code == 302
    assert sign_in(person, thief)[1].url.startswith(STEP)
    assert thief.get("/today/").status_code == 302


def test_the_last_one_stays_while_it_is_required_and_a_lost_one_is_missed(db):
    person = ClinicianFactory()
    client, _answer = sign_in(person)
    set_up(client)
    assert client.post(reverse("mfa_deactivate_totp")).url == SETUP
    assert "before you remove this one" in client.get(SETUP).content.decode()
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    # As a patient they remove it; back at work the session does not remember what is gone.
    type(person).objects.filter(pk=person.pk).update(role=Role.PATIENT)
    client.post(reverse("mfa_deactivate_totp"))
    type(person).objects.filter(pk=person.pk).update(role=Role.CLINICIAN)
    assert client.get("/caseload/").url == SETUP


def test_a_session_that_showed_none_is_asked_for_the_one_that_there_is(db, signed_in):
    person = ClinicianFactory()
    client, _answer = sign_in(person)
    secret = set_up(client)
    bare = signed_in(person)
    for path in ("/caseload/", APP, reverse("mfa_add_webauthn"), reverse("mfa_deactivate_totp")):
        asked = bare.get(path).url
        assert asked.startswith("/account/2fa/reauthenticate/?next=%2F")
    asked = bare.get("/caseload/?show=all").url
    assert "show%3Dall" in asked
    page = bare.get(asked).content.decode()
    assert "recovery code" in page
    answer = bare.post(asked, {"code": code_of(secret, 1), "next": "/caseload/?show=all"})
    assert answer.url == "/caseload/?show=all"
    assert bare.get("/caseload/").status_code == 200


def test_who_has_shown_it_costs_no_query_more(db, settings):
    client, _answer = sign_in(ClinicianFactory())
    set_up(client)

    def queries():
        client.get("/profile/")
        with connection.execute_wrapper(lambda execute, *args: counted.append(1) or execute(*args)):
            counted = []
            client.get("/profile/")
        return len(counted)

    with_it = queries()
    settings.MFA_REQUIRED = False
    assert queries() == with_it


def test_a_code_works_once_for_one_person_and_not_for_long(db, required):
    person, stranger = PatientFactory(), PatientFactory()
    secret = set_up(sign_in(person)[0])
    their_secret = set_up(sign_in(stranger)[0])
    required.shift(timedelta(minutes=5))
    assert use_code(person, code_of(their_secret)) is None
    assert use_code(person, code_of(secret, -2)) is None
    assert use_code(person, code_of(secret, 2)) is None
    assert use_code(person, code_of(secret, -1))
    assert use_code(person, code_of(secret))
    assert use_code(person, code_of(secret)) is None
    # Once a newer one was used, an older one that somebody looked at is worth nothing.
    assert use_code(person, code_of(secret, 1))
    assert use_code(person, code_of(secret, -1)) is None


def test_recovery_codes_work_once_and_run_out_with_a_warning(db, required):
    person = ClinicianFactory()
    client, _answer = sign_in(person)
    set_up(client)
    codes = recovery_codes(client)
    assert len(codes) == 10
    for used in range(7):
        again, _answer = sign_in(person)
        assert again.post(STEP, {"code": codes[used]}).status_code == 302
    assert "You have 3 recovery codes left" in again.get("/profile/").content.decode()
    again, _answer = sign_in(person)
    assert again.post(STEP, {"code": codes[0].replace(" ", "")}).status_code == 200
    client.post(reverse("mfa_generate_recovery_codes"))
    assert not set(codes) & set(recovery_codes(client))
    assert use_code(person, codes[9]) is None


def test_guessing_is_stopped_and_nobody_else_is(db, required):
    person, other = ClinicianFactory(), ClinicianFactory()
    secret = set_up(sign_in(person)[0])
    other_secret = set_up(sign_in(other)[0])
    required.shift(timedelta(minutes=1))
    guesser, _answer = sign_in(person)
    for wrong in range(5):
        guesser.post(STEP, {"code": f"{wrong:06}"})
    page = guesser.post(STEP, {"code": code_of(secret)}).content.decode()
    assert "Wait five minutes" in page
    # Another browser changes nothing, and other people are not held up.
    fresh, _answer = sign_in(person)
    assert "Wait five minutes" in fresh.post(STEP, {"code": code_of(secret)}).content.decode()
    unharmed, _answer = sign_in(other)
    assert unharmed.post(STEP, {"code": code_of(other_secret)}).status_code == 302
    required.shift(timedelta(minutes=5, seconds=1))
    fresh, _answer = sign_in(person)
    assert fresh.post(STEP, {"code": code_of(secret)}).status_code == 302


@pytest.mark.parametrize(
    "code", ["", "\x00", "9" * 100_000, "١٢٣٤٥٦", "{{7*7}}", "\u202e123456", "-1", "1e9"]
)
def test_no_code_breaks_the_page(db, code):
    person = PatientFactory()
    client, _answer = sign_in(person)
    client.get(APP)
    assert client.post(APP, {"code": code}).status_code == 200
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "x"})
    assert not Authenticator.objects.filter(user=person, type="totp").exists()


def test_secrets_are_sealed_wherever_they_are_stored(db, settings):
    person = ClinicianFactory()
    client, _answer = sign_in(person)
    page = client.get(APP).content.decode()
    secret = re.search(r'id="authenticator_secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    assert secret not in str(dict(client.session))
    set_up(client)
    stored = {one.type: one.data for one in Authenticator.objects.filter(user=person)}
    assert stored["totp"]["secret"].startswith("gAAAA")
    assert stored["recovery_codes"]["seed"].startswith("gAAAA")

    old, new = settings.JOURNAL_KEYS[0], Fernet.generate_key().decode()
    before = recovery_codes(client)
    settings.JOURNAL_KEYS = [new, old]
    out = StringIO()
    with pytest.raises(CommandError, match="older key is still needed"):
        call_command("rotate_journal_keys", "--check", stdout=out)
    call_command("rotate_journal_keys", stdout=out)
    settings.JOURNAL_KEYS = [new]
    call_command("rotate_journal_keys", "--check", stdout=out)
    assert recovery_codes(client) == before

    # Without the key nobody gets in, and no codes are made of anything else.
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    assert client.get(SETUP).status_code == 200
    assert client.get(CODES).status_code == 404
    again, _answer = sign_in(person)
    assert again.post(STEP, {"code": "00000000"}).status_code == 200
    with pytest.raises(CommandError, match="key is missing"):
        call_command("rotate_journal_keys", stdout=out)


def test_a_locked_out_colleague_is_let_in_again_from_the_shell(db):
    person = ClinicianFactory()
    client, _answer = sign_in(person)
    set_up(client)
    out = StringIO()
    call_command("reset_second_factor", person.email.upper(), stdout=out)
    assert "app, recovery codes" in out.getvalue()
    assert "Sessions ended: 1" in out.getvalue()
    assert "set up a new second factor" in out.getvalue()
    assert "As you asked" in deliver()[-1].body
    assert client.get("/caseload/").url.startswith("/account/login/")
    assert not UserSession.objects.filter(user=person).exists()
    again, answer = sign_in(person)
    assert answer.url == "/"
    assert again.get("/").url == SETUP
    with pytest.raises(CommandError, match="no second factor"):
        call_command("reset_second_factor", person.email)
    with pytest.raises(CommandError, match="Nobody"):
        call_command("reset_second_factor", "nobody@example.org")


def test_nobody_sees_second_factors_in_the_admin(db, signed_in, settings):
    settings.MFA_REQUIRED = False
    boss = UserFactory(role=Role.ADMINISTRATOR, is_superuser=True)
    for path in ("/admin/mfa/authenticator/", "/admin/usersessions/usersession/"):
        assert signed_in(boss).get(path).status_code == 404


def test_an_invited_colleague_sets_one_up_at_once(db):
    boss = UserFactory(role=Role.ADMINISTRATOR)
    person = ClinicianFactory()
    person.set_unusable_password()
    person.save()
    invitation = Invitation(user=person, invited_by=boss)
    path = reverse("accounts:accept_invitation", args=[invitation.issue_token()])
    client = Client()
    words = {"new_password1": "a-window-on-the-lake", "new_password2": "a-window-on-the-lake"}
    assert client.post(path, words).url == "/"
    assert client.get("/caseload/").url == SETUP
    set_up(client)
    assert client.get("/caseload/").status_code == 200
    assert UserSession.objects.filter(user=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_type_the_same_code_at_once_one_gets_in(required):
    person = PatientFactory()
    secret = generate_totp_secret()
    Authenticator.objects.create(user=person, type="totp", data={"secret": seal(secret)})
    code = code_of(secret)
    accepted = at_once(*[lambda: use_code(person, code) is not None] * 4)
    assert sorted(accepted) == [False, False, False, True]
