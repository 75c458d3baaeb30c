"""Every form and every address, sent what nobody should send: no 500, nothing stored that its own
model would refuse, nothing of anybody else's touched, no tag or address of theirs in the answer.

FUZZ_ROUNDS=20 tries twenty times as much; FUZZ_SEED=7 tries other things.
"""

import itertools
import os
import sys
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.signals import got_request_exception
from django.db import transaction
from django.test import Client
from django.urls import resolve

from accounts.models import User
from education.care.models import ChosenReflection, Question, TeachBack, Understood, Visit
from education.journal.models import Night, Reflection
from portal.middleware import BodyLimitMiddleware
from tests.factories import AssignmentFactory

from . import hostile, table
from .test_permissions import ALWAYS, BY_LOOKING, changes
from .urls import Address, addresses, filled
from .world import path_of

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1"))
SEED = os.environ.get("FUZZ_SEED", "1")
# How many fields of one form are broken alone, in one round.
ALONE = 3
PEOPLE = ["nobody", "own", "clinician", "reviewer", "editor", "administrator"]
# Whose forms write most of what is a patient's; the others' are tried on one database.
ON_BOTH = {"own", "clinician"}
EACH = [pytest.param(one, marks=[pytest.mark.once] * (one not in ON_BOTH)) for one in PEOPLE]
# Administrators may change these of anybody.
PEOPLE_AND_CARE = {"User", "CareRelationship", "EmailAddress", "Invitation", "Mail", "AccessEvent",
                   "AccessChain", "User_groups"}  # fmt: skip
# Leaving would end the walk; what it does is tried in tests of its own.
NOT_SENT = {"account_logout"}


@pytest.fixture
def peter(world) -> User:
    """Somebody with whom nobody here has anything to do."""
    peter = world["people"]["other"]
    day = date(2026, 11, 20)
    edition = AssignmentFactory(patient=peter).article.editions.get()
    Question.objects.create(patient=peter, text="His.")
    Night.objects.create(patient=peter, diary_date=day, zone="UTC", quality=3)
    thought = Reflection.objects.create(patient=peter, on=day, text="His.", shared=True)
    visit = Visit.objects.create(patient=peter, on=day, agreed="His.")
    ChosenReflection.objects.create(patient=peter, visit=visit, reflection=thought)
    TeachBack.objects.create(
        patient=peter, edition=edition, understood=Understood.PARTLY, words="His."
    )
    return peter


def belongings(user: User, person: str) -> dict[str, Any]:
    """By table, a question for all rows that are somebody's; and how that person stands."""
    found = {"accounts_user": [User.objects.filter(pk=user.pk).values_list()]}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.fields:
            if field.related_model is User:
                rows = model._base_manager.filter(**{field.name: user}).values_list()
                found.setdefault(model._meta.db_table, []).append(rows)
        if person == "administrator" and model.__name__ in PEOPLE_AND_CARE:
            found.pop(model._meta.db_table, None)
    return found


def as_they_are(questions: dict[str, Any], tables: Any) -> dict[str, Any]:
    """Those rows now, of these tables."""
    return {
        name: [sorted(map(str, rows.all())) for rows in questions[name]]
        for name in set(tables) & set(questions)
    }


