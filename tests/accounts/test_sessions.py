"""How long a session lasts, where its end leads, the list of sessions, and new browsers."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.usersessions.models import UserSession
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Device
from accounts.sessions.browsers import browser_of
from accounts.sessions.reauthentication import fresh_sign_in_required
from tests.factories import PASSWORD, ClinicianFactory, PatientFactory
from tests.mails import deliver, mailed_path

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
STANDING = "/session/"


@pytest.fixture(autouse=True)
def limits(settings):
    settings.IDLE_MINUTES_STAFF, settings.IDLE_MINUTES_PATIENT = 15, 30
    settings.SESSION_HOURS = 12


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def sign_in(person, agent=FIREFOX, client=None):
    client = client or Client(headers={"user-agent": agent})
    answer = client.post(
        reverse("account_login"), {"login": person.email, "password": PASSWORD, "next": "/help/"}
    )
    assert answer["Location"] == "/help/"
    return client


def ended(answer):
    """How the sign-in page is told what happened, and where it leads on to."""
    assert answer.status_code == 302
    address = urlsplit(answer["Location"])
    assert address.path == reverse("account_login")
    said = parse_qs(address.query)
    return said.get("ended"), said["next"]


# --- Limits ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "minutes"), [(PatientFactory, 30), (ClinicianFactory, 15)])
def test_so_long_without_a_click_and_back_to_where_one_was(clock, signed_in, make, minutes):
    client = signed_in(make())
    path = "/profile/?from=mail"
    for _click in range(3):
        clock.shift(timedelta(minutes=minutes, seconds=-1))
        assert client.get(path).status_code == 200
    clock.shift(timedelta(minutes=minutes))
    # Public pages are there for anybody; nothing of theirs is on them.
    assert ended(client.get(path)) == (["idle"], [path])
    assert ended(client.get(path)) == (None, [path])
    assert client.get("/help/").status_code == 200
    page = client.get(f"{reverse('account_login')}?ended=idle&next=/profile/").content.decode()
    assert "You were signed out" in page and 'value="/profile/"' in page


def test_never_longer_than_the_day_whatever_is_clicked(clock, settings, signed_in):
    settings.SESSION_HOURS = 1
    client = signed_in(PatientFactory())
    for _click in range(3):
        clock.shift(timedelta(minutes=15))
        assert client.get("/profile/").status_code == 200
    told = json.loads(client.post(STANDING).content)
    assert (told["left"], told["limit"]) == (900, "long")
    clock.shift(timedelta(minutes=15))
    assert ended(client.get("/profile/")) == (["long"], ["/profile/"])


def test_a_click_is_noted_at_most_once_a_minute(clock, signed_in):
    client = signed_in(PatientFactory())

    def writes():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/profile/").status_code == 200
        return sum("UPDATE" in query["sql"] for query in queries)

    assert writes() == 0
    clock.shift(timedelta(seconds=59))
    assert writes() == 0
    clock.shift(timedelta(seconds=1))
    assert (writes(), writes()) == (1, 0)
    # A clock that is put right by an hour signs nobody out and keeps nobody in.
    clock.shift(timedelta(hours=-1))
    assert (writes(), writes()) == (1, 0)
    clock.shift(timedelta(minutes=30))
    assert ended(client.get("/profile/"))[0] == ["idle"]


def test_what_is_sent_after_the_end_is_not_done_and_leads_back_to_its_page(clock, signed_in):
    person = PatientFactory(name="As before")
    client = signed_in(person)
    clock.shift(timedelta(minutes=31))
    answer = client.post(
        "/profile/", {"name": "Changed"}, headers={"referer": "http://testserver/profile/?a=1"}
    )
    assert ended(answer) == (["sent"], ["/profile/?a=1"])
    assert "is not saved" in client.get(answer["Location"]).content.decode()
    person.refresh_from_db()
    assert person.name == "As before"


@pytest.mark.parametrize(
    "referer", ["", "https://evil.example/profile/", "//evil.example", "javascript:alert(1)", "\\"]
)
def test_no_referer_leads_out_of_the_portal(clock, signed_in, referer):
    client = signed_in(PatientFactory())
    clock.shift(timedelta(minutes=31))
    assert ended(client.post("/profile/", headers={"referer": referer})) == (["sent"], ["/"])


def test_a_script_can_ask_without_keeping_the_session(clock, signed_in):
    person = PatientFactory()
    client = signed_in(person)
    clock.shift(timedelta(minutes=20))
    told = json.loads(client.get(STANDING).content)
    assert (told["who"], told["left"], told["limit"]) == (str(person.public_id), 600, "idle")
    clock.shift(timedelta(minutes=5))
    assert json.loads(client.get(STANDING).content)["left"] == 300
    answer = client.post(STANDING)
    assert json.loads(answer.content)["left"] == 1800
    assert "no-store" in answer["Cache-Control"]
    clock.shift(timedelta(minutes=30))
    assert json.loads(client.post(STANDING).content) == {"who": "", "left": 0}
    assert json.loads(Client().get(STANDING).content) == {"who": "", "left": 0}


def test_the_script_needs_a_token_to_keep_the_session(signed_in):
    client = signed_in(PatientFactory(), enforce_csrf_checks=True)
    assert client.post(STANDING).status_code == 403
    token = json.loads(client.get(STANDING).content)["token"]
    assert client.post(STANDING, headers={"x-csrftoken": token}).status_code == 200


def test_a_session_from_before_there_were_limits_begins_now(signed_in):
    client = signed_in(PatientFactory())
    session = client.session
    del session["seen_at"], session["signed_in_at"]
    session.save()
    assert client.get("/profile/").status_code == 200
    assert client.session["seen_at"] and client.session["signed_in_at"]


def test_every_page_of_somebody_signed_in_brings_the_script_and_no_other(signed_in, editor):
    client = signed_in(editor)
    for path in ("/profile/", "/admin/", "/help/"):
        page = client.get(path).content.decode()
        assert 'id="session-end"' in page and "js/session.js" in page, path
    assert "session.js" not in Client().get("/help/").content.decode()


# --- The list -------------------------------------------------------------------------------


def test_sessions_are_listed_and_can_be_ended(clock):
    person = PatientFactory()
    here, phone, other = (sign_in(person, agent) for agent in (FIREFOX, PHONE, PHONE))
    stranger = sign_in(PatientFactory())
    listing = reverse("usersessions_list")
    page = here.get(listing).content.decode()
    assert page.index("Firefox on Linux") < page.index("this browser")
    assert page.count("Safari on iPhone") == 4 and "127.0.0.1" not in page
    numbers = dict(UserSession.objects.values_list("session_key", "pk"))
    theirs = numbers[stranger.session.session_key]
    end = reverse("accounts:end_session")
    for session in ("", "x", "9" * 30, "²", numbers[here.session.session_key], theirs):
        assert here.post(end, {"session": session})["Location"] == listing
    assert all(one.get("/profile/").status_code == 200 for one in (here, stranger))
    here.post(end, {"session": numbers[phone.session.session_key]})
    assert phone.get("/profile/").status_code == 302
    assert other.get("/profile/").status_code == 200
    assert "everywhere else" in here.post(listing, follow=True).content.decode()
    assert other.get("/profile/").status_code == 302
    assert here.get("/profile/").status_code == 200


def test_a_session_whose_time_is_over_is_in_no_list(clock):
    person = PatientFactory()
    sign_in(person, PHONE)
    clock.shift(timedelta(minutes=31))
    here = sign_in(person)
    page = here.get(reverse("usersessions_list")).content.decode()
    assert "iPhone" not in page and "Firefox on Linux" in page
    assert UserSession.objects.filter(user=person).count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/17 Safari/605", "Safari on Mac"),
        ("curl/8", "A browser that we don’t know"),
        ("<script>\x00", "A browser that we don’t know"),
        ("", "A browser that we don’t know"),
    ],
)
def test_browsers_in_words(agent, words):
    assert browser_of(agent).words == words


# --- New browsers ---------------------------------------------------------------------------


def test_a_new_browser_is_told_of_and_the_first_and_a_known_one_are_not(clock):
    person = PatientFactory(name="Nia New", time_zone="Europe/London")
    first = sign_in(person)
    assert first.cookies["device"]["httponly"] and first.cookies["device"]["samesite"] == "Lax"
    first.post(reverse("account_logout"))
    sign_in(person, client=first)
    assert deliver() == []
    sign_in(person, PHONE)
    [mail] = deliver()
    assert mail.to == [person.email] and mail.subject == "A new browser signed in"
    assert "Hello Nia," in mail.body and "Safari on iPhone" in mail.body
    assert "127.0.0.1" not in mail.body
    # A browser that says somebody else's token is new for this person.
    copied = Client(headers={"user-agent": PHONE})
    copied.cookies["device"] = "x" * 5000
    sign_in(person, client=copied)
    assert len(deliver()) == 1
    assert Device.objects.filter(person=person).count() == 3
    # Two people share a computer: each has it once.
    other = PatientFactory()
    first.post(reverse("account_logout"))
    sign_in(other, client=first)
    assert deliver() == []
    hashes = set(Device.objects.values_list("token_hash", flat=True))
    assert first.cookies["device"].value not in hashes


def test_the_cookie_is_the_hosts_own_where_there_is_https(settings):
    settings.SESSION_COOKIE_SECURE = True
    client = sign_in(PatientFactory())
    assert client.cookies["__Host-device"]["secure"]


# --- Once more before something that matters -----------------------------------------------


def test_a_download_asks_once_more_then_goes_on(clock):
    client = sign_in(PatientFactory())
    download, page = reverse("journal:export_json"), reverse("journal:data")
    assert client.get(download).status_code == 200
    clock.shift(timedelta(minutes=6))
    asked = client.get(download)
    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next=%2Fjournal%2Fdata%2F"
    shown = client.get(asked["Location"]).content.decode()
    assert "press it again" in shown
    wrong = client.post(asked["Location"], {"password": "wrong", "next": page})
    assert "This password is not right." in wrong.content.decode()
    assert client.get(download).status_code == 302
    right = client.post(asked["Location"], {"password": PASSWORD, "next": page})
    assert right["Location"] == page
    assert client.get(download).status_code == 200


def test_a_page_asks_once_more_and_comes_itself(rf, patient):
    @fresh_sign_in_required
    def view(request):
        return HttpResponse("done")

    for method in ("get", "post"):
        request = getattr(rf, method)("/somewhere/?a=1")
        request.user, request.session = patient, SessionStore()
        request._messages = FallbackStorage(request)
        with context.request_context(request):
            answer = view(request)
            assert answer["Location"].endswith("?next=%2Fsomewhere%2F%3Fa%3D1")
            assert len(request._messages) == (method == "post")
            record_authentication(request, patient, "password")
            assert view(request).content == b"done"


@pytest.mark.parametrize("url_name", ["account_email", "mfa_activate_totp"])
def test_address_and_second_factor_ask_once_more(clock, url_name):
    client = sign_in(PatientFactory())
    clock.shift(timedelta(minutes=6))
    new = {"email": "later@example.org", "action_add": "1"}
    answer = client.post(reverse(url_name), new)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert deliver() == []


def test_a_new_password_ends_all_other_sessions():
    person = PatientFactory()
    here, there = sign_in(person), sign_in(person, PHONE)
    new = {"oldpassword": "wrong", "password1": "lamp-by-the-sea", "password2": "lamp-by-the-sea"}
    here.post(reverse("account_change_password"), new)
    assert there.get("/profile/").status_code == 200
    here.post(reverse("account_change_password"), new | {"oldpassword": PASSWORD})
    assert here.get("/profile/").status_code == 200
    assert there.get("/profile/").status_code == 302
    # By the link of a forgotten one this one as well: nobody has shown that it is they.
    here.post(reverse("account_reset_password"), {"email": person.email})
    other = Client()
    page = other.get(mailed_path(deliver()[-1], "/account/password/reset/key/"), follow=True)
    forgotten = {"password1": "other-lamp-tonight", "password2": "other-lamp-tonight"}
    other.post(page.request["PATH_INFO"], forgotten)
    assert here.get("/profile/").status_code == 302


def test_an_administrator_of_the_machine_signs_people_out(capsys):
    paula, peter, never = PatientFactory.create_batch(3)
    clients = {one.pk: sign_in(one) for one in (paula, peter)}
    phone, unlisted = sign_in(paula, PHONE), sign_in(peter, PHONE)
    with pytest.raises(CommandError, match="Nobody signs in with"):
        call_command("end_sessions", "nobody@example.org")
    with pytest.raises(CommandError):
        call_command("end_sessions")
    call_command("end_sessions", paula.email.upper())
    for client in (clients[paula.pk], phone):
        assert client.get("/today/").status_code == 302
    for client in (clients[peter.pk], unlisted):
        assert client.get("/today/").status_code == 200
    # As one that began before there was a list.
    UserSession.objects.filter(session_key=unlisted.session.session_key).delete()
    call_command("end_sessions", "--all")
    for client in (clients[peter.pk], unlisted):
        assert client.get("/today/").status_code == 302
    call_command("end_sessions", never.email)
    assert capsys.readouterr().out.split("\n")[-4:-1] == [
        f"Sessions ended: {number}" for number in (2, 1, 0)
    ]
