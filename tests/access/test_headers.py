"""What holds for the doors: headers of errors too, bodies, hosts, methods, next=, reports.

Each page's headers are looked at on the walk of test_permissions.py.
"""

import json
import logging
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from portal import csp_reports
from portal.middleware import BodyLimitMiddleware
from tests.factories import PASSWORD

from .headers import wrong_headers
from .urls import addresses

WORDS = "canary-words"
EVIL = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "\t//evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
]


def test_errors_carry_the_same_headers(db, patient, signed_in, monkeypatch):
    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    client = signed_in(patient, raise_request_exception=False)
    strict = Client(enforce_csrf_checks=True)
    large = "x" * (BodyLimitMiddleware.SIGNED_IN + 1)
    answers = {
        404: client.get("/no-such-page/"),
        403: client.get("/caseload/"),
        400: client.get("/help/", headers={"host": "evil.example"}),
        405: client.put("/profile/"),
        413: client.post("/profile/", {"name": large}),
    }
    monkeypatch.setattr("education.care.views.today.render", away)
    answers[503] = client.get("/today/")
    monkeypatch.setattr("education.care.views.today.render", None)
    answers[500] = client.get("/today/")
    for status, response in answers.items():
        assert (response.status_code, wrong_headers(response)) == (status, [])
    refused = strict.post("/account/login/", {"login": "a@example.org"})
    assert (refused.status_code, wrong_headers(refused)) == (403, [])


def test_files_of_ours_are_served_behind_the_same_headers():
    """WhiteNoise answers by itself, so that what is to hold stands before it."""
    order = settings.MIDDLEWARE
    served = order.index("whitenoise.middleware.WhiteNoiseMiddleware")
    assert {
        "portal.middleware.HeadersMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "csp.middleware.CSPMiddleware",
    } <= set(order[:served])
    assert settings.WHITENOISE_ALLOW_ALL_ORIGINS is False
    limit = order.index("portal.middleware.BodyLimitMiddleware")
    assert limit < order.index("django.middleware.csrf.CsrfViewMiddleware")


def test_only_these_are_answered_without_a_token_of_the_form():
    """One is asked by programs that read mail, one by browsers themselves."""
    exempt = {one.name for one in addresses() if getattr(one.view, "csrf_exempt", False)}
    assert exempt == {"accounts:unsubscribe", "portal:csp_report"}


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace", "options"])
def test_no_other_methods(patient, signed_in, method):
    client = signed_in(patient)
    for path in ("/account/password/change/", "/profile/", "/health/live", "/no-such-page/"):
        response = getattr(client, method)(path)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    hidden = {"X-HTTP-Method-Override": "DELETE", "X-Method-Override": "PUT"}
    assert client.get("/profile/", {"_method": "PUT"}, headers=hidden).status_code == 200


# --- Bodies -----------------------------------------------------------------------------------


def sent(client: Client, path: str, size: int, kind: str = "text/plain") -> Any:
    """So many bytes announced; a few sent, because nobody reads them where they are refused."""
    return client.generic("POST", path, b"a=1", kind, CONTENT_LENGTH=str(size))


def test_who_may_send_how_much(db, patient, editor, signed_in):
    nobody, paula, eddie = Client(), signed_in(patient), signed_in(editor)
    anonymous, most = BodyLimitMiddleware.ANONYMOUS, BodyLimitMiddleware.SIGNED_IN
    for path in ("/account/login/", "/theme/", "/journal/import/", "/csp-report/"):
        assert sent(nobody, path, anonymous + 1).status_code == 413
    assert sent(nobody, "/account/login/", anonymous).status_code == 200
    for path in ("/profile/", "/questions/new/", "/journal/drafts/", "/account/email/"):
        assert sent(paula, path, most + 1).status_code == 413
    assert sent(paula, "/profile/", most).status_code == 200
    for client, path, limit in (
        (paula, "/journal/import/", 6 * most),
        (eddie, "/admin/articles/reference/import/", 6 * most),
        (eddie, "/admin/articles/topic/add/", most),
    ):
        assert sent(client, path, limit).status_code == 200
        refused = sent(client, path, limit + 1)
        assert refused.status_code == 413
        assert "too large" in refused.content.decode()
    assert sent(paula, "/profile/", 10**400).status_code == 413
    assert client.generic("POST", "/profile/", b"", CONTENT_LENGTH="x").status_code == 400


def test_where_files_may_be_sent_is_known(world, client_of):
    from .hostile import forms_of
    from .world import path_of

    found = set()
    for person in ("own", "clinician", "editor"):
        client = client_of(person)
        for one in addresses():
            limit = BodyLimitMiddleware.UPLOADS.get(one.name)
            if limit is None or "process" in one.name:
                continue
            page = client.get(path_of(one, world))
            if page.status_code == 200 and any(
                form.files for form in forms_of("", page.content.decode())
            ):
                found.add(one.name)
    listed = {one for one in BodyLimitMiddleware.UPLOADS if "process" not in one}
    # Only a new edition of an article begins without its figures.
    assert listed - found <= {"admin:articles_edition_add"}


# --- Hosts and next= --------------------------------------------------------------------------


