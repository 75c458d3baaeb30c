"""Beside what a patient shares stands who opened it: what was really on a clinician's page."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship
from education.care.models import Question
from education.journal.models import Night, Reflection
from tests.factories import AssignmentFactory, CareRelationshipFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
BY = "Opened by Dr Clara, Mon 23 Nov"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-23 12:00:00+00:00", tick=False) as moment:
        yield moment


@pytest.fixture
def clara(clinician):
    clinician.name = "Dr Clara"
    clinician.save()
    CareRelationship.objects.update(started_at="2026-11-01 12:00:00+00:00")
    return clinician


def make_night(patient, days_ago=0, **fields) -> Night:
    day = TODAY - timedelta(days=days_ago)
    return Night.objects.create(patient=patient, diary_date=day, zone="UTC", quality=3, **fields)


def make_reflection(patient, text="Mine.", **fields) -> Reflection:
    return Reflection.objects.create(patient=patient, on=TODAY, text=text, **fields)


def test_what_was_shown_and_nothing_else(patient, clara, signed_in, clock):
    night = make_night(patient, 1, numbers_shared=True)
    last = make_night(patient, 5, words_shared=True, note="Words.")
    private = make_night(patient, 3)
    nothing_to_see = make_night(patient, 4, words_shared=True)
    old = make_night(patient, 40, numbers_shared=True)
    # It is shared after that clinician's last look, so the page names its date.
    CareRelationship.objects.update(page_opened_at="2026-11-22 12:00:00+00:00")
    shared, hidden = make_reflection(patient, shared=True), make_reflection(patient)
    asked = Question.objects.create(patient=patient, text="Why?", for_visit_since=timezone.now())
    AssignmentFactory(patient=patient, assigned_by=clara)
    clinician, client = signed_in(clara), signed_in(patient)
    clock.shift(60)
    clinician.get(reverse("care:patient", args=[patient.public_id]))
    clock.shift(60)
    late = make_night(patient, 2, numbers_shared=True)
    events = AccessEvent.objects.filter(action="opened").order_by("number")
    assert list(events.values_list("what", "thing")) == [
        ("patient page", ""),
        ("nights", "2026-11-18/2026-11-22"),
        ("nights", f"{old.diary_date}/{old.diary_date}"),
        ("reflection", str(shared.public_id)),
        ("question", str(asked.public_id)),
    ]
    for one in (night, last, old, shared):
        assert client.get(one.get_absolute_url()).content.decode().count(BY) == 1, one
    for one in (private, nothing_to_see, late, hidden):
        assert "Opened by" not in client.get(one.get_absolute_url()).content.decode(), one
    assert client.get("/journal/").content.decode().count(BY) == 4
    assert client.get(reverse("care:questions")).content.decode().count(BY) == 1
    assert client.get(reverse("care:today")).content.decode().count(BY) == 1
    assert "opened your page Mon 23 Nov" in client.get("/journal/sharing/").content.decode()
    # No longer shared: the record knows, the entry says nothing.
    Night.objects.filter(pk=night.pk).set_shared("numbers", False)
    assert "Opened by" not in client.get(night.get_absolute_url()).content.decode()
    # Each clinician once, with the last time; the diary counts like the page.
    clock.shift(timedelta(days=1))
    colleague = CareRelationshipFactory(patient=patient).clinician
    for one in (clara, colleague, clara):
        signed_in(one).get(reverse("care:patient_diary", args=[patient.public_id]) + "?last=90")
        clock.shift(60)
    page = signed_in(patient).get(old.get_absolute_url()).content.decode()
    page = " ".join(page.split())
    assert f"Opened by Dr Clara, Tue 24 Nov; {colleague.name}, Tue 24 Nov</p>" in page


@pytest.mark.parametrize("many", [1, 15])
def test_it_is_one_query_whatever_there_is(patient, clara, signed_in, many):
    colleagues = [CareRelationshipFactory(patient=patient).clinician for _ in range(many)]
    for days_ago in range(many):
        make_night(patient, days_ago, numbers_shared=True)
        make_reflection(patient, shared=True)
        Question.objects.create(patient=patient, text="Why?", for_visit_since=timezone.now())
        AssignmentFactory(patient=patient)
    for one in colleagues:
        signed_in(one).get(reverse("care:patient", args=[patient.public_id]))
    client = signed_in(patient)
    for url, most in (
        ("/journal/", 10),
        ("/journal/sharing/", 10),
        (reverse("care:questions"), 6),
        (reverse("care:today"), 10),
    ):
        with CaptureQueriesContext(connection) as queries:
            page = client.get(url).content.decode()
        assert len(queries) <= most, url
        assert sum("accounts_accessevent" in one["sql"] for one in queries) == 1, url
        assert colleagues[-1].name in page
