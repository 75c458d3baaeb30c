"""The clinician's home: who needs attention, and how much it costs to show."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.journal.models import Night
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
    PublishedEditionFactory,
    ReadingFactory,
)


@pytest.fixture
def clara(db):
    return ClinicianFactory(time_zone="UTC")


def cared_for(clara, **fields):
    patient = PatientFactory(**fields)
    CareRelationshipFactory(clinician=clara, patient=patient)
    return patient


def show(signed_in, clara, **query):
    return signed_in(clara).get(reverse("care:caseload"), query).content.decode()


def test_who_is_overdue_stands_first_with_the_reason(signed_in, clara):
    cared_for(clara, name="Anna Early")
    late = cared_for(clara, name="Zoe Late")
    AssignmentFactory(patient=late, due_on=timezone.localdate() - timedelta(days=2))
    page = show(signed_in, clara)
    assert page.index("Zoe Late") < page.index("Anna Early")
    assert "overdue since" in page
    assert "Anna Early" not in show(signed_in, clara, show="attention")


def test_a_week_unopened_needs_attention_and_opening_ends_it(signed_in, clara):
    patient = cared_for(clara, name="Una Opened")
    edition = PublishedEditionFactory()
    AssignmentFactory(
        patient=patient,
        article=edition.article,
        assigned_at=timezone.now() - timedelta(days=8),
    )
    assert "not opened since" in show(signed_in, clara, show="attention")
    ReadingFactory(patient=patient, edition=edition)
    assert "Una Opened" not in show(signed_in, clara, show="attention")


def test_search_by_name_and_address(signed_in, clara):
    cared_for(clara, name="Anna Early", email="early@example.org")
    cared_for(clara, name="Zoe Late")
    assert "Zoe Late" not in show(signed_in, clara, q="anna")
    assert "Anna Early" in show(signed_in, clara, q="EARLY@")
    assert "Nobody found" in show(signed_in, clara, q="%' OR 1=1 --")


def test_only_own_patients_and_only_shared_nights_are_counted(signed_in, clara):
    patient = cared_for(clara, name="Sharing Sam")
    PatientFactory(name="Somebody Else")
    today = timezone.localdate()
    for back, shared in ((1, True), (2, False), (3, True)):
        Night.objects.create(
            patient=patient,
            diary_date=today - timedelta(days=back),
            zone="UTC",
            quality=3,
            numbers_shared=shared,
        )
    page = show(signed_in, clara)
    assert "2 nights" in page
    assert "Somebody Else" not in page


def test_an_empty_caseload_says_what_to_do(signed_in, clara):
    assert "Invite your first patient" in show(signed_in, clara)


@pytest.mark.parametrize("number", ["0", "-1", "abc", "99999999999999999999", "\x00", "²"])
def test_any_page_number_gives_a_page(signed_in, clara, number):
    response = signed_in(clara).get(reverse("care:caseload"), {"page": number})
    assert response.status_code == 200


def fill(clara, patients):
    edition = PublishedEditionFactory()
    for _ in range(patients):
        patient = cared_for(clara)
        AssignmentFactory(
            patient=patient, article=edition.article, due_on=date(2026, 1, 1), assigned_by=clara
        )
        ReadingFactory(patient=patient, edition=edition)
        Night.objects.create(
            patient=patient,
            diary_date=timezone.localdate(),
            zone="UTC",
            quality=3,
            numbers_shared=True,
        )


@pytest.mark.parametrize("patients", [1, 3, 50])
def test_queries_do_not_grow_with_patients(signed_in, clara, django_assert_num_queries, patients):
    fill(clara, patients)
    client = signed_in(clara)
    with django_assert_num_queries(8):
        client.get(reverse("care:caseload"))


def test_the_second_page_has_the_rest_and_is_one_click_away(signed_in, clara):
    fill(clara, 53)
    first = show(signed_in, clara, q="patient")
    assert first.count('scope="row"') == 50
    assert 'href="?q=patient&amp;page=2"' in first
    second = show(signed_in, clara, q="patient", page="2")
    assert second.count('scope="row"') == 3
    assert 'href="?q=patient&amp;page=1"' in second
