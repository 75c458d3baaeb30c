"""Roles, care relationships and the clinic's color: what must never be false."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.color import DARK_PAPER, contrast
from accounts.models import AccessEvent, CareRelationship, ClinicProfile, Role, User
from accounts.opened import told
from tests.factories import (
    AdministratorFactory,
    ClinicianFactory,
    EditorFactory,
    PatientFactory,
    ReviewerFactory,
    UserFactory,
)


def test_two_people_cannot_share_an_address_in_any_case(db):
    UserFactory(email="paula@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="Paula@Example.org", name="Other")])


def test_only_a_clinician_can_have_the_right_to_review(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        EditorFactory(may_review=True)


def test_one_open_care_relationship_per_pair(db):
    clinician, patient = ClinicianFactory(), PatientFactory()
    first = CareRelationship.objects.create(clinician=clinician, patient=patient)
    with pytest.raises(IntegrityError), transaction.atomic():
        CareRelationship.objects.create(clinician=clinician, patient=patient)
    first.end()
    CareRelationship.objects.create(clinician=clinician, patient=patient)
    assert list(User.objects.patients_of(clinician)) == [patient]


def test_permissions_follow_the_role(db):
    editor = EditorFactory()
    assert editor.has_perm("articles.change_section")
    assert not editor.has_perm("articles.review_edition")
    assert not editor.has_perm("accounts.change_user")
    editor.role = Role.PATIENT
    editor.save()
    editor = User.objects.get(pk=editor.pk)
    assert not editor.has_perm("articles.change_section")
    assert not editor.is_staff


def test_nobody_but_the_patient_and_their_clinicians_has_journal_permissions(db):
    """No group holds a permission on journal or reading, whatever is added later."""
    private = Permission.objects.filter(content_type__app_label__in=["journal", "reading", "care"])
    assert private.exists()
    for person in (EditorFactory(), ReviewerFactory(), AdministratorFactory()):
        assert not any(
            person.has_perm(f"{one.content_type.app_label}.{one.codename}")
            for one in private.select_related("content_type")
        )


def test_the_first_administrator_of_the_command_line_is_no_superuser(db):
    admin = User.objects.create_superuser("first@example.org", "a-long-enough-password")
    assert admin.is_administrator
    assert admin.is_staff
    assert not admin.is_superuser


@pytest.mark.parametrize("accent", ["#ffcc00", "#8fbedb", "red", "#12345", "#12345g", ""])
def test_an_accent_that_cannot_be_read_is_refused(db, accent):
    with pytest.raises(ValidationError):
        ClinicProfile(accent=accent).full_clean()


def test_the_accents_dark_shade_can_be_read_too(db):
    shades = ClinicProfile(accent="#5a2b7a").accent_shades
    assert contrast(shades["dark"], DARK_PAPER) >= 7


def test_the_clinics_own_color_reaches_the_pages(client, db):
    ClinicProfile.objects.update_or_create(singleton=True, defaults={"accent": "#5a2b7a"})
    css = client.get("/clinic.css")
    assert "#5a2b7a" in css.content.decode()
    assert css["Content-Type"].startswith("text/css")


def test_every_opening_is_recorded_and_ones_own_never(db):
    patient, clinician = PatientFactory(), ClinicianFactory()
    for _ in range(2):
        for actor in (patient, clinician):
            AccessEvent.objects.record(
                patient=patient,
                actor=actor,
                action=AccessEvent.Action.OPENED,
                what=AccessEvent.What.PATIENT_PAGE,
            )
    assert [event.actor for event in AccessEvent.objects.all()] == [clinician] * 2
    [day], _older = told(AccessEvent.objects.filter(patient=patient), None)
    [entry] = day.entries
    assert len(entry.times) == 2


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe/London\x00"])
def test_a_time_zone_that_does_not_exist_is_refused(signed_in, patient, zone):
    response = signed_in(patient).post(
        "/profile/", {"name": "Paula", "time_zone": zone, "language": "en-us"}
    )
    assert response.status_code == 200
    patient.refresh_from_db()
    assert patient.time_zone == "Europe/London"


def test_a_person_changes_their_settings(signed_in, patient):
    signed_in(patient).post(
        "/profile/", {"name": "Paula P", "time_zone": "Asia/Tokyo", "language": "en-gb"}
    )
    patient.refresh_from_db()
    assert (patient.name, patient.time_zone, patient.language) == ("Paula P", "Asia/Tokyo", "en-gb")
