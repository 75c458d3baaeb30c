"""The logs say what happened, to which kind of page, in how long; and never a word of anybody."""

import json
import logging
import re
from smtplib import SMTPRecipientsRefused

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings

from accounts.mail import queue_invitation
from accounts.models import Invitation, User
from education.journal.models import Reflection
from portal import logs
from tests.accounts.test_passkeys import LOGIN
from tests.accounts.test_second_factor import CODES, STEP, code_of, set_up, sign_in
from tests.factories import PASSWORD, AssignmentFactory, PatientFactory
from tests.logs import listening
from tests.mails import deliver, mailed_path

# In everything that is sent, and nowhere else.
CANARY = "canarybird"
ADDRESS = f"{CANARY}@example.org"
NIGHT = {"diary_date": "2026-02-03", "quality": "3", "note": f"A {CANARY} sang."}


class Broken:
    """A view that fails with somebody's words in its hands and in its message."""

    def __init__(self, error):
        self.error = error

    def __call__(self, request, *args, **kwargs):
        note = request.GET.get("q")
        raise self.error from KeyError(note)


def visit_everything(client, patient, clinician_client):
    nobody = Client(raise_request_exception=False)
    nobody.post("/account/login/", {"login": ADDRESS, "password": CANARY * 2})
    nobody.post("/account/password/reset/", {"email": ADDRESS})
    nobody.get(f"/invitation/{CANARY}/")
    nobody.get(f"/{CANARY}/?{CANARY}=1", headers={"user-agent": CANARY, "referer": CANARY})
    nobody.get("/help/", headers={"host": f"{CANARY}.example.org"})
    Client(enforce_csrf_checks=True).post("/theme/", {"next": CANARY})
    client.post("/journal/nights/new/", NIGHT)
    client.post("/journal/nights/new/", NIGHT | {"quality": CANARY})
    client.post("/journal/reflections/new/", {"on": "2026-02-03", "text": CANARY})
    client.post("/journal/search/", {"q": CANARY})
    client.get(f"/read/?q={CANARY}")
    client.post(f"/journal/nights/2026-02-03/?{CANARY}", {"note": CANARY}, content_type="a/b")
    clinician_client.post("/people/invite/", {"name": CANARY, "email": ADDRESS})
    clinician_client.get(f"/patients/{patient.public_id}/?{CANARY}")
    clinician_client.get(f"/caseload/?q={CANARY}")
    for error in (
        ValueError(CANARY),
        RuntimeError(CANARY),
        OSError(5, "Input/output error", CANARY),
    ):
        with override_settings(ROOT_URLCONF=urls_with(Broken(error))):
            assert client.get(f"/broken/?q={CANARY}").status_code == 500


def urls_with(view):
    from types import ModuleType

    from django.contrib.auth.decorators import login_not_required
    from django.urls import path

    from portal import urls

    module = ModuleType("broken_urls")
    module.urlpatterns = [path("broken/", login_not_required(view), name="broken")]
    module.urlpatterns += urls.urlpatterns
    for name in ("handler400", "handler403", "handler404", "handler500"):
        setattr(module, name, getattr(urls, name))
    return module


def test_no_word_of_anybody_is_logged(patient, clinician, signed_in):
    User.objects.filter(pk=patient.pk).update(name=f"Paula {CANARY}", email=f"p.{ADDRESS}")
    AssignmentFactory(patient=patient, assigned_by=clinician, note=CANARY)
    client, other = signed_in(patient), signed_in(clinician)
    client.raise_request_exception = False
    with listening() as lines:
        visit_everything(client, patient, other)
        with pytest.raises(IntegrityError), transaction.atomic():
            PatientFactory(email=f"p.{ADDRESS}")
    logged = lines.getvalue()
    # It did hear something: pages, refusals, and three errors with where they happened.
    requests = lines.facts("request")
    assert {one["status"] for one in requests} >= {200, 302, 400, 403, 404, 500}
    assert len(lines.facts("answered 500")) == 3
    assert logged.count("in __call__") >= 3 and "builtins" not in logged
    assert CANARY not in logged.lower()
    assert str(patient.public_id) in logged and "/patients/" not in logged
    for secret in (client.cookies["sessionid"].value, patient.password):
        assert secret not in logged
    assert not re.search(r"[\w.]+@[\w.]+", logged)
    assert "127.0.0.1" not in logged


def test_a_line_says_who_what_and_how_long(clinician, patient, signed_in):
    client = signed_in(clinician)
    with listening() as lines:
        sent = client.get(f"/patients/{patient.public_id}/", headers={"x-request-id": "abcd-1234"})
        for wrong in ("short", "x" * 65, "a b c d e f g h", 'x"\n{}' * 4, ""):
            answer = client.get("/health/live", headers={"x-request-id": wrong})
            assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])
        with override_settings(LOG_IP=True):
            Client().get("/help/", headers={"x-forwarded-for": "x, 192.0.2.7"})
            Client().get("/help/", headers={"x-forwarded-for": "<script>"})
    assert sent["X-Request-ID"] == "abcd-1234"
    [line, _first, _second] = [one for one in lines.facts("request") if one["level"] != "debug"]
    assert 0 < line.pop("ms") < 60_000
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request", "level": "info", "logger": "portal.requests",
        "request_id": "abcd-1234", "route": "care:patient", "method": "GET", "status": 200,
        "role": "clinician", "user": str(clinician.public_id),
    }  # fmt: skip
    assert [one.get("ip") for one in (_first, _second)] == ["192.0.2.7", ""]


