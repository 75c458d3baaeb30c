"""Who gets in where: each role at each address, with objects that belong to somebody else."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
)

from .urls import addresses
from .world import things_of, url_of

OK, MOVED, FORBIDDEN, MISSING, SIGN_IN = 200, 302, 403, 404, "sign in"


@pytest.fixture
def world(db, patient, clinician, reviewer, editor, administrator):
    """Paula, her clinician, and everybody else, with something of Paula's at every address."""
    people = {
        "anonymous": None,
        "paula": patient,
        "peter": PatientFactory(),
        "clara": clinician,
        "colin": ClinicianFactory(),
        "reviewer": reviewer,
        "editor": editor,
        "administrator": administrator,
    }
    return {"people": people, **things_of(patient, clinician, people["colin"])}


PEOPLE = ["anonymous", "paula", "peter", "clara", "colin", "reviewer", "editor", "administrator"]

OF_CLARA = [SIGN_IN, FORBIDDEN, FORBIDDEN, OK, MISSING, MISSING, FORBIDDEN, FORBIDDEN]
OF_CLINICIANS = [SIGN_IN, FORBIDDEN, FORBIDDEN, OK, OK, OK, FORBIDDEN, FORBIDDEN]
CHANGED_BY_CLARA = [MOVED if one == OK else one for one in OF_CLARA]
CHANGED_BY_CLINICIANS = [MOVED if one == OK else one for one in OF_CLINICIANS]

# Address: what each of PEOPLE gets for GET. Colin is a clinician, Peter a patient, who have
# nothing to do with Paula, whose objects these are.
TABLE = {
    "home": [SIGN_IN, MOVED, MOVED, MOVED, MOVED, MOVED, MOVED, MOVED],
    "portal:help": [OK] * 8,
    "accounts:profile": [SIGN_IN, OK, OK, OK, OK, OK, OK, OK],
    "accounts:access_record": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "accounts:invitations": [SIGN_IN, FORBIDDEN, FORBIDDEN, OK, OK, OK, FORBIDDEN, OK],
    "accounts:invite": [SIGN_IN, FORBIDDEN, FORBIDDEN, OK, OK, OK, FORBIDDEN, OK],
    "accounts:invite_many": [SIGN_IN, FORBIDDEN, FORBIDDEN, OK, OK, OK, FORBIDDEN, OK],
    "care:today": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "care:caseload": OF_CLINICIANS,
    # Only what is sent from the caseload leads on from there.
    "care:bulk": CHANGED_BY_CLINICIANS,
    "care:patient": OF_CLARA,
    "care:patient_diary": OF_CLARA,
    "care:assign": OF_CLARA,
    "care:assign_article": OF_CLARA,
    "care:assign_programme": OF_CLARA,
    "care:team": OF_CLARA,
    "care:hand_over": OF_CLARA,
    "care:end_care": OF_CLARA,
    "care:assignment": OF_CLARA,
    "care:questions": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "care:question_new": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "care:question": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "care:question_delete": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "programmes:index": OF_CLINICIANS,
    "programmes:new": OF_CLINICIANS,
    "programmes:programme": OF_CLINICIANS,
    "programmes:edit": OF_CLINICIANS,
    "reading:library": [SIGN_IN] + [OK] * 7,
    "reading:article": [SIGN_IN] + [MOVED] * 7,
    "reading:reader": [SIGN_IN] + [OK] * 7,
    # There is one edition only, so nothing to compare.
    "reading:changes": [SIGN_IN] + [MISSING] * 7,
    "reading:preview": [SIGN_IN, MISSING, MISSING, MISSING, MISSING, OK, OK, MISSING],
    "glossary:index": [SIGN_IN] + [OK] * 7,
    "glossary:term": [SIGN_IN] + [OK] * 7,
    "journal:index": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:night_new": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:night": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "journal:night_delete": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "journal:reflection_new": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:reflection": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "journal:reflection_delete": [SIGN_IN, OK, MISSING] + [FORBIDDEN] * 5,
    "journal:nights": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:search": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:sharing": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:stop_sharing": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:data": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:export_json": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:export_nights": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:export_reflections": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:import": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    "journal:report": [SIGN_IN, OK, OK] + [FORBIDDEN] * 5,
    # Nothing personal: patients and clinicians see the same figures.
    "journal:how": [SIGN_IN, OK, OK, OK, OK, OK, FORBIDDEN, FORBIDDEN],
}

