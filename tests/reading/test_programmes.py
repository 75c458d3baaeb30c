"""Programmes: what they mean when they are assigned, and the pages to look at them."""

from datetime import date

import pytest
from django.urls import reverse

from education.articles.models import Level
from education.reading.assigning import assign
from education.reading.models import Assignment, Programme
from education.reading.programmes import plan, wanted_of
from tests.factories import PatientFactory

from .programme_pages import (
    add_level,
    many_published,
    page_of,
    programme,
    published,
    withdraw_level,
)

INDEX = "/programmes/"
PLAIN, MIDDLE, DEEP = Level.FUNDAMENTALS, Level.INTERMEDIATE, Level.ACADEMIC
START = date(2026, 11, 30)


# --- What it gives ----------------------------------------------------------------------------


def test_each_patient_gets_each_step_on_its_day(db, patient, other_patient):
    made = programme((published("Light"), PLAIN, 0), (published("Dark", MIDDLE), MIDDLE, 14))
    wanted = wanted_of(made, [patient, other_patient], START)
    assert [(one.patient, one.article.title, one.level, one.due_on) for one in wanted] == [
        (patient, "Light", PLAIN, START),
        (patient, "Dark", MIDDLE, date(2026, 12, 14)),
        (other_patient, "Light", PLAIN, START),
        (other_patient, "Dark", MIDDLE, date(2026, 12, 14)),
    ]


def test_a_level_that_is_gone_falls_to_the_nearest_and_says_so(signed_in, clinician, patient):
    article = published("Light", DEEP)
    add_level(article, MIDDLE)
    add_level(article, PLAIN)
    made = programme((article, DEEP, 7))
    withdraw_level(article, DEEP)
    [one] = wanted_of(made, [patient], START)
    assert one.level == MIDDLE
    page = signed_in(clinician).get(page_of(made)).content.decode()
    assert "Academic is not published any more" in page
    assert "Whoever is assigned it now gets Intermediate" in page


def test_an_article_that_nobody_can_read_is_left_out_and_shown_as_such(
    signed_in, clinician, patient
):
    gone, there = published("Light"), published("Dark")
    made = programme((gone, PLAIN, 7), (there, PLAIN, 14))
    withdraw_level(gone, PLAIN)
    assert [one.article for one in wanted_of(made, [patient], START)] == [there]
    page = signed_in(clinician).get(page_of(made)).content.decode()
    assert "It is left out when the programme is assigned." in page
    withdraw_level(there, PLAIN)
    assert wanted_of(made, [patient], START) == []
    page = signed_in(clinician).get(page_of(made)).content.decode()
    assert "Nothing to assign" in page
    assert "Assign to patients" not in page


def test_a_change_of_the_programme_does_not_touch_what_was_assigned(clinician, patient):
    light = published("Light")
    made = programme((light, PLAIN, 7))
    assign(wanted_of(made, [patient], START), by=clinician, programme=made)
    before = Assignment.objects.values().get()
    made.steps.all().delete()
    assert Assignment.objects.values().get() == before
    assert before["programme_id"] == made.pk


@pytest.mark.parametrize("many", [1, 30])
def test_queries_do_not_grow_with_steps_or_patients(db, django_assert_num_queries, many):
    made = programme(*((article, PLAIN, 7) for article in many_published(many)))
    patients = PatientFactory.create_batch(many)
    with django_assert_num_queries(2):
        assert len(wanted_of(made, patients, START)) == many * many


def test_no_programme_at_all_plans_nothing(db):
    assert plan(programme()) == []


# --- Looking at them --------------------------------------------------------------------------


def test_the_page_of_one_says_what_is_read_when_and_leads_to_assigning(signed_in, clinician):
    made = programme(
        (published("Light"), PLAIN, 0), (published("Dark", MIDDLE), MIDDLE, 14), description="New."
    )
    page = signed_in(clinician).get(page_of(made)).content.decode()
    assert "On the first day" in page and "By day 14" in page
    assert "Intermediate" in page and "1 minute" in page
    assert f'href="{reverse("care:caseload")}?programme={made.public_id}"' in page
    assert page.index("Light") < page.index("Dark")


