"""Assigning to many from the caseload: chosen ones or all that match, checked until the end."""

import re
from datetime import date, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, User
from education.articles.models import Level
from education.reading.models import Assignment
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
    ReadingFactory,
)
from tests.reading.programme_pages import add_level, programme, published, withdraw_level

URL = "/caseload/assign/"
PLAIN, MIDDLE, DEEP = Level.FUNDAMENTALS, Level.INTERMEDIATE, Level.ACADEMIC


@pytest.fixture
def clara(db):
    return ClinicianFactory(time_zone="UTC")


@pytest.fixture
def people(clara):
    """Anna, Bert and Carl, in Clara's care."""
    patients = [PatientFactory(name=name, time_zone="UTC") for name in ("Anna", "Bert", "Carl")]
    for patient in patients:
        CareRelationshipFactory(clinician=clara, patient=patient)
    return patients


@pytest.fixture
def article(db):
    return published("Night light")


def send(client, patients=(), follow=False, **data):
    data["patient"] = [str(patient.public_id) for patient in patients]
    return client.post(URL, data, follow=follow)


def text_of(response):
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def hidden(response):
    """What the page would send, by name."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text_of(response))
    data = {}
    for name, value in found:
        data.setdefault(name, []).append(value)
    return data


def confirm(client, patients, **data):
    """The page of the last look."""
    response = send(client, patients, **{"step": "confirm", "level": "last", **data})
    assert response.status_code == 200
    return response


def go_on(client, response, follow=False, **data):
    return client.post(URL, {**hidden(response), "step": "assign", **data}, follow=follow)


def given(patient):
    return list(
        Assignment.objects.filter(patient=patient, withdrawn_at=None)
        .order_by("pk")
        .values_list("article__title", "level")
    )


# --- The three steps ------------------------------------------------------------------------


def test_what_then_how_then_a_last_look_then_everybody_has_it(signed_in, clara, people, article):
    client = signed_in(clara)
    page = send(client, people[:2], q="a", show="attention")
    assert "For Anna and Bert. What should they read?" in text_of(page)
    assert "Fundamentals · 1 min" in text_of(page)
    page = client.post(URL, {**hidden(page), "article": article.slug})
    assert 'value="last" class="form-check-input" id="id_level_0" required checked' in text_of(page)
    due = timezone.localdate() + timedelta(days=7)
    how = {"level": "last", "due_on": due.isoformat(), "note": "For <you>"}
    page = client.post(URL, {**hidden(page), **how, "step": "confirm"})
    assert "2 patients get it" in text_of(page)
    assert not Assignment.objects.exists()
    page = go_on(client, page, follow=True)
    assert "“Night light” is assigned to 2 patients." in text_of(page)
    assert page.redirect_chain[0][0].startswith("/caseload/?show=attention&found=")
    assert 'name="q" value="a"' in text_of(page)
    assert [given(patient) for patient in people] == [[("Night light", PLAIN)]] * 2 + [[]]
    [one, other] = Assignment.objects.all()
    assert (one.due_on, one.note, one.assigned_by) == (due, "For <you>", clara)
    assert one.batch == other.batch
    assert AccessEvent.objects.filter(action="assigned", actor=clara).count() == 2


def test_undo_takes_it_back_from_all_of_them(signed_in, clara, people, article):
    client = signed_in(clara)
    page = go_on(client, confirm(client, people, article=article.slug), follow=True)
    undo = re.search(r'<form action="(/assignments/undo/[^"]+)"', text_of(page))[1]
    client.post(undo)
    assert not Assignment.objects.open().exists()


@pytest.mark.once
@pytest.mark.parametrize("step", ["", "what", "confirm", "assign"])
def test_nobody_chosen_gives_nobody_anything(signed_in, clara, people, article, step):
    client = signed_in(clara)
    response = send(client, [], follow=True, step=step, article=article.slug, level=PLAIN, q="ann")
    assert response.redirect_chain[0][0].startswith("/caseload/?found=")
    assert 'name="q" value="ann"' in text_of(response)
    assert "Choose at least one patient first. Nobody was given anything." in text_of(response)
    assert not Assignment.objects.exists()


def test_an_empty_choice_keeps_what_was_to_be_assigned_and_the_page(signed_in, clara, article):
    place = f"0.{uuid4()}"
    data = {"article": article.slug, "level": PLAIN, "choosing": "1", "after": place}
    response = send(signed_in(clara), [], **data)
    assert response["Location"] == (
        f"/caseload/?article={article.slug}&level={PLAIN}&after={place}"
    )


def test_the_address_alone_leads_to_the_caseload(signed_in, clara):
    response = signed_in(clara).get(URL)
    assert (response.status_code, response["Location"]) == (302, "/caseload/")


def test_the_step_before_has_what_was_said(signed_in, clara, people, article):
    client = signed_in(clara)
    due = (timezone.localdate() + timedelta(days=3)).isoformat()
    data = {"article": article.slug, "level": PLAIN, "due_on": due, "note": "Kept."}
    page = confirm(client, people, **data)
    page = text_of(client.post(URL, {**hidden(page), "step": "how"}))
    assert f'value="{due}"' in page and "Kept.</textarea>" in page
    assert re.search(rf'value="{PLAIN}"[^>]* checked', page)
    page = send(client, people, **data, step="what", find="nothing like it")
    assert "Nothing found" in text_of(page)
    assert hidden(page)["note"] == ["Kept."]
    assert len(hidden(page)["patient"]) == 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"due_on": "2020-01-01"}, "This day is past"),
        ({"due_on": "2999-01-01"}, "within the next two years"),
        ({"due_on": "soon"}, "Enter a valid date"),
        ({"note": "x" * 501}, "at most 500"),
        ({"note": "\x00"}, "Null characters"),
        ({"level": DEEP}, "This level is not in the library any more"),
        ({"level": ""}, "Choose a level."),
    ],
)
def test_an_error_stands_beside_its_field_and_loses_nothing(
    signed_in, clara, people, article, wrong, said
):
    data = {"level": PLAIN, "note": "Kept.", "q": "n", **wrong}
    page = send(signed_in(clara), people, article=article.slug, step="assign", **data)
    assert page.status_code == 200
    assert said in text_of(page)
    assert len(hidden(page)["patient"]) == 3 and hidden(page)["q"] == ["n"]
    assert "note" in wrong or "Kept.</textarea>" in text_of(page)
    assert not Assignment.objects.exists()


def test_no_day_is_past_for_anybody_further_east(signed_in, clara, people, article, time_machine):
    time_machine.move_to("2026-11-23T23:30:00+00:00")
    User.objects.filter(pk=people[1].pk).update(time_zone="Pacific/Auckland")
    client = signed_in(clara)
    data = {"article": article.slug, "level": PLAIN, "step": "confirm"}
    assert "at least for some" in text_of(send(client, people, **data, due_on="2026-11-23"))
    assert "3 patients get it" in text_of(send(client, people, **data, due_on="2026-11-24"))


# --- Levels ---------------------------------------------------------------------------------


def test_each_gets_the_level_they_last_read_or_the_nearest_there_is(
    signed_in, clara, people, article
):
    add_level(article, MIDDLE)
    anna, bert, _carl = people
    for patient, level in ((anna, DEEP), (bert, MIDDLE)):
        read = published(f"Read by {patient.name}", level).editions.get()
        ReadingFactory(patient=patient, edition=read, finished_at=timezone.now())
    client = signed_in(clara)
    page = confirm(client, people, article=article.slug)
    assert "nearest to Academic, last read" in text_of(page)
    assert "last read at it" in text_of(page) and "has read nothing yet" in text_of(page)
    go_on(client, page)
    assert [given(one)[0][1] for one in people] == [MIDDLE, MIDDLE, PLAIN]


def test_a_level_for_all_of_them(signed_in, clara, people, article):
    add_level(article, DEEP)
    client = signed_in(clara)
    go_on(client, confirm(client, people, article=article.slug, level=DEEP))
    assert [given(one) for one in people] == [[("Night light", DEEP)]] * 3


def test_the_level_asked_for_on_the_way_here_is_chosen_beforehand(
    signed_in, clara, people, article
):
    add_level(article, MIDDLE)
    page = text_of(send(signed_in(clara), people, article=article.slug, level=MIDDLE))
    assert re.search(rf'value="{MIDDLE}"[^>]* checked', page)


# --- Who has it already, who is not there any more --------------------------------------------


def test_who_has_it_keeps_it_and_is_named(signed_in, clara, people, article):
    add_level(article, MIDDLE)
    AssignmentFactory(patient=people[0], article=article, level=MIDDLE)
    client = signed_in(clara)
    page = confirm(client, people, article=article.slug, level=PLAIN)
    assert "2 patients get it" in text_of(page) and "1 patient has it already" in text_of(page)
    page = text_of(go_on(client, page, follow=True))
    assert "is assigned to 2 patients. Anna had it already and keeps it as it was." in page
    assert given(people[0]) == [("Night light", MIDDLE)]


def test_twice_is_once(signed_in, clara, people, article):
    client = signed_in(clara)
    page = confirm(client, people, article=article.slug)
    go_on(client, page)
    again = text_of(go_on(client, page, follow=True))
    assert "was assigned to nobody. Anna, Bert and Carl had it already and keep it" in again
    assert Assignment.objects.count() == 3
    page = text_of(confirm(client, people, article=article.slug))
    assert "Everybody has this already" in page and 'value="assign"' not in page


def test_nobody_outside_the_care_gets_anything(signed_in, clara, people, article):
    stranger = PatientFactory(name="Stranger")
    client = signed_in(clara)
    page = confirm(client, [*people, stranger], article=article.slug)
    assert "1 of those you chose is not in your care any more" in text_of(page)
    assert "Stranger" not in text_of(page)
    go_on(client, page, patient=[str(one.public_id) for one in (*people, stranger)])
    assert given(stranger) == [] and given(people[0]) != []
    page = send(client, [stranger], follow=True, article=article.slug)
    assert "Nobody whom you chose is in your care any more." in text_of(page)


def test_who_leaves_the_care_before_the_last_step_is_left_out_after_asking_again(
    signed_in, clara, people, article
):
    client = signed_in(clara)
    page = confirm(client, people, article=article.slug)
    CareRelationship.objects.get(patient=people[2]).end()
    page = go_on(client, page)
    assert "This has changed while you looked at it" in text_of(page)
    assert not Assignment.objects.exists()
    go_on(client, page)
    assert [len(given(one)) for one in people] == [1, 1, 0]


# --- All that match -------------------------------------------------------------------------


def test_all_that_match_are_counted_confirmed_and_only_they(signed_in, clara, people, article):
    late = AssignmentFactory(
        patient=people[0], article=published("Old"), due_on=date(2026, 1, 1), assigned_by=clara
    )
    client = signed_in(clara)
    page = confirm(client, [], article=article.slug, everybody="1", show="overdue", q="an")
    assert "For the 1 patient who matches “Overdue” and “an”." in text_of(page)
    go_on(client, page)
    assert [len(given(one)) for one in people] == [2, 0, 0]
    assert given(late.patient)[1] == ("Night light", PLAIN)
    page = send(client, [], everybody="1")
    assert "For all 3 patients in your care." in text_of(page)


def test_when_others_match_meanwhile_it_asks_again(signed_in, clara, people, article):
    client = signed_in(clara)
    page = confirm(client, [], article=article.slug, everybody="1")
    newcomer = PatientFactory(name="Dora")
    CareRelationshipFactory(clinician=clara, patient=newcomer)
    page = go_on(client, page)
    assert "This has changed" in text_of(page) and "4 patients get it" in text_of(page)
    assert not Assignment.objects.exists()
    go_on(client, page)
    assert given(newcomer) == [("Night light", PLAIN)]


def test_nobody_matches(signed_in, clara, people, article):
    page = send(signed_in(clara), [], follow=True, everybody="1", q="zzz", article=article.slug)
    assert "Nobody matches any more. Nobody was given anything." in text_of(page)


# --- Programmes -----------------------------------------------------------------------------


def test_a_programme_for_many_from_a_day_on(signed_in, clara, people):
    light, dark = published("Light"), published("Dark", MIDDLE)
    made = programme((light, PLAIN, 0), (dark, MIDDLE, 14))
    AssignmentFactory(patient=people[0], article=light)
    for article in (light, dark):
        AssignmentFactory(patient=people[1], article=article, level=MIDDLE)
    client = signed_in(clara)
    page = send(client, people, programme=str(made.public_id))
    start = timezone.localdate() + timedelta(days=1)
    assert "day 14" in text_of(page)
    page = client.post(URL, {**hidden(page), "step": "confirm", "start_on": start.isoformat()})
    assert "1 of 2 articles" in text_of(page) and "all 2 articles" in text_of(page)
    assert "1 patient has it already" in text_of(page)
    page = text_of(go_on(client, page, follow=True))
    assert "“First weeks” is assigned to 2 patients. Anna and Bert had some of it" in page
    ours = Assignment.objects.filter(programme=made).order_by("patient__name", "due_on")
    assert [(one.patient.name, one.due_on) for one in ours] == [
        ("Anna", start + timedelta(days=14)),
        ("Carl", start),
        ("Carl", start + timedelta(days=14)),
    ]


def test_a_programme_needs_a_day(signed_in, clara, people):
    made = programme((published("Light"), PLAIN, 0))
    page = send(signed_in(clara), people, programme=str(made.public_id), step="confirm")
    assert "Choose the day on which it starts." in text_of(page)


# --- Gone, hostile, costs ---------------------------------------------------------------------


def test_what_is_gone_is_said_and_something_else_can_be_chosen(signed_in, clara, people, article):
    client = signed_in(clara)
    made = programme((published("Light"), PLAIN, 0), put_away_at=timezone.now())
    withdraw_level(article, PLAIN)
    for what in (
        {"article": article.slug},
        {"programme": str(made.public_id)},
        {"programme": "\x00"},
        {"article": "\x00" * 3 + "x" * 5000},
    ):
        page = send(client, people, step="assign", level=PLAIN, **what)
        assert page.status_code == 200
        assert "not in the library any more" in text_of(page)


def test_hostile_fields_are_no_patients(signed_in, clara, people, article):
    client = signed_in(clara)
    data = {
        "patient": ["\x00", "x" * 9999, "1", str(uuid4()), *[str(people[0].public_id)] * 60],
        "after": "\x00", "step": "\x00", "q": "\x00", "show": "x" * 999, "seen": "\x00",
        "article": article.slug, "find": "\x00", "due_on": "\x00", "start_on": "9" * 99,
    }  # fmt: skip
    page = client.post(URL, data)
    assert "For Anna." in text_of(page)
    assert client.post(URL, {**data, "step": "what"}).status_code == 200


@pytest.mark.once
def test_assigning_costs_the_same_queries_for_any_number(signed_in, clara, people, article):
    anna, bert, carl = people
    dora = CareRelationshipFactory(clinician=clara).patient
    for one in (*people, dora):
        # Somebody saw them before: their records have begun.
        AccessEvent.objects.record(patient=one, actor=clara, action="opened", what="patient page")
    costs = []
    # The first time costs one query more: it wakes the worker that sends the mails.
    for title, patients in (("One", [anna]), ("Two", [bert]), ("Three", [carl, dora])):
        client, what = signed_in(clara), published(title)
        with CaptureQueriesContext(connection) as looking:
            page = confirm(client, patients, article=what.slug)
        with CaptureQueriesContext(connection) as assigning:
            go_on(client, page)
        costs.append((len(looking), len(assigning)))
    assert costs[1] == costs[2]
    assert costs[0][0] <= 13


def test_too_many_at_once_are_refused(signed_in, clara, people, monkeypatch, article):
    monkeypatch.setattr("education.care.bulk.who.MOST_AT_ONCE", 2)
    page = send(signed_in(clara), [], follow=True, everybody="1", article=article.slug)
    assert "patients at once. Search or filter to choose fewer." in text_of(page)
    monkeypatch.undo()
    monkeypatch.setattr("education.care.views.bulk.MOST_ASSIGNMENTS", 2)
    page = confirm(signed_in(clara), people, article=article.slug)
    assert "This would be 3 articles at once; 2 is the most." in text_of(page)


def test_it_is_for_clinicians_only(signed_in, people, article):
    assert send(signed_in(people[0]), people, article=article.slug).status_code == 403