def test_a_mail_that_fails_is_logged_without_its_address(db, monkeypatch):
    def refuse(*args):
        raise SMTPRecipientsRefused({ADDRESS: (550, f"no {CANARY}".encode())})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    queue_invitation(Invitation(user=PatientFactory(email=ADDRESS, name=CANARY)))
    with listening() as lines:
        deliver()
    assert "SMTPRecipientsRefused 550" in lines.getvalue()
    assert CANARY not in lines.getvalue()


@pytest.mark.once
def test_what_libraries_say_is_cut_to_what_is_harmless():
    with listening() as lines:
        gunicorn = logging.getLogger("gunicorn.error")
        gunicorn.propagate, before = True, gunicorn.propagate
        try:
            gunicorn.error("Error handling request %s", f"/read/?q={CANARY}")
            gunicorn.warning(f"Invalid request from ip=192.0.2.7: {CANARY}")
            gunicorn.critical("Worker (pid:%s) was sent %s!", 17, "SIGKILL")
        finally:
            gunicorn.propagate = before
        logging.getLogger("allauth").warning("Mail for %s: /invitation/abc/ %s", ADDRESS, "x")
        logging.getLogger("django.security.x").warning("Bad %s", CANARY)
        logging.getLogger("any").info("x", extra={"error": "E", "note": CANARY})
    assert CANARY not in lines.getvalue()
    events = [line["event"] for line in map(json.loads, lines.getvalue().splitlines())]
    assert events == [
        "Error handling request …", "Invalid request", "Worker (pid:17) was sent SIGKILL!",
        "Mail for …: /invitation/…/ x", "answered", "x",
    ]  # fmt: skip


def test_a_traceback_says_where_and_not_what(db):
    def fails(secret: str) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT * FROM no_such_table WHERE name = %s", [secret])
        except Exception as error:
            raise ValueError(secret) from error

    with pytest.raises(ValueError) as caught:
        fails(CANARY)
    told = logs.safe_traceback(caught.value)
    assert "in fails" in told and "ValueError" in told and "no_such_table" in told
    assert CANARY not in told
    assert logs.safe_traceback(OSError(28, "No space left on device", CANARY)).endswith(
        "OSError: No space left on device"
    )


def test_reading_the_log_back_is_one_object_a_line(patient, signed_in):
    Reflection.objects.create(patient=patient, on="2026-02-03", text="Two\nlines.")
    cache.clear()
    with listening() as lines:
        signed_in(patient).get("/journal/")
        logging.getLogger("x").error("two\nlines")
    assert [line["event"] for line in lines.facts("two\nlines")] == ["two\nlines"]


def test_what_happens_to_an_account_is_logged_with_its_id_alone(patient, client):
    wrong = {"login": patient.email, "password": f"{CANARY} wrong"}
    right = wrong | {"password": PASSWORD}
    with listening() as lines:
        client.post("/account/login/", wrong)
        client.post("/account/login/", right)
        client.post(
            "/account/password/change/",
            {"oldpassword": PASSWORD, "password1": f"{CANARY}-long", "password2": f"{CANARY}-long"},
        )
        client.post("/account/logout/")
    who = {"user": str(patient.public_id), "role": "patient"}
    for event, facts in (
        ("sign-in failed", {}),
        ("signed in", who),
        ("password changed", who),
        ("signed out", who),
    ):
        [line] = lines.facts(event)
        assert {key: line[key] for key in ("user", "role") if key in line} == facts, event
        assert line["logger"] == "portal.security"
    assert CANARY not in lines.getvalue() and patient.email not in lines.getvalue()


def test_factors_addresses_and_limits_are_logged_with_an_id_alone(patient, client, monkeypatch):
    # Around a test there is a transaction; around a request there is none.
    monkeypatch.setattr(transaction, "on_commit", lambda work, **options: work())
    address = patient.email
    with listening() as lines:
        sign_in(patient, client)
        secret = set_up(client)
        client.post(f"{CODES}generate/")
        client.post("/account/email/", {"email": ADDRESS, "action_add": "1"})
        client.post(mailed_path(deliver()[-1], "/account/confirm-email/"))
        patient.refresh_from_db()
        stranger = sign_in(patient)[0]
        for wrong in range(6):
            stranger.post(STEP, {"code": f"{CANARY}{wrong}"})
        cache.clear()
        stranger.post(STEP, {"code": code_of(secret, 1)})
        client.post("/account/2fa/totp/deactivate/")
        Client().post(LOGIN, {"credential": json.dumps({"id": CANARY})})
        Client().post("/account/password/reset/", {"email": ADDRESS})
        link = Client()
        page = link.get(mailed_path(deliver()[-1], "/account/password/reset/key/"), follow=True)
        new = {"password1": "another-lamp-tonight", "password2": "another-lamp-tonight"}
        link.post(page.request["PATH_INFO"], new)
        for _wrong in range(6):
            Client().post("/account/login/", {"login": ADDRESS, "password": CANARY})
    who = {"user": str(patient.public_id), "role": "patient"}
    found = [
        (line["event"], {key: line[key] for key in ("user", "role", "factor") if key in line})
        for line in map(json.loads, lines.getvalue().splitlines())
        if line["logger"] == "portal.security" and not line["event"].startswith("signed")
    ]
    app, codes = who | {"factor": "totp"}, who | {"factor": "recovery_codes"}
    assert found == [
        ("second factor added", app),
        ("second factor added", codes),
        ("recovery codes renewed", codes),
        ("e-mail address changed", who),
        *[("second factor refused", who)] * 5,
        ("too many attempts", who),
        ("second factor used", app),
        ("second factor removed", app),
        ("second factor removed", codes),
        # Whose passkey or password it was not, nobody knows.
        ("second factor refused", {}),
        ("password reset", who),
        *[("sign-in failed", {})] * 5,
        ("too many attempts", {}),
    ]
    assert CANARY not in lines.getvalue() and address not in lines.getvalue()
