"""The four facts: what the page tells, for whom it counts, and what a hostile page can't do."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from education.reading.beacon import token_for
from education.reading.evidence import facts_by_article
from education.reading.models import Reading, SectionReached
from tests.factories import AssignmentFactory, PublishedEditionFactory, ReadingFactory

BODY = [("", "<p>One.</p>"), ("Two", "<p>Two.</p>"), ("Three", "<p>Three.</p>")]
SEEN = "/read/evidence/seen/"


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(body=BODY)


def tell(client, told):
    body = told if isinstance(told, bytes) else json.dumps(told)
    return client.post(SEEN, body, content_type="application/json").status_code


def test_what_the_page_tells_is_kept_for_its_reader(signed_in, patient, edition):
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    page = client.get(edition.get_absolute_url()).content.decode()
    token = re.search(r'data-token="([^"]+)"', page)[1]
    assert re.search(r'data-evidence="([^"]+)"', page)[1] == SEEN
    facts = [["opened", "", 900], ["part", "part-0", 300], ["part", "part-1", 0]]
    assert tell(client, {token: [*facts, ["last", "part-1", 0]]}) == 204
    reading = Reading.objects.get()
    assert (reading.patient, reading.edition) == (patient, edition)
    assert reading.opened_at and not reading.finished_at and not reading.understood_at
    assert reading.last_section.key == "part-1"
    assert {one.section.key for one in reading.sections.all()} == {"part-0", "part-1"}
    assignment.refresh_from_db()
    assert assignment.opened_at == reading.opened_at and assignment.finished_at is None
    again = client.get(edition.get_absolute_url()).content.decode()
    assert 'data-reached="part-0 part-1"' in again


def test_it_may_come_twice_and_late_and_the_first_time_counts(signed_in, patient, edition):
    client, token = signed_in(patient), token_for(patient, edition)
    assert tell(client, {token: [["opened", "", 0], ["part", "part-0", 0]]}) == 204
    first = Reading.objects.get()
    assert tell(client, {token: [["opened", "", 0], ["part", "part-0", 0]]}) == 204
    assert Reading.objects.get().opened_at == first.opened_at
    assert SectionReached.objects.count() == 1


def test_a_batch_from_before_does_not_move_the_place_back(
    signed_in, patient, edition, time_machine
):
    client, token = signed_in(patient), token_for(patient, edition)
    time_machine.move_to(timezone.now() + timedelta(minutes=10))
    tell(client, {token: [["last", "part-2", 0]]})
    time_machine.shift(timedelta(seconds=5))
    tell(client, {token: [["part", "part-0", 240_000], ["last", "part-0", 240_000]]})
    reading = Reading.objects.get()
    assert reading.last_section.key == "part-2" and reading.sections.count() == 1


@pytest.mark.parametrize("age", [0, -5, 10**30, 1e308, 3_600_000])
def test_times_lie_between_the_page_and_now(signed_in, patient, edition, time_machine, age):
    made = timezone.now()
    token = token_for(patient, edition)
    time_machine.move_to(made + timedelta(minutes=1))
    assert tell(signed_in(patient), {token: [["opened", "", age]]}) == 204
    opened_at = Reading.objects.get().opened_at
    assert made - timedelta(seconds=1) <= opened_at <= made + timedelta(minutes=1, seconds=5)


def test_it_counts_for_nobody_else(signed_in, patient, other_patient, clinician, edition):
    token = token_for(patient, edition)
    assert tell(signed_in(other_patient), {token: [["opened", "", 0]]}) == 204
    assert tell(signed_in(clinician), {token: [["opened", "", 0]]}) == 403
    assert tell(Client(), {token: [["opened", "", 0]]}) == 302
    assert not Reading.objects.exists()


def test_it_belongs_to_the_edition_that_was_on_the_screen(signed_in, patient, edition):
    token = token_for(patient, edition)
    PublishedEditionFactory(article=edition.article, number=2, body=BODY)
    assert tell(signed_in(patient), {token: [["part", "part-0", 0]]}) == 204
    assert Reading.objects.get().edition == edition


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"\xff\x00", 400),
        (b"[]", 400),
        (b"7", 400),
        (b"null", 400),
        (b'{"token": {}}', 400),
        (b'{"token": "part"}', 400),
        (b"[" * 20_000, 400),
        (b'{"a": ' * 5_000, 400),
        (b'{"x": [' + b"9" * 9_000 + b"]}", 400),
        (b'{"' + b"x" * 40_000 + b'": []}', 400),
        (b"{}", 204),
        (b'{"no-token": [["opened", "", 0]]}', 204),
        (b'{"\\u0000:\\ud800": [["opened", "", 0]]}', 204),
        (b'{"W10:x": [["opened", "", 0]]}', 204),
    ],
)
def test_no_body_breaks_it(signed_in, patient, body, status):
    assert tell(signed_in(patient), body) == status
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        [None, 1, "x", [], {}, ["opened"], ["opened", "", "soon"], ["opened", "", True]],
        [["opened", "", None], [["opened"], "", 0], ["part", None, 0], ["part", ["x"], 0]],
        [["last", "nowhere", 0], ["part", "\x00", 0], ["part", "\ud800", 0], ["part", "", 0]],
        [["part", "x" * 9000, 0], ["finished", "", 0], ["understood", "", 0]],
        [["opened", "", float("nan")]],
        [["part", f"part-{number}", 0] for number in range(9, 900)],
    ],
)
def test_no_fact_breaks_it(signed_in, patient, edition, facts):
    assert tell(signed_in(patient), {token_for(patient, edition): facts}) == 204
    assert not SectionReached.objects.exists()
    said = Reading.objects.exclude(opened_at=None, finished_at=None, understood_at=None)
    assert not said.exists()


def test_only_posts_with_the_forms_token_are_taken(patient, signed_in, edition):
    client = signed_in(patient, enforce_csrf_checks=True)
    assert tell(client, {token_for(patient, edition): [["opened", "", 0]]}) == 403
    assert signed_in(patient).get(SEEN).status_code == 405
    assert not Reading.objects.exists()


# --- What the patient says ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fact", "button"),
    [
        ("reading:finish", "finished_at", "I’ve finished"),
        ("reading:understand", "understood_at", "I understand"),
    ],
)
def test_saying_and_taking_back(signed_in, patient, edition, name, fact, button):
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    url = reverse(name, args=[edition.article.slug, edition.level])
    assert f">{button}</button>" in client.get(edition.get_absolute_url()).content.decode()
    page = client.post(url, follow=True).content.decode()
    reading = Reading.objects.get()
    assignment.refresh_from_db()
    assert getattr(reading, fact) == getattr(assignment, fact) is not None
    facts = ("opened_at", "finished_at", "understood_at")
    assert [one for one in facts if getattr(reading, one)] == [fact], "nothing is inferred"
    assert f">{button}</button>" not in page
    # The message's Undo is a form without fields.
    undo = re.search(r'<form action="([^"]+)" method="post">.*?Undo', page, re.DOTALL)[1]
    assert undo == f"{url}?undo=1&amp;edition=1"
    client.post(undo.replace("&amp;", "&"))
    assert getattr(Reading.objects.get(), fact) is None
    client.post(url)
    client.post(url, {"undo": "1"})
    assert getattr(Reading.objects.get(), fact) is None


def test_what_was_said_before_it_was_assigned_is_asked_anew(signed_in, patient, edition):
    ReadingFactory(patient=patient, edition=edition, finished_at=timezone.now())
    client = signed_in(patient)
    assert "You finished this" in client.get(edition.get_absolute_url()).content.decode()
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    page = client.get(edition.get_absolute_url()).content.decode()
    assert "I’ve finished</button>" in page
    client.post(reverse("reading:finish", args=[edition.article.slug, edition.level]))
    assignment.refresh_from_db()
    assert assignment.finished_at
    assert "You finished this" in client.get(edition.get_absolute_url()).content.decode()


def test_what_is_said_belongs_to_the_edition_on_the_page(signed_in, patient, edition):
    """Although another one came out while the patient was reading."""
    client = signed_in(patient)
    page = client.get(edition.get_absolute_url()).content.decode()
    token = re.search(r'name="page" value="([^"]+)"', page)[1]
    newer = PublishedEditionFactory(article=edition.article, number=2, body=BODY)
    url = reverse("reading:understand", args=[edition.article.slug, edition.level])
    page = client.post(url, {"page": token}, follow=True).content.decode()
    assert Reading.objects.get().edition == edition
    assert "Changed since you read it" in page
    client.post(f"{url}?undo=1&edition=1")
    assert Reading.objects.get().understood_at is None
    client.post(url)
    assert Reading.objects.get(understood_at__isnull=False).edition == newer


@pytest.mark.parametrize("undo", ["1", "0", "99999", "²", "-1", "x" * 500, "\x00"])
def test_nothing_said_breaks_it(signed_in, patient, other_patient, edition, undo):
    url = reverse("reading:finish", args=[edition.article.slug, edition.level])
    tokens = [token_for(other_patient, edition), "\x00", "x" * 9000, "\ud800"]
    client = signed_in(patient)
    for token in tokens:
        body = {"page": token.encode("utf-8", "surrogatepass").decode("latin-1")}
        assert (
            client.post(url, {**body, "undo": "1"}, query_params={"edition": undo}).status_code
            == 302
        )
    assert not Reading.objects.exclude(finished_at=None).exists()
    assert not Reading.objects.filter(patient=other_patient).exists()


def test_patient_and_clinician_see_the_same_facts(signed_in, patient, clinician, edition):
    ReadingFactory(patient=patient, edition=edition, understood_at=timezone.now())
    client = signed_in(patient)
    tell(client, {token_for(patient, edition): [["part", "part-0", 0]]})
    own = client.get(edition.get_absolute_url()).context["own"].facts
    (theirs,) = facts_by_article(clinician, patient=patient, articles=[edition.article])[
        edition.article_id
    ]
    assert own == theirs
    assert (own.parts_reached, own.parts, own.finished_at) == (1, 3, None)
