"""A clinician assigns, the patient reads and says so, the clinician sees it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.articles.models import Level
from education.reading.assigning import assign
from education.reading.models import Assignment, Reading, Wanted
from tests.factories import AssignmentFactory, PublishedEditionFactory


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(article__title="Nights and days")


def assign_url(patient):
    return reverse("care:assign", args=[patient.public_id])


def test_assigned_reading_is_at_the_top_of_the_patients_home(
    signed_in, clinician, patient, edition
):
    due = timezone.localdate() + timedelta(days=5)
    response = signed_in(clinician).post(
        assign_url(patient),
        {"edition": edition.pk, "due_on": due.isoformat(), "note": "Part two above all."},
        follow=True,
    )
    assert "is assigned" in response.content.decode()
    home = signed_in(patient).get(reverse("care:today")).content.decode()
    assert "Nights and days" in home
    assert "Part two above all." in home
    assert clinician.name in home


def test_what_the_patient_does_is_dated_on_the_clinicians_page(
    signed_in, clinician, patient, edition
):
    assignment = AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
    page = reverse("care:patient", args=[patient.public_id])
    assert signed_in(clinician).get(page).content.decode().count("not yet") == 2

    reader = signed_in(patient)
    reader.get(assignment.get_reading_url())
    assert signed_in(clinician).get(page).content.decode().count("not yet") == 1

    reader.post(reverse("reading:finish", args=[edition.article.slug, edition.level]))
    assert "not yet" not in signed_in(clinician).get(page).content.decode()
    reading = Reading.objects.get(patient=patient, edition=edition)
    assert reading.opened_at and reading.finished_at


def test_finishing_can_be_taken_back(signed_in, patient, edition):
    url = reverse("reading:finish", args=[edition.article.slug, edition.level])
    client = signed_in(patient)
    client.post(url)
    client.post(url, {"undo": "1"})
    assert Reading.objects.get(patient=patient).finished_at is None


def test_a_clinicians_look_at_an_article_is_no_reading(signed_in, clinician, edition):
    signed_in(clinician).get(edition.get_absolute_url())
    assert not Reading.objects.exists()


def test_the_same_article_twice_is_said_beside_the_field(signed_in, clinician, patient, edition):
    AssignmentFactory(patient=patient, article=edition.article)
    response = signed_in(clinician).post(
        assign_url(patient), {"edition": edition.pk, "note": "Typed with care."}
    )
    text = response.content.decode()
    assert response.status_code == 200
    assert "already has this article" in text
    assert "Typed with care." in text
    assert Assignment.objects.count() == 1


def test_two_clinicians_assigning_at_once_end_with_one(patient, clinician, edition):
    wanted = Wanted(patient, edition.article, edition.level)
    assert assign([wanted], by=clinician).assigned
    assert assign([wanted], by=clinician).already == [wanted]
    assert Assignment.objects.open().count() == 1


def test_withdraw_and_undo(signed_in, clinician, patient, edition):
    assignment = AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
    client = signed_in(clinician)
    client.post(reverse("care:withdraw", args=[assignment.public_id]))
    assert edition.article.title not in signed_in(patient).get("/today/").content.decode()
    client.post(reverse("care:restore", args=[assignment.public_id]))
    assert edition.article.title in signed_in(patient).get("/today/").content.decode()


def test_undo_after_assigning_anew_says_so(signed_in, clinician, patient, edition):
    first = AssignmentFactory(patient=patient, article=edition.article)
    first.withdraw(clinician)
    AssignmentFactory(patient=patient, article=edition.article, level=Level.ACADEMIC)
    response = signed_in(clinician).post(
        reverse("care:restore", args=[first.public_id]), follow=True
    )
    assert "already" in response.content.decode()
    assert Assignment.objects.open().count() == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("edition", "", "Choose an article at a level."),
        ("edition", "99999999999999999999999", "not in the library"),
        ("edition", "-1", "not in the library"),
        ("edition", "\x00", "Null characters"),
        ("due_on", "2026-02-29", "valid date"),
        ("due_on", "1999-01-01", "past"),
        ("due_on", "9999-12-31", "two years"),
        ("due_on", "99999-01-01", "valid date"),
        ("note", "x" * 501, "at most 500"),
        ("note", "a\x00b", "Null characters"),
    ],
)
def test_bad_input_is_said_beside_the_field(
    signed_in, clinician, patient, edition, field, value, says
):
    data = {"edition": edition.pk, "note": "Kept as typed.", field: value}
    response = signed_in(clinician).post(assign_url(patient), data)
    assert response.status_code == 200
    text = response.content.decode()
    assert says in text
    if field != "note":
        assert "Kept as typed." in text
    assert not Assignment.objects.exists()


def test_what_a_clinician_opens_is_in_the_patients_record_once_an_hour(
    signed_in, clinician, patient
):
    client = signed_in(clinician)
    page = reverse("care:patient", args=[patient.public_id])
    client.get(page)
    client.get(page)
    assert AccessEvent.objects.filter(patient=patient, actor=clinician).count() == 1
    record = signed_in(patient).get(reverse("accounts:access_record")).content.decode()
    assert clinician.name in record