class Attack:
    """Sends things as one person and notes what should not have come of it."""

    def __init__(self, person: str, client: Client, user: User | None, peter: User) -> None:
        self.person, self.client, self.user, self.peter = person, client, user, peter
        self.questions = belongings(peter, person)
        self.his = as_they_are(self.questions, self.questions)
        self.wrong: list[str] = []
        self.sent = 0
        self.models = {model._meta.db_table: model for model in apps.get_models()}

    def send(self, method: str, path: str, body: bytes = b"", kind: str = "", **extra: Any) -> Any:
        """One request, after which the database is as before."""
        self.sent += 1
        cookies = self.client.cookies.copy()
        with transaction.atomic(), changes() as written, self._errors() as errors:
            response = self.client.generic(
                method, path, body, content_type=kind or "application/octet-stream", **extra
            )
            content = b"".join(response) if response.streaming else response.content
            if not errors:
                self._judge(f"{method} {path[:120]}", method, response, content, written)
            transaction.set_rollback(True)
        self.client.cookies = cookies
        self.wrong += [f"{method} {path[:120]} {kind} {body[:300]!r}: {one}" for one in errors]
        return response, content

    @contextmanager
    def _errors(self) -> Any:
        errors: list[str] = []

        def note(sender: Any, request: Any, **kwargs: Any) -> None:
            errors.append(f"{sys.exc_info()[1]!r:.300}")

        got_request_exception.connect(note)
        yield errors
        got_request_exception.disconnect(note)

    def _judge(self, what: str, method: str, response: Any, content: bytes, written: set) -> None:
        def complain(about: str) -> None:
            self.wrong.append(f"{self.person} {what}: {about}")

        if response.status_code >= 500:
            complain(str(response.status_code))
        is_page = "html" in response.get("Content-Type", "")
        if is_page and (hostile.TAG.encode() in content or hostile.MADE.encode() in content):
            complain("what was sent became part of the page")
        if "evil" in response.get("Location", "").partition("?")[0] or "X-Injected" in response:
            complain("leads elsewhere")
        changed = written - ALWAYS
        if response.status_code >= 400 and changed:
            complain(f"refused, and wrote {changed}")
        if method == "GET" and changed - BY_LOOKING:
            complain(f"looked, and wrote {changed}")
        now = as_they_are(self.questions, changed)
        if any(rows != self.his[name] for name, rows in now.items()):
            complain(f"something of Peter's has changed: {changed}")
        if self.user and "accounts_user" in changed:
            fields = ("role", "may_review", "is_superuser")
            now = User.objects.get(pk=self.user.pk)
            if any(getattr(now, name) != getattr(self.user, name) for name in fields):
                complain("they gave themselves rights")
        for name in changed & set(self.models):
            for row in self.models[name]._default_manager.order_by("-pk")[:3]:
                try:
                    row.clean_fields()
                except ValidationError as error:
                    # What may be empty is said by forms, and by the database.
                    said = error.error_dict.items()
                    odd = {at: one for at, one in said if one[0].code not in ("blank", "null")}
                    if odd:
                        complain(f"stored in {name}: {str(odd)[:200]}")


@pytest.fixture
def attack(world, client_of, peter):
    def of(person: str) -> Attack:
        return Attack(person, client_of(person), world["people"][person], peter)

    return of


def open_to(person: str, method: str) -> list[Address]:
    """Addresses where this person is not turned away before anything is looked at."""
    expected, closed = table.read(), {"in", "403", "405"}
    return [
        one
        for one in addresses()
        if one.name not in NOT_SENT
        and expected.get((one.name, method), {}).get(person, "in") not in closed
    ]


def broken_places(places: list[Address]) -> list[str]:
    """Those that have arguments, with nonsense for each of them."""
    in_path = itertools.cycle(
        ["9" * 30, "%00", "%ED%A0%80", "%0A", "..%2F", "a" * 1500, "-1", "%D9%A1", "2026-02-30"]
    )
    return [
        filled(one.route, value)
        for one in places
        if "<" in one.route or "(" in one.route
        for value in (next(in_path), uuid4())
    ]


@pytest.mark.parametrize("person", [one for one in PEOPLE if one != "reviewer"])
def test_addresses(world, attack, person):
    """Nonsense for each argument, and for every name that a query string is asked for."""
    tried = attack(person)
    names, values = hostile.parameters(), itertools.cycle(hostile.VALUES)
    places = open_to(person, "GET")
    for path in broken_places(places):
        tried.send("GET", path)
    for _round in range(ROUNDS):
        for path in {path_of(one, world): 1 for one in places}:
            # One of 60,000 characters and one of 5,000 are more than a line may hold.
            asked = [(name, next(values)[:500]) for name in names]
            query = hostile.encoded(asked).decode()
            tried.send("GET", path, QUERY_STRING=query)
    assert tried.wrong == []


@pytest.mark.parametrize("person", EACH)
def test_forms(world, attack, person):
    """Each form that a person finds: all fields broken, some alone, files in place of words."""
    tried, chance, seen = attack(person), Random(f"{SEED} {person}"), set()
    values = itertools.cycle(hostile.VALUES)
    foreign = [str(tried.peter.public_id), str(tried.peter.pk), tried.peter.email]
    for path in {path_of(one, world): 1 for one in open_to(person, "GET")}:
        response, content = tried.send("GET", path)
        if response.status_code != 200 or "html" not in response["Content-Type"]:
            continue
        for form in hostile.forms_of(path, content.decode()):
            kind = (form.action.partition("?")[0], form.method, *form.names)
            if kind in seen or form.action.endswith("/account/logout/"):
                continue
            seen.add(kind)
            for _round in range(ROUNDS):
                for body, type_ in bodies(form, values, chance, foreign):
                    if form.method == "POST":
                        tried.send("POST", form.action, body, type_)
                    elif "multipart" not in type_:
                        tried.send("GET", form.action, QUERY_STRING=body[:4000].decode())
                if form.files:
                    view = resolve(form.action.partition("?")[0]).view_name
                    assert view in BodyLimitMiddleware.UPLOADS
    assert tried.wrong == []
    assert len(seen) > 1


