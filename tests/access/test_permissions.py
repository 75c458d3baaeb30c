"""Each person at each address with each method gets what expected.txt says, and changes nothing
where they are turned away."""

import os
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ConsentText, User
from education.care.models import Visit

from . import table
from .headers import wrong_headers
from .urls import addresses
from .world import NAME, PEOPLE, PRIVATE, SHARED, path_of, url_of

WRITING = bool(os.environ.get("WRITE_PERMISSIONS"))
REFUSED = {"in", "again", "403", "404", "405"}
CHANGE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.I)
# Bookkeeping that comes with any request.
ALWAYS = {"django_session", "portal_cache"}
# What looking may leave behind: who opened what, and pages and indexes that are made when needed.
BY_LOOKING = ALWAYS | {
    "accounts_accessevent",
    "accounts_accesschain",
    "accounts_carerelationship",
    "articles_renderededition",
    "articles_searchtext",
}
# Who may read what of Paula's, wherever it stands.
READERS = {
    PRIVATE: {"own", "own-later"},
    SHARED: {"own", "own-later", "clinician"},
    NAME: {"own", "own-later", "clinician", "administrator"},
}
# For whom a queryset decides, and enough to know that it decides alike on the other database;
# for the others their role does, before the database is asked.
ASKED = ("own", "clinician", "stranger")


# What can be done with a visit only until it has ended.
UNTIL_ITS_END = {"care:visit_approve", "care:visit_call_off"}


@contextmanager
def changes() -> Any:
    """The tables that are written to meanwhile."""
    written: set[str] = set()

    def note(execute: Callable, sql: str, *rest: Any) -> Any:
        if match := CHANGE.match(sql):
            written.add(match[1])
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield written


def ask(client: Client, method: str, path: str) -> tuple[Any, set[str]]:
    """The response and the tables it changed; afterwards all is as before."""
    cookies = client.cookies.copy()
    with transaction.atomic(), changes() as written:
        response = client.generic(method, path, content_type="application/x-www-form-urlencoded")
        content = b"".join(response) if response.streaming else response.content
        transaction.set_rollback(True)
    client.cookies = cookies
    return (response, content.decode("utf-8", "replace")), written


@pytest.mark.parametrize(
    "person",
    [pytest.param(one, marks=() if one in ASKED else pytest.mark.once) for one in PEOPLE],
)
def test_each_person_at_each_address(world, client_of, person):
    client, expected = client_of(person), {} if WRITING else table.read()
    found, wrong = {}, []
    for one in addresses():
        if one.name == "portal:styleguide":
            continue
        for method in table.METHODS:
            (response, content), written = ask(client, method, path_of(one, world))
            answer = table.answer(response)
            found[one.name, method] = {person: answer}
            awaited = expected.get((one.name, method), {}).get(person)
            here = f"{one.name} {method}: "
            if not WRITING and answer != awaited:
                wrong.append(f"{here}{answer} instead of {awaited}")
            if answer.startswith("5"):
                wrong.append(f"{here}{answer}")
            allowed = BY_LOOKING if method == "GET" and answer not in REFUSED else ALWAYS
            if (method == "GET" or answer in REFUSED) and not written <= allowed:
                wrong.append(f"{here}{answer}, and wrote {written - allowed}")
            wrong += [here + said for said in wrong_headers(
                response, one.name, signed_in=person not in ("nobody", "deactivated")
            )]  # fmt: skip
            wrong += [
                f"{here}shows {words}"
                for words, readers in READERS.items()
                if words in content and person not in readers
            ]
    if WRITING:
        table.write(found)
    assert wrong == []


def test_each_address_and_method_has_its_line():
    assert set(table.read()) == set(table.rows())
    assert not [row for row, answers in table.read().items() if "?" in answers.values()]


def test_the_deactivated_are_as_good_as_not_signed_in(world, signed_in):
    """Clinicians by the table; and a patient who was deactivated after signing in."""
    expected = table.read()
    assert [row for row, who in expected.items() if who["deactivated"] != who["nobody"]] == []
    paula = world["people"]["own"]
    client = signed_in(paula, raise_request_exception=False)
    User.objects.filter(pk=paula.pk).update(is_active=False)
    for one in addresses():
        if (one.name, "GET") in expected:
            (response, _content), _written = ask(client, "GET", path_of(one, world))
            assert table.answer(response) == expected[one.name, "GET"]["nobody"], one.name


@pytest.mark.parametrize(
    "person",
    [pytest.param(one, marks=() if one in ASKED else pytest.mark.once) for one in PEOPLE],
)
def test_a_visit_that_has_been_is_for_the_same_people_and_stays_as_it_is(world, client_of, person):
    client, expected = client_of(person), table.read()
    after = {**world, "visit": world["ended_visit"]}
    before = list(Visit.objects.filter(pk=after["visit"].pk).values())
    names = {name for name, _method in expected if name.startswith("care:visit_")}
    for name in sorted(names - {"care:visit_date"}):
        for method in table.METHODS:
            response = client.generic(method, url_of(name, after))
            content = response.content.decode()
            awaited = expected[name, method][person]
            if name in UNTIL_ITS_END and awaited not in REFUSED:
                awaited = "404"
            if name == "care:visit_took_place" and awaited == "200":
                awaited = "302"
            assert table.answer(response) == awaited, (name, method)
            for words, readers in READERS.items():
                assert words not in content or person in readers, (name, method)
            if (name, method) == ("care:visit_page", "GET") and awaited == "200":
                # What was agreed, and the question with its answer.
                assert content.count(SHARED) >= 3
    assert list(Visit.objects.filter(pk=after["visit"].pk).values()) == before


def test_nobodys_address_says_the_same_as_a_strangers(world, client_of):
    client = client_of("stranger")
    nobodys, hers = (
        client.get(reverse("care:patient", args=[public_id]))
        for public_id in (uuid4(), world["patient"].public_id)
    )
    assert nobodys.status_code == hers.status_code == 404
    assert nobodys.content == hers.content


@pytest.mark.once
@pytest.mark.parametrize("person", ["clinician", "editor", "administrator"])
def test_without_a_second_factor_staff_get_no_further_than_setting_it_up(
    world, client_of, settings, person
):
    settings.MFA_REQUIRED = True
    client, open_to_them = client_of(person), set()
    for one in addresses():
        if getattr(one.view, "login_required", True):
            (response, _content), _written = ask(client, "GET", path_of(one, world))
            if response.get("Location") != reverse("mfa_index"):
                open_to_them.add(one.name)
    assert open_to_them == {
        "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"
    }  # fmt: skip


@pytest.mark.once
def test_before_a_patient_has_agreed_there_is_only_what_is_theirs_by_right(world, client_of):
    ConsentText.objects.filter(pk=world["consent_text"].pk).update(published_at=timezone.now())
    User.objects.filter(pk=world["patient"].pk).update(consent_is_due=True)
    client, open_to_them = client_of("own"), set()
    for one in addresses():
        if getattr(one.view, "login_required", True):
            (response, _content), _written = ask(client, "GET", path_of(one, world))
            if not response.get("Location", "").startswith(reverse("accounts:consent")):
                open_to_them.add(one.name)
    signing_in = {one for one in open_to_them if one.startswith(("account_", "mfa_", "users"))}
    assert open_to_them - signing_in == {
        "accounts:consent",
        "accounts:your_data",
        "accounts:download",
        "accounts:close",
        "accounts:end_session",
        "journal:delete_all",
    }