def test_another_host_is_believed_by_nobody(patient, signed_in, mailoutbox):
    client = signed_in(patient)
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Server": "evil.example"}
    for path in ("/", "/help/", "/account/password/reset/"):
        response = client.get(path, headers=headers)
        assert "evil.example" not in response.content.decode() + response.get("Location", "")
    for host in ("evil.example", "testserver.evil.example", "testserver:x", "a b", "\x00"):
        assert client.get("/help/", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("target", EVIL)
def test_next_leads_nowhere_else(patient, signed_in, target):
    form = {"login": patient.email, "password": PASSWORD, "next": target}
    again = signed_in(patient)
    for client, path, fields in (
        (Client(), "/account/login/", form),
        (Client(), "/theme/", {"theme": "dark", "next": target}),
        (again, "/account/reauthenticate/", {"password": PASSWORD, "next": target}),
        (again, "/read/look/keep/", {"theme": "dark", "next": target}),
        (again, "/account/logout/", {"next": target}),
    ):
        response = client.post(path, fields)
        assert response.status_code == 302, path
        assert "evil" not in response["Location"], path
        assert "javascript" not in response["Location"], path
    asked = Client().get("/account/login/", {"next": target})
    assert f'href="{target}' not in asked.content.decode()


# --- What browsers report ---------------------------------------------------------------------


@pytest.fixture
def said(monkeypatch, caplog):
    """What has been said in the log about the policy."""
    monkeypatch.setattr(csp_reports, "_said", type(csp_reports._said)(maxlen=60))
    caplog.set_level(logging.WARNING, "portal.csp")
    return caplog


def report(client: Client, body: Any, kind: str = "application/csp-report") -> int:
    return client.post("/csp-report/", json.dumps(body), kind).status_code


def test_a_report_leaves_the_rule_and_the_route_and_nothing_else(
    db, said, django_assert_num_queries
):
    page = f"http://testserver/journal/nights/2026-11-20/?q={WORDS}#{WORDS}"
    old = {"csp-report": {"document-uri": page, "violated-directive": "script-src-elem",
                          "effective-directive": "script-src-elem", "script-sample": WORDS,
                          "blocked-uri": WORDS, "referrer": WORDS}}  # fmt: skip
    new = {"type": "csp-violation", "url": WORDS, "user_agent": WORDS,
           "body": {"documentURL": f"http://x/invitation/{WORDS}/", "sample": WORDS,
                    "effectiveDirective": f"style-src {WORDS}", "blockedURL": WORDS}}  # fmt: skip
    strict = Client(enforce_csrf_checks=True)
    with django_assert_num_queries(0):
        assert report(strict, old) == 204
        assert report(strict, [new] * 2, "application/reports+json") == 204
        assert report(strict, [{"body": {"effectiveDirective": WORDS, "documentURL": 7}}]) == 204
    assert [(one.directive, one.route) for one in said.records] == [
        ("script-src-elem", "journal:night"),
        ("style-src", "accounts:accept_invitation"),
        ("style-src", "accounts:accept_invitation"),
        ("unknown", "unknown"),
    ]
    assert WORDS not in str([vars(one) for one in said.records])


def test_reports_can_neither_fill_the_log_nor_break_anything(db, said):
    client = Client(raise_request_exception=False)
    body = {"csp-report": {"document-uri": "/help/", "violated-directive": "img-src"}}
    for _number in range(70):
        assert report(client, body) == 204
    assert report(client, [{"body": body["csp-report"]}] * 100) == 204
    assert len(said.records) == csp_reports.MOST_A_MINUTE
    for odd in (None, [], {}, 7, [[]], {"csp-report": [1]}, {"csp-report": {"document-uri": {}}}):
        assert report(client, odd) == 204
    for raw in ("", "{", "[" * 10_000, "\x00", "1" * 5000):
        assert client.post("/csp-report/", raw, "application/csp-report").status_code == 400
    assert report(client, "x" * csp_reports.LARGEST) == 413
    assert client.get("/csp-report/").status_code == 405


# --- A real host ------------------------------------------------------------------------------


def test_a_real_host_has_cookies_and_headers_for_https_alone(monkeypatch, tmp_path):
    for name, value in {
        "ALLOWED_HOSTS": "portal.example.org",
        "SECRET_KEY": "k3yk3y-of-more-than-fifty-characters-and-not-the-default-1234567890",
        "JOURNAL_KEYS": "YSBrZXkgZm9yIHRoZSB0ZXN0cywgbm90aGluZyBlbHM=",
        "HTTPS": "true",
        "DEBUG": "false",
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    real = runpy.run_path(str(Path(settings.BASE_DIR) / "portal" / "settings.py"))
    for cookie in ("SESSION", "CSRF"):
        assert real[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
        assert real[f"{cookie}_COOKIE_SECURE"] is True
        assert real[f"{cookie}_COOKIE_SAMESITE"] == "Lax"
    assert real["SESSION_COOKIE_HTTPONLY"] is True
    assert real["SECURE_SSL_REDIRECT"] is True
    assert real["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert real["MFA_REQUIRED"] is True
    # The host comes from the request itself, and is one of ours.
    assert not real.get("USE_X_FORWARDED_HOST")