def bodies(form: hostile.Form, values: Any, chance: Random, foreign: list[str]) -> Any:
    """What one form is sent in one round, and how it says it is written."""
    plain = "application/x-www-form-urlencoded"
    button = [chance.choice(form.buttons)] if form.buttons else []
    whole = [*form.fields, *button]
    yield hostile.encoded([*whole, *hostile.UNASKED.items()]), plain
    yield hostile.encoded([(name, next(values)) for name in form.names]), plain
    # Somebody else's names in place of one's own, each several times.
    yield hostile.encoded([(name, one) for name in form.names for one in foreign]), plain
    for name in chance.sample(form.names, min(ALONE, len(form.names))):
        broken = [one for one in whole if one[0] != name]
        yield hostile.encoded([*broken, (name, next(values))]), plain
    file = chance.choice(hostile.FILES)
    files = [(name, *file) for name in form.files or form.names[:3]]
    sent = whole if form.files else []
    yield hostile.multipart(sent, files), "multipart/form-data; boundary=B"


@pytest.mark.parametrize("person", ["nobody", "own", "editor"])
def test_bodies_that_are_no_form(world, attack, person):
    """Broken, deep, of another kind than said, far too many: at every address in turn."""
    tried, cycle = attack(person), itertools.cycle(hostile.BODIES)
    for path in {path_of(one, world): 1 for one in open_to(person, "POST")}:
        for _once in range(ROUNDS):
            kind, body = next(cycle)
            tried.send("POST", path, body, kind)
    assert tried.wrong == []


@pytest.mark.once
def test_heads_that_are_too_much(attack):
    """Cookies and headers, overlong and broken."""
    tried = attack("own")
    heads = {
        "HTTP_ACCEPT_LANGUAGE": "x," * 5000,
        "HTTP_COOKIE": "theme=" + "x" * 9000 + "; messages=\x00; csrftoken=\xff; look=\\073\\000",
        "HTTP_REFERER": "https://evil.example/\x00\xff" + "x" * 5000,
        "HTTP_USER_AGENT": "\xff\x00<canary-tag" * 500,
        "HTTP_ACCEPT": "*/*;q=\u0661, " * 3000,
        "HTTP_IF_MODIFIED_SINCE": "Mon, 99 Foo 99999 99:99:99 GMT",
        "HTTP_IF_NONE_MATCH": '"' * 4000,
        "HTTP_RANGE": "bytes=-99999999999999999999-",
        "HTTP_X_FORWARDED_FOR": "\x00, ::::1, 9.9.9.9" * 500,
        "HTTP_X_FORWARDED_PROTO": "javascript",
        "HTTP_X_REQUEST_ID": "\r\n" * 50,
        "HTTP_ORIGIN": "null",
        "HTTP_HX_REQUEST": "true",
        "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
        "CONTENT_LENGTH": "-5",
    }
    plain = "application/x-www-form-urlencoded"
    for name, value in heads.items():
        tried.send("GET", "/read/", **{name: value})
        tried.send("GET", "/account/password/reset/", **{name: value})
        tried.send("POST", "/profile/", b"a=1", plain, **{name: value})
    assert tried.wrong == []


@pytest.mark.once
def test_the_fuzzing_finds_what_there_is(world, attack, db):
    """A walk that sees no form and no name would be content with everything."""
    names = hostile.parameters()
    assert {"page", "q", "before", "letter", "found"} <= set(names)
    page = "<form id=a method=post><input name=b><select name=c><option value=1></select></form>"
    [form] = hostile.forms_of("/", page + "<button form=a name=d>")
    assert (form.method, form.names) == ("POST", ["b", "c", "d"])
    tried = attack("own")
    tried.peter.name = "Changed"
    tried.peter.save()
    assert as_they_are(tried.questions, tried.questions) != tried.his
