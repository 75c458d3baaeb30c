"""What holds for every page: policy, caching, theme, and no input that breaks anything."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from tests.factories import PublishedEditionFactory


def test_signed_in_pages_are_kept_by_no_browser(signed_in, patient):
    for path in ("/today/", "/journal/", "/read/", "/profile/", "/"):
        assert "no-store" in signed_in(patient).get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/account/login/", "/help/", "/today/", "/no-such-page/"])
def test_the_policy_allows_nothing_inline_and_no_other_host(signed_in, patient, path):
    policy = signed_in(patient).get(path)["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_theme_is_remembered_and_leads_back(db):
    client = Client()
    response = client.post("/theme/", {"theme": "dark", "next": "/help/"})
    assert response["Location"] == "/help/"
    assert 'data-theme="dark"' in client.get("/help/").content.decode()
    client.post("/theme/", {"theme": "system", "next": "/help/"})
    assert 'data-theme="dark"' not in client.get("/help/").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:1", ""])
def test_the_theme_leads_nowhere_else(db, target):
    assert Client().post("/theme/", {"theme": "dark", "next": target})["Location"] == "/"


@pytest.mark.parametrize("value", ["%00", "%ED%A0%80", "%ff", "a%00b", "é", "9" * 500])
@pytest.mark.parametrize("path", ["/read/?q=", "/read/?topic=", "/read/?page=", "/glossary/?q="])
def test_no_query_breaks_a_list(signed_in, patient, path, value):
    PublishedEditionFactory()
    assert signed_in(patient).get(path + value).status_code == 200


@pytest.mark.parametrize("value", ["%00", "9" * 30, "-1", "x"])
def test_no_query_breaks_the_record(signed_in, patient, value):
    url = reverse("accounts:access_record")
    assert signed_in(patient).get(f"{url}?before={value}").status_code == 200


def test_a_huge_body_is_refused_with_a_page(signed_in, patient):
    response = signed_in(patient).post("/profile/", {"name": "x" * (6 * 1024 * 1024)})
    assert response.status_code == 413
    assert "too large" in response.content.decode().lower()


def test_the_error_pages_ask_the_database_nothing(client):
    # Without the db fixture any query raises.
    from portal import errors

    for page in (errors.bad_request, errors.forbidden, errors.not_found, errors.server_error):
        assert b"<h1" in page(None).content


@pytest.mark.parametrize("path", ["/today/", "/help/", "/account/login/"])
def test_a_database_that_is_locked_or_away_is_said_and_may_be_tried_again(patient, path):
    def refuse(*args):
        raise OperationalError("database is locked")

    client = Client(raise_request_exception=False)
    client.force_login(patient, backend="django.contrib.auth.backends.ModelBackend")
    with connection.execute_wrapper(refuse):
        response = client.get(path)
    assert response.status_code == 503
    assert response["Retry-After"] == "10"
    assert b"<h1" in response.content
    assert client.get("/help/").status_code == 200


def test_a_missing_page_is_missing_for_everybody(db, signed_in, patient):
    assert signed_in(patient).get("/no-such-page/").status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_changing_needs_post(signed_in, clinician, patient, method):
    client = signed_in(patient)
    for name in ("theme",):
        assert getattr(client, method)(reverse(f"accounts:{name}")).status_code == 405