# POST only: what a stranger gets for trying.
POSTS = {
    "glossary:lookup": [SIGN_IN, 204, 204] + [FORBIDDEN] * 5,
    "reading:look": [SIGN_IN] + [MOVED] * 7,
    "reading:evidence": [SIGN_IN, 400, 400] + [FORBIDDEN] * 5,
    "programmes:put_away": CHANGED_BY_CLINICIANS,
    "programmes:bring_back": CHANGED_BY_CLINICIANS,
    "care:undo_assign": CHANGED_BY_CLARA,
    "care:undo_share": CHANGED_BY_CLARA,
    "reading:finish": [SIGN_IN, MOVED, MOVED] + [FORBIDDEN] * 5,
    "reading:understand": [SIGN_IN, MOVED, MOVED] + [FORBIDDEN] * 5,
    "care:withdraw": CHANGED_BY_CLARA,
    "care:restore": CHANGED_BY_CLARA,
    "journal:night_share": [SIGN_IN, MOVED, MISSING] + [FORBIDDEN] * 5,
    "journal:reflection_share": [SIGN_IN, MOVED, MISSING] + [FORBIDDEN] * 5,
    "journal:draft": [SIGN_IN, 400, 400] + [FORBIDDEN] * 5,
    "journal:share_nights": [SIGN_IN, MOVED, MOVED] + [FORBIDDEN] * 5,
    "journal:import_undo": [SIGN_IN, MISSING, MISSING] + [FORBIDDEN] * 5,
    "journal:undo_sharing": [SIGN_IN, MOVED, MOVED] + [FORBIDDEN] * 5,
    "accounts:invite_again": [SIGN_IN, FORBIDDEN, FORBIDDEN, *[MISSING] * 3, FORBIDDEN, MISSING],
    "accounts:revoke": [SIGN_IN, FORBIDDEN, FORBIDDEN, *[MISSING] * 3, FORBIDDEN, MISSING],
}

# In neither table: public by design (test_every_url lists them) or without anything personal.
ELSEWHERE = {
    "accounts:theme",
    "accounts:clinic_css",
    "accounts:accept_invitation",
    "accounts:unsubscribe",
    "portal:live",
    "portal:ready",
    "portal:robots",
    "articles:figure",
}


def answer(client: Client, method: str, url: str) -> int | str:
    response = getattr(client, method)(url)
    if response.status_code == 302 and response["Location"].startswith("/account/login/"):
        return SIGN_IN
    return response.status_code


@pytest.mark.parametrize(
    ("method", "name", "expected"),
    [("get", *row) for row in TABLE.items()] + [("post", *row) for row in POSTS.items()],
)
def test_each_role_at_the_address(world, signed_in, method, name, expected):
    answers = {}
    for person, user in world["people"].items():
        client = signed_in(user) if user else Client()
        answers[person] = answer(client, method, url_of(name, world))
    assert answers == dict(zip(PEOPLE, expected, strict=True))


def test_every_address_of_ours_is_in_a_table():
    ours = {
        one.name
        for one in addresses()
        if one.is_ours and not one.route.startswith("admin/") and one.name != "portal:styleguide"
    }
    assert ours == set(TABLE) | set(POSTS) | ELSEWHERE


def test_access_ends_with_the_care_relationship(world, signed_in):
    client = signed_in(world["people"]["clara"])
    url = url_of("care:patient", world)
    assert client.get(url).status_code == OK
    world["people"]["paula"].care_received.get().end()
    assert client.get(url).status_code == MISSING
    assert client.post(url_of("care:withdraw", world)).status_code == MISSING
    world["assignment"].refresh_from_db()
    assert world["assignment"].withdrawn_at is None


def test_a_deactivated_person_is_out_at_the_next_request(world, signed_in):
    clara = world["people"]["clara"]
    client = signed_in(clara)
    clara.is_active = False
    clara.save()
    assert answer(client, "get", url_of("care:patient", world)) == SIGN_IN


def test_an_address_that_nobody_has_says_the_same_as_one_of_a_stranger(world, signed_in):
    client = signed_in(world["people"]["colin"])
    assert client.get(reverse("care:patient", args=[uuid4()])).status_code == MISSING
    assert client.get(url_of("care:patient", world)).status_code == MISSING


def test_a_colleague_who_shares_the_care_sees_the_patient(world, signed_in):
    colin = world["people"]["colin"]
    CareRelationshipFactory(clinician=colin, patient=world["people"]["paula"])
    assert signed_in(colin).get(url_of("care:patient", world)).status_code == OK
