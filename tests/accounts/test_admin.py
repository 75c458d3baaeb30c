"""People, care teams and the clinic's profile, as an administrator finds them."""

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import CareRelationship, ClinicProfile, Role
from tests.factories import (
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
    ReviewerFactory,
)

pytestmark = pytest.mark.django_db

CARE = "admin:accounts_carerelationship"


@pytest.fixture
def client(administrator, signed_in):
    return signed_in(administrator)


def user_url(user):
    return reverse("admin:accounts_user_change", args=[user.pk])


def user_data(user, **changes):
    data = {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "time_zone": user.time_zone,
        "language": user.language,
    }
    data |= {name: "on" for name in ("is_active", "may_review") if getattr(user, name)}
    data |= changes
    return {name: value for name, value in data.items() if value is not None}


def errors_of(response):
    return response.context["adminform"].form.errors


# --- People ---------------------------------------------------------------------------------


def test_people_join_by_invitation_and_are_never_deleted(client):
    page = client.get(reverse("admin:accounts_user_changelist")).content.decode()
    assert reverse("accounts:invite") in page
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403
    person = PatientFactory()
    url = reverse("admin:accounts_user_delete", args=[person.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert "password" not in client.get(user_url(person)).content.decode().replace(
        "/account/password/change/", ""
    ).replace("Change password", "")


def test_a_clinician_gets_and_loses_the_right_to_review(client):
    person = ClinicianFactory()
    assert client.post(user_url(person), user_data(person, may_review="on")).status_code == 302
    person.refresh_from_db()
    assert person.is_reviewer and person.has_perm("articles.review_edition")
    client.post(user_url(person), user_data(person, may_review=None))
    person = type(person).objects.get(pk=person.pk)
    assert not person.is_staff and not person.has_perm("articles.review_edition")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"may_review": "on"}, "may_review"),
        ({"email": "TAKEN@example.org"}, "email"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"language": "xx"}, "language"),
        ({"role": "superuser"}, "role"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(changes, field, client):
    PatientFactory(email="taken@example.org")
    person = PatientFactory()
    response = client.post(user_url(person), user_data(person, **changes))
    assert response.status_code == 200
    errors = errors_of(response)
    assert field in errors or errors.get("__all__")


def test_nobody_locks_themselves_out(client, administrator):
    data = user_data(administrator, role=Role.EDITOR, is_active=None)
    errors = errors_of(client.post(user_url(administrator), data))
    assert {"role", "is_active"} <= set(errors)
    administrator.refresh_from_db()
    assert administrator.is_administrator and administrator.is_active


def test_a_role_that_care_rests_on_is_kept(client):
    care = CareRelationshipFactory()
    for person in (care.patient, care.clinician):
        response = client.post(user_url(person), user_data(person, role=Role.EDITOR))
        assert "End this person’s care relationships first." in errors_of(response)["role"]


def test_a_former_address_no_longer_opens_the_account(client):
    person = PatientFactory(email="before@example.org")
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    client.post(user_url(person), user_data(person, email="After@example.org"))
    person.refresh_from_db()
    assert person.email == "after@example.org"
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["after@example.org"]


@pytest.mark.parametrize("who", ["patient", "clinician", "reviewer", "editor"])
def test_only_administrators_see_people(who, signed_in, request):
    client = signed_in(request.getfixturevalue(who))
    care = CareRelationshipFactory()
    for url in (
        reverse("admin:accounts_user_changelist"),
        user_url(care.patient),
        reverse(f"{CARE}_changelist"),
        reverse("admin:accounts_clinicprofile_changelist"),
    ):
        assert client.get(url).status_code in (302, 403)
    client.post(reverse(f"{CARE}_end", args=[care.pk]), {"confirmed": "yes"})
    care.refresh_from_db()
    assert care.ended_at is None


# --- Care -----------------------------------------------------------------------------------


def test_care_begins_and_ends_after_a_question(client, administrator):
    clinician, patient = ClinicianFactory(), PatientFactory()
    add = reverse(f"{CARE}_add")
    pair = {"clinician": clinician.pk, "patient": patient.pk}
    assert client.post(add, pair).status_code == 302
    care = CareRelationship.objects.get()
    assert care.started_by == administrator
    again = client.post(add, pair)
    assert "already cares for this patient" in str(errors_of(again)["patient"])

    end = reverse(f"{CARE}_end", args=[care.pk])
    assert client.get(end).status_code == 405
    assert "End care?" in client.post(end).content.decode()
    care.refresh_from_db()
    assert care.ended_at is None
    assert client.post(end, {"confirmed": "yes"}).status_code == 302
    care.refresh_from_db()
    assert care.ended_at
    ended_at = care.ended_at
    client.post(end, {"confirmed": "yes"})
    care.refresh_from_db()
    assert care.ended_at == ended_at
    assert client.post(add, pair).status_code == 302


def test_several_end_together_after_a_question(client):
    pks = [CareRelationshipFactory().pk, CareRelationshipFactory().pk]
    url = reverse(f"{CARE}_changelist")
    action = {"action": "end_selected", "_selected_action": pks}
    assert "End care?" in client.post(url, action).content.decode()
    assert CareRelationship.objects.open().count() == 2
    response = client.post(url, action | {"confirmed": "yes"}, follow=True)
    assert "2 care relationships have ended." in response.content.decode()
    assert not CareRelationship.objects.open().exists()


def test_care_is_neither_edited_nor_deleted(client):
    care = CareRelationshipFactory()
    change = reverse(f"{CARE}_change", args=[care.pk])
    assert "End this care relationship" in client.get(change).content.decode()
    assert client.post(change, {"clinician": ClinicianFactory().pk}).status_code == 403
    delete = reverse(f"{CARE}_delete", args=[care.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_each_side_is_offered_its_own_role(client):
    clinician, patient = ClinicianFactory(name="Same Name"), PatientFactory(name="Same Name")
    for field, person in (("clinician", clinician), ("patient", patient)):
        query = {
            "app_label": "accounts",
            "model_name": "carerelationship",
            "field_name": field,
            "term": "Same",
        }
        found = client.get(reverse("admin:autocomplete"), query).json()["results"]
        assert [row["id"] for row in found] == [str(person.pk)]


def test_the_wrong_role_is_refused(client):
    pair = {"clinician": PatientFactory().pk, "patient": ClinicianFactory().pk}
    errors = errors_of(client.post(reverse(f"{CARE}_add"), pair))
    assert {"clinician", "patient"} <= set(errors)


# --- The clinic -----------------------------------------------------------------------------


def profile_data(**changes):
    return {
        "name": "Lakeside Clinic",
        "telephone": "",
        "emergency_words": "Call.",
        "hard_moment_words": "Talk to somebody.",
        "accent": "#2b5a7a",
        "language": "en-us",
        "time_zone": "Europe/London",
    } | changes


def test_there_is_one_clinic(client):
    listed = reverse("admin:accounts_clinicprofile_changelist")
    add = reverse("admin:accounts_clinicprofile_add")
    ClinicProfile.objects.all().delete()
    assert client.get(listed).url == add
    assert client.post(add, profile_data()).status_code == 302
    profile = ClinicProfile.objects.get()
    change = reverse("admin:accounts_clinicprofile_change", args=[profile.pk])
    assert client.get(listed).url == change
    assert client.get(add).status_code == 403
    assert 'type="color"' in client.get(change).content.decode()
    url = reverse("admin:accounts_clinicprofile_delete", args=[profile.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403


def test_an_accent_that_cannot_be_read_is_refused(client):
    profile = ClinicProfile.objects.get_or_create()[0]
    change = reverse("admin:accounts_clinicprofile_change", args=[profile.pk])
    response = client.post(change, profile_data(accent="#ffdd00", name="A typed name"))
    assert "4.5 : 1" in str(errors_of(response)["accent"])
    assert "A typed name" in response.content.decode()
    assert client.post(change, profile_data(accent="#7a2b5a")).status_code == 302


# --- Lists, and nonsense --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "make"),
    [("user", ReviewerFactory), ("carerelationship", CareRelationshipFactory)],
)
def test_lists_cost_the_same_for_one_row_and_for_three(name, make, client):
    url = reverse(f"admin:accounts_{name}_changelist")
    make()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        assert client.get(url).status_code == 200
    make()
    make()
    # The first look at somebody's name is noted in their record.
    client.get(url)
    with CaptureQueriesContext(connection) as three:
        assert client.get(url).status_code == 200
    assert len(three) == len(one) <= 12


@pytest.mark.parametrize("thing", ["99999999999999999999999", "%00", "-1", "x", "'"])
def test_nonsense_is_never_an_error_page(thing, client):
    for model in ("user", "carerelationship", "clinicprofile"):
        for page in ("change", "delete", "history", "end"):
            url = f"/admin/accounts/{model}/{thing}/{page}/"
            for response in (client.get(url), client.post(url)):
                assert response.status_code in (302, 400, 403, 404, 405), url
    pair = {"clinician": thing, "patient": thing}
    assert client.post(reverse(f"{CARE}_add"), pair).status_code == 200
    action = {"action": "end_selected", "_selected_action": [thing]}
    status = client.post(reverse(f"{CARE}_changelist"), action).status_code
    assert status in (200, 302, 400, 404)
