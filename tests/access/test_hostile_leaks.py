"""Ways round the walls that once were open."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accounts.models import Invitation, User
from accounts.models.invitation import InvitationAccepted
from education.journal.models import Night, Reflection
from tests.factories import AssignmentFactory, ReadingFactory
from tests.mails import deliver, mailed_path


def invite(client, email: str) -> User:
    client.post("/people/invite/", {"name": "Nia", "email": email})
    return User.objects.get(email=email)


@pytest.mark.parametrize(
    "lookup",
    [
        "nights__isnull=False",
        "nights__gt=0",
        "reflections__isnull=False",
        "assignments__isnull=False",
        "readings__isnull=False",
        "access_events__isnull=False",
        "password__startswith=md5",
    ],
)
def test_the_list_of_people_answers_no_question_about_journal_reading_or_passwords(
    administrator, patient, signed_in, lookup
):
    """A filter that changes nothing or is refused; here it would leave patients out or in."""
    Night.objects.create(patient=patient, diary_date=date(2026, 11, 20), zone="UTC", quality=3)
    Reflection.objects.create(patient=patient, on=date(2026, 11, 20), text="Mine.")
    AssignmentFactory(patient=patient)
    ReadingFactory(patient=patient)
    response = signed_in(administrator).get(f"/admin/accounts/user/?{lookup}")
    assert response.status_code in (302, 400)


@pytest.mark.parametrize("path", ["articles/edition/?readings__isnull=False",
                                  "articles/article/?assignments__isnull=False"])  # fmt: skip
def test_lists_of_content_say_nothing_of_reading(editor, patient, signed_in, path):
    ReadingFactory(patient=patient)
    assert signed_in(editor).get(f"/admin/{path}").status_code in (302, 400)


@pytest.mark.parametrize("role", ["editor", "administrator"])
def test_the_admins_shortcut_does_not_lead_into_a_journal(request, patient, signed_in, role):
    client = signed_in(request.getfixturevalue(role))
    for thing in (
        Night.objects.create(patient=patient, diary_date=date(2026, 11, 20), zone="UTC", quality=3),
        Reflection.objects.create(patient=patient, on=date(2026, 11, 20), text="Mine."),
    ):
        kind = ContentType.objects.get_for_model(thing).pk
        assert client.get(f"/admin/r/{kind}/{thing.pk}/").status_code == 404


def test_a_revoked_invitation_is_not_revived_by_password_reset(clinician, signed_in):
    client = signed_in(clinician)
    nia = invite(client, "nia@example.org")
    client.post(f"/people/{nia.public_id}/revoke/")
    deliver()
    Client().post("/account/password/reset/", {"email": "nia@example.org"})
    assert deliver() == []


def test_a_corrected_address_closes_the_link_that_went_to_the_wrong_one(
    clinician, administrator, signed_in
):
    nia = invite(signed_in(clinician), "wrong@example.org")
    [letter] = deliver()
    path = mailed_path(letter)
    assert Client().get(path).status_code == 200
    facts = {"name": "Nia", "email": "right@example.org", "role": "patient", "is_active": "on"}
    signed_in(administrator).post(
        f"/admin/accounts/user/{nia.pk}/change/",
        facts | {"time_zone": "UTC", "language": "en-us"},
    )
    nia.refresh_from_db()
    assert nia.email == "right@example.org"
    assert Client().get(path).status_code == 404


def test_sending_again_while_it_is_being_accepted_does_not_open_it_again(clinician, signed_in):
    nia = invite(signed_in(clinician), "nia@example.org")
    stale = Invitation.objects.get(user=nia)
    assert Invitation.objects.get(user=nia).accept("first-night-here")
    with pytest.raises(InvitationAccepted):
        stale.issue_token()
    assert Invitation.objects.get(user=nia).state == "accepted"


def test_stopping_to_share_is_not_undone_by_a_save_that_began_before(
    patient, signed_in, monkeypatch
):
    from education.journal.forms import NightForm

    night = Night.objects.create(
        patient=patient, diary_date=date(2026, 11, 20), zone="UTC", quality=3, words_shared=True
    )
    save = NightForm.save

    def late(self, *args, **kwargs):
        Night.objects.filter(pk=night.pk).update(words_shared=False)
        return save(self, *args, **kwargs)

    monkeypatch.setattr(NightForm, "save", late)
    signed_in(patient).post(
        night.get_absolute_url(), {"diary_date": "2026-11-20", "quality": "2", "note": "Private."}
    )
    night.refresh_from_db()
    assert (night.note, night.words_shared) == ("Private.", False)
