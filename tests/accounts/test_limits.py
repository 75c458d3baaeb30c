"""What can be tried only so often, by how many workers ever, and nobody is locked out for good."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.db import close_old_connections, connection, connections
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.sessions.counting import LIMITS
from tests.factories import PASSWORD, ClinicianFactory, PatientFactory
from tests.mails import deliver, mailed_path

TOO_MANY = "Too many attempts. Wait five minutes"


def attempt(client, email, password="wrong", ip="10.0.0.1"):
    return client.post(
        reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=ip
    )


def is_in(answer):
    return answer.status_code == 302


@pytest.fixture
def clock(db):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def test_who_guesses_is_stopped_and_the_owner_comes_in(clock):
    person = PatientFactory(email="paula@example.org")
    own = Client()
    assert is_in(attempt(own, person.email, PASSWORD, "192.0.2.7"))
    own.post(reverse("account_logout"))
    for number in range(5):
        page = attempt(Client(), "Paula@Example.org", ip=f"10.0.0.{number}").content.decode()
        assert "or the password is not right" in page
    # From any address, and with the right password as well.
    assert TOO_MANY in attempt(Client(), person.email, PASSWORD, "10.0.9.9").content.decode()
    # In the browser that she has used before she gets in, however much is guessed elsewhere.
    assert is_in(attempt(own, person.email, PASSWORD, "192.0.2.7"))
    # Elsewhere by a new password, which she asks for by mail.
    new = Client()
    new.post(reverse("account_reset_password"), {"email": person.email})
    link = mailed_path(deliver()[-1], "/account/password/reset/key/")
    page = new.get(link, follow=True).request["PATH_INFO"]
    new.post(page, {"password1": "another-lamp-tonight", "password2": "another-lamp-tonight"})
    assert is_in(attempt(Client(), person.email, "another-lamp-tonight", "10.0.9.9"))
    # Whoever stole a known browser's cookie guesses no faster than anybody else.
    for _guess in range(5):
        attempt(own, person.email)
    assert TOO_MANY in attempt(own, person.email, "another-lamp-tonight").content.decode()
    clock.shift(timedelta(minutes=5, seconds=1))
    assert is_in(attempt(Client(), person.email, "another-lamp-tonight", "10.0.9.9"))


def test_one_network_address_tries_ten_a_minute_whomever(clock):
    person = PatientFactory()
    for number in range(10):
        attempt(Client(), f"nobody{number}@example.org")
    assert TOO_MANY in attempt(Client(), person.email, PASSWORD).content.decode()
    assert is_in(attempt(Client(), person.email, PASSWORD, "192.0.2.7"))
    clock.shift(timedelta(seconds=61))
    assert is_in(attempt(Client(), person.email, PASSWORD))


def test_asking_for_a_new_password_again_and_again_fills_nobodys_mailbox(clock):
    known, answers = PatientFactory().email, {}
    for email in (known, "nobody@example.org"):
        for _time in range(6):
            answer = Client().post(reverse("account_reset_password"), {"email": email})
            answers.setdefault(email, []).append(answer.status_code)
    assert answers[known] == answers["nobody@example.org"] == [302] * 5 + [429]
    assert answer["Retry-After"] and "Wait a few minutes" in answer.content.decode()
    assert len(deliver()) == 5
    clock.shift(timedelta(hours=1, seconds=1))
    assert Client().post(reverse("account_reset_password"), {"email": known}).status_code == 302


@pytest.mark.parametrize(
    ("action", "url"),
    [
        ("invite", "accounts:invite"),
        ("invite_many", "accounts:invite_many"),
        ("search", "care:caseload"),
    ],
)
def test_invitations_and_searches_have_limits_of_their_own(db, signed_in, monkeypatch, action, url):
    monkeypatch.setitem(LIMITS, action, "2/m/user")
    client = signed_in(ClinicianFactory())
    codes = [client.post(reverse(url)).status_code for _time in range(3)]
    assert codes[:2] != [429, 429] and codes[2] == 429
    assert client.get(reverse(url)).status_code == 200
    assert signed_in(ClinicianFactory()).post(reverse(url)).status_code != 429


def test_no_count_is_lost_to_many_others(db):
    """Django's own cache throws away a third of what it has when there is much."""
    from django.core.cache import caches

    full = caches.create_connection("default")
    full._max_entries = 20
    full.set("counted", [1, 2, 3], 300)
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        for number in range(5):
            full.set(f"over-{number}", 1, 60)
    for number in range(40):
        full.set(f"one-{number}", 1, 300)
    assert full.get("counted") == [1, 2, 3]
    assert all(full.get(f"one-{number}") == 1 for number in range(40))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_cache WHERE cache_key LIKE %s", ["%over%"])
        assert cursor.fetchone()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_get_through_than_one_after_the_other():
    """Real threads with connections of their own, as workers have."""
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.1")

    def consume(_number):
        try:
            close_old_connections()
            return bool(
                ratelimit.consume(
                    request, app="t", action="a", config={"a": "5/5m/key"}, key="paula"
                )
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        through = sum(pool.map(consume, range(32)))
    # Who has to wait too long counts as one too many: never more than five, and hardly fewer.
    assert 1 <= through <= 5
    cache.clear()


# --- Known and unknown ----------------------------------------------------------------------


def people():
    """Addresses of which nobody may learn anything: unknown, of a patient, deactivated, invited
    and not yet in, of a clinician; each of the same length."""
    PatientFactory(email="zq1@example.org")
    PatientFactory(email="zq2@example.org", is_active=False)
    invited = PatientFactory(email="zq3@example.org")
    invited.set_unusable_password()
    invited.save()
    ClinicianFactory(email="zq4@example.org")
    return ["zq0", "zq1", "zq2", "zq3", "zq4"]


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        ("account_login", {"login": "{}@example.org", "password": "not-the-password"}),
        ("account_reset_password", {"email": "{}@example.org"}),
    ],
)
def test_the_same_answer_and_the_same_work_for_any_address(clock, monkeypatch, url, fields):
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *args: hashed.append(1) or encode(*args)
    )
    seen = set()
    for number, name in enumerate(people()):
        cache.clear()
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        client.get(reverse(url))
        hashed.clear()
        with CaptureQueriesContext(connection) as queries:
            data = {field: value.format(name) for field, value in fields.items()}
            answer = client.post(reverse(url), data)
        lines = answer.content.decode().replace(name, "…").split("\n")
        page = "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)
        asked = [one["sql"].split(" WHERE")[0][:60] for one in queries]
        asked = [sql for sql in asked if "SAVEPOINT" not in sql]
        headers = {k: v for k, v in answer.headers.items() if k != "X-Request-ID"}
        seen.add((answer.status_code, page, len(hashed), tuple(asked), str(headers)))
    assert len(seen) == 1, [(one[0], len(one[1]), *one[2:]) for one in seen]
    assert next(iter(seen))[2] == (1 if "password" in fields else 0)
