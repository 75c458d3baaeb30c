"""Who cares for a patient: shared with a colleague, handed over, ended; access follows at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship
from education.care import teams
from tests.factories import AssignmentFactory, CareRelationshipFactory, ClinicianFactory


@pytest.fixture
def colleague(db):
    return ClinicianFactory(name="Dr Colleague")


def url_of(patient, name="team", *more):
    return reverse(f"care:{name}", args=[patient.public_id, *more])


def sees(client, patient):
    return client.get(url_of(patient, "patient")).status_code == 200


def text_of(response):
    return response.content.decode()


def changes(patient):
    return AccessEvent.objects.filter(
        patient=patient, action=AccessEvent.Action.CHANGED, what=AccessEvent.What.CARE_TEAM
    ).count()


def test_sharing_lets_a_colleague_in_and_undo_lets_them_out(
    signed_in, clinician, patient, colleague
):
    client, theirs = signed_in(clinician), signed_in(colleague)
    assert not sees(theirs, patient)
    page = client.post(url_of(patient), {"colleague": colleague.public_id}, follow=True)
    assert "now cares for" in text_of(page)
    undo = url_of(patient, "undo_share", colleague.public_id)
    assert undo in text_of(page)
    assert sees(theirs, patient) and sees(client, patient)
    assert changes(patient) == 1
    page = client.post(undo, follow=True)
    assert "does not care for" in text_of(page)
    assert not sees(theirs, patient) and sees(client, patient)
    assert "can’t be undone" in text_of(client.post(undo, follow=True))
    assert changes(patient) == 2


def test_only_what_one_has_just_shared_oneself_is_undone(signed_in, clinician, patient, colleague):
    teams.share(patient, colleague, clinician)
    undo = url_of(patient, "undo_share", clinician.public_id)
    assert "can’t be undone" in text_of(signed_in(colleague).post(undo, follow=True))
    CareRelationship.objects.update(started_at=timezone.now() - timedelta(hours=2))
    undo = url_of(patient, "undo_share", colleague.public_id)
    assert "can’t be undone" in text_of(signed_in(clinician).post(undo, follow=True))
    assert CareRelationship.objects.open().count() == 2
    missing = url_of(patient, "undo_share", uuid4())
    assert signed_in(clinician).post(missing).status_code == 404


def test_handing_over_is_one_step_and_ends_access_at_once(signed_in, clinician, patient, colleague):
    AssignmentFactory(patient=patient, assigned_by=clinician)
    client, theirs = signed_in(clinician), signed_in(colleague)
    assert "in the same moment" in text_of(client.get(url_of(patient, "hand_over")))
    data = {"colleague": colleague.public_id}
    page = client.post(url_of(patient, "hand_over"), data, follow=True)
    assert "is handed over to Dr Colleague" in text_of(page)
    assert not sees(client, patient) and sees(theirs, patient)
    own = CareRelationship.objects.get(clinician=clinician)
    assert own.ended_by == clinician
    assert changes(patient) == 1
    # The second of two clicks says the same, and a page left open does nothing.
    page = client.post(url_of(patient, "hand_over"), data, follow=True)
    assert page.status_code == 200 and "had ended already" in text_of(page)
    assert client.get(url_of(patient, "hand_over")).status_code == 404
    assert CareRelationship.objects.open().count() == 1


def test_handing_over_to_somebody_who_cares_already(signed_in, clinician, patient, colleague):
    CareRelationshipFactory(clinician=colleague, patient=patient)
    signed_in(clinician).post(url_of(patient, "hand_over"), {"colleague": colleague.public_id})
    assert [one.clinician for one in CareRelationship.objects.open()] == [colleague]


def test_ending_asks_first_and_says_who_is_left(signed_in, clinician, patient, colleague):
    client = signed_in(clinician)
    assert "Nobody else cares for" in text_of(client.get(url_of(patient, "end_care")))
    CareRelationshipFactory(clinician=colleague, patient=patient)
    page = text_of(client.get(url_of(patient, "end_care")))
    assert "Nobody else" not in page and "Dr Colleague" in page
    assert sees(client, patient)
    page = client.post(url_of(patient, "end_care"), follow=True)
    assert "has ended, and so has your access" in text_of(page)
    assert not sees(client, patient)
    assert "had ended already" in text_of(client.post(url_of(patient, "end_care"), follow=True))
    assert changes(patient) == 1


def test_two_who_come_at_once_never_break(clinician, patient, colleague):
    assert teams.share(patient, colleague, clinician) is True
    assert teams.share(patient, colleague, clinician) is False
    assert teams.hand_over(patient, colleague, clinician) is True
    assert teams.hand_over(patient, colleague, clinician) is False
    assert teams.end(patient, clinician) is False
    assert teams.share(patient, colleague, clinician) is None
    assert CareRelationship.objects.open().count() == 1


def test_a_form_opened_before_somebody_else_shared_says_so(
    signed_in, clinician, patient, colleague
):
    CareRelationshipFactory(clinician=colleague, patient=patient)
    page = signed_in(clinician).post(url_of(patient), {"colleague": colleague.public_id})
    assert "Choose a colleague from the list." in text_of(page)


@pytest.mark.parametrize("value", ["", "1", "\x00", "x" * 5000, "00000000-0000-4000-8000-0"])
def test_nonsense_is_said_beside_the_field(signed_in, clinician, patient, colleague, value):
    client = signed_in(clinician)
    for name in ("team", "hand_over"):
        response = client.post(url_of(patient, name), {"colleague": value})
        assert response.status_code == 200
        assert "Choose a colleague" in text_of(response)
    assert CareRelationship.objects.count() == 1


def test_only_active_clinicians_can_be_chosen(signed_in, clinician, patient, editor, colleague):
    colleague.is_active = False
    colleague.save()
    client = signed_in(clinician)
    assert "in the care team already" in text_of(client.get(url_of(patient)))
    for person in (editor, patient, clinician, colleague):
        client.post(url_of(patient), {"colleague": person.public_id})
        client.post(url_of(patient, "hand_over"), {"colleague": person.public_id})
    assert CareRelationship.objects.count() == 1
    assert sees(client, patient)


def test_a_stranger_changes_nobodys_team(signed_in, clinician, patient, other_clinician):
    client = signed_in(other_clinician)
    data = {"colleague": other_clinician.public_id}
    for name in ("team", "hand_over", "end_care"):
        assert client.get(url_of(patient, name)).status_code == 404
        assert client.post(url_of(patient, name), data).status_code == 404
    undo = url_of(patient, "undo_share", clinician.public_id)
    assert client.post(undo).status_code == 404
    assert changes(patient) == 0


def test_the_patient_sees_the_team_and_what_changed(signed_in, clinician, patient, colleague):
    teams.share(patient, colleague, clinician)
    record = reverse("accounts:access_record")
    page = text_of(signed_in(patient).get(record))
    assert "Dr Colleague" in page and clinician.name in page
    assert "who is in your care team" in page
    teams.end(patient, clinician)
    teams.end(patient, colleague)
    page = text_of(signed_in(patient).get(record))
    assert "Nobody is in your care team" in page


@pytest.mark.parametrize("members", [1, 4])
def test_queries_do_not_grow_with_the_team(
    signed_in, clinician, patient, django_assert_num_queries, members
):
    for _ in range(members):
        CareRelationshipFactory(patient=patient)
        ClinicianFactory()
    client = signed_in(clinician)
    # The first record of a patient's begins its chain, for two queries more.
    for queries in (14, 12):
        with django_assert_num_queries(queries):
            client.get(url_of(patient))
