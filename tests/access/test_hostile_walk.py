"""Nonsense at every address, by every role: an answer below 500, whatever comes in."""

import itertools
import re
import sys
from uuid import uuid4

import pytest
from django.core.signals import got_request_exception
from django.test import Client
from django.urls import reverse

from .urls import addresses
from .world import arguments, things_of, url_of

LONG = "9" * 30
NASTY = [
    "-1",
    LONG,
    "9" * 4400,
    "a\x00b",
    b"\xed\xa0\x80",
    "2026-02-29",
    "%s{0}'\"><svg onload=1>",
    "\u202e\ufeff\u0661\U0001f319",
]
# What may stand in a path: a NUL, broken UTF-8, a newline, far too much.
IN_PATH = [LONG, "%00", "%ED%A0%80", "%0A", "..%2F", "a" * 1500]
PARAMETERS = [
    "page", "q", "topic", "before", "after", "date", "prompt", "level", "show", "next", "theme",
    "o", "p", "e", "all", "_popup", "_changelist_filters", "state", "work", "checked",
    "id__exact", "topics__id__exact", "definition", "role__exact", "reviewers",
    "article", "part", "programme", "do", "pick", "minutes", "patient", "start",
    "news", "mine",
]  # fmt: skip


@pytest.fixture
def failures():
    """Exceptions that became a 500, with where they came from."""
    seen = []

    def note(sender, request, **kwargs):
        error = sys.exc_info()[1]
        seen.append(f"{request.method} {request.get_full_path()[:150]}: {error!r:.200}")

    got_request_exception.connect(note)
    yield seen
    got_request_exception.disconnect(note)


@pytest.fixture
def world(db, patient, clinician, reviewer, editor, administrator):
    people = {
        "anonymous": None,
        "patient": patient,
        "clinician": clinician,
        "reviewer": reviewer,
        "editor": editor,
        "administrator": administrator,
    }
    return {"people": people, **things_of(patient, clinician, reviewer)}


def real_paths(world) -> list[str]:
    """Every address that needs no argument, and every other one with its real object."""
    paths = [url_of(name, world) for name in arguments(world)]
    for one in addresses():
        if "<" not in one.route and "(" not in one.route and one.name != "account_logout":
            paths.append("/" + one.route.replace("^", "").replace("$", "").replace("\\Z", ""))
    for name in ("article", "term", "reference"):
        thing = world[name]
        base = f"admin:{thing._meta.app_label}_{thing._meta.model_name}"
        paths += [reverse(f"{base}_{page}", args=[thing.pk]) for page in ("change", "delete")]
    paths.append(reverse("admin:articles_edition_change", args=[world["draft"].pk]))
    paths.append(reverse("admin:accounts_user_change", args=[world["patient"].pk]))
    return sorted(set(paths))


def broken_paths() -> list[str]:
    """Every address that has arguments, with nonsense for each of them."""
    paths = []
    values = itertools.cycle(IN_PATH)
    for one in addresses():
        if "<" in one.route or "(" in one.route:
            route = one.route.replace("^", "").replace("$", "").replace("\\Z", "")
            for value in (next(values), str(uuid4())):
                path = re.sub(r"<[^>]+>|\(\?P<[^>]+>[^)]*\)", lambda _m, v=value: v, route)
                paths.append("/" + re.sub(r"[()\[\]\\?+]", "", path))
    return paths


def client_of(user) -> Client:
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


PEOPLE = ["anonymous", "patient", "clinician", "reviewer", "editor", "administrator"]


@pytest.mark.parametrize("person", PEOPLE)
def test_nonsense_in_addresses(world, failures, person):
    client = client_of(world["people"][person])
    for path in broken_paths():
        client.get(path)
    assert failures == []


@pytest.mark.parametrize("person", [one for one in PEOPLE if one != "reviewer"])
def test_nonsense_in_parameters(world, failures, person):
    client = client_of(world["people"][person])
    # Each parameter meets each value somewhere: 35 parameters and 8 values have no common divisor.
    values = itertools.cycle(NASTY)
    for path in real_paths(world):
        client.get(path, {name: next(values) for name in PARAMETERS})
        client.put(path)
    assert failures == []