def test_the_list_has_those_in_use_and_those_put_away(signed_in, clinician):
    client = signed_in(clinician)
    assert "No programmes yet" in client.get(INDEX).content.decode()
    assert "Nothing is put away" in client.get(INDEX + "?show=away").content.decode()
    programme((published("Light"), PLAIN, 7), name="Used")
    away = programme((published("Dark"), PLAIN, 7), name="Old")
    client.post(reverse("programmes:put_away", args=[away.public_id]))
    used, old = (client.get(INDEX + query).content.decode() for query in ("", "?show=away"))
    assert "Used" in used and ">Old<" not in used
    assert "Old" in old and "Used" not in old and "Bring back" in old


@pytest.mark.once
@pytest.mark.parametrize("many", [1, 20])
def test_queries_of_the_list_do_not_grow(signed_in, clinician, django_assert_num_queries, many):
    light = published("Light")
    for number in range(many):
        programme((light, PLAIN, 7), name=f"Programme {number}")
    client = signed_in(clinician)
    client.get(INDEX)
    with django_assert_num_queries(7):
        client.get(INDEX)


@pytest.mark.parametrize("query", ["?page=99", "?page=%00", "?show=%00away", "?page=-1&show=away"])
def test_no_query_breaks_the_list(signed_in, clinician, query):
    programme((published("Light"), PLAIN, 7))
    assert signed_in(clinician).get(INDEX + query).status_code == 200


# --- Put away, and back -----------------------------------------------------------------------


def test_put_away_offers_undo_and_undo_brings_it_back(signed_in, clinician):
    made = programme((published("Light"), PLAIN, 7))
    client = signed_in(clinician)
    response = client.post(reverse("programmes:put_away", args=[made.public_id]), follow=True)
    back = reverse("programmes:bring_back", args=[made.public_id])
    assert f'action="{back}"' in response.content.decode()
    assert not Programme.objects.in_use().exists()
    page = client.get(page_of(made)).content.decode()
    assert "No programme is in use" in client.get(INDEX).content.decode()
    assert "is not offered any more" in page and "Assign to patients" not in page
    assert "is in use" in client.post(back, follow=True).content.decode()
    assert Programme.objects.in_use().get() == made


def test_twice_is_said_and_breaks_nothing(signed_in, clinician):
    made = programme((published("Light"), PLAIN, 7))
    client = signed_in(clinician)
    for action, words in (("put_away", "put away already"), ("bring_back", "in use already")):
        url = reverse(f"programmes:{action}", args=[made.public_id])
        client.post(url)
        assert words in client.post(url, follow=True).content.decode()


def test_bringing_back_when_another_has_the_name_says_what_to_do(signed_in, clinician):
    light = published("Light")
    old = programme((light, PLAIN, 7))
    client = signed_in(clinician)
    client.post(reverse("programmes:put_away", args=[old.public_id]))
    programme((light, PLAIN, 7), name="first WEEKS")
    response = client.post(reverse("programmes:bring_back", args=[old.public_id]), follow=True)
    assert "Another programme has this name by now" in response.content.decode()
    assert reverse("programmes:edit", args=[old.public_id]) in response.content.decode()
    old.refresh_from_db()
    assert old.put_away_at


def test_programmes_are_the_clinics_every_clinician_sees_them(
    signed_in, other_clinician, clinician
):
    made = programme((published("Light"), PLAIN, 7), created_by=clinician, updated_by=clinician)
    page = signed_in(other_clinician).get(page_of(made)).content.decode()
    assert f"Last changed by {clinician.name}" in page


def test_clinicians_have_programmes_in_their_way_around_and_nobody_else(
    signed_in, clinician, patient, editor
):
    link = 'href="/programmes/"'
    assert link in signed_in(clinician).get("/help/").content.decode()
    for other in (patient, editor):
        assert link not in signed_in(other).get("/help/").content.decode()
