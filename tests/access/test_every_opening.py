"""Nobody but the patient opens or changes anything of a patient's without leaving a record: every
address is walked, with a patient whose name, address and words can be told from all others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.template.base import Template
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, Invitation, Role, User
from education.care.models import ChosenReflection, Question, TeachBack, Visit
from education.journal.models import Night, Reflection
from education.reading.models import Assignment
from tests.factories import ClinicianFactory, PublishedEditionFactory

from .urls import addresses
from .world import SHARED, path_of, url_of

CANARY = b"canary"
# Whoever is no patient. What the others see of patients has to be in the record, too.
WALKERS = ["clinician", "stranger", "ended", "reviewer", "editor", "administrator"]
OF_A_PATIENT = {
    "care:patient", "care:patient_diary", "care:assign", "care:assign_article",
    "care:assign_programme", "care:team", "care:hand_over", "care:end_care", "care:assignment",
    "care:visit_page", "care:visit_call_off", "care:visit_after", "care:patient_visit",
    "care:teach_back_new", "care:teach_back",
}  # fmt: skip
LISTS = {"care:caseload", "care:visits", "accounts:invitations"}
OF_ADMINISTRATORS = {
    "accounts:invitations", "admin:autocomplete",
    *(f"admin:accounts_{model}_{page}" for model in ("user", "carerelationship", "mail")
      for page in ("changelist", "change", "history")),
}  # fmt: skip
# What leaves a record when it is looked at.
RECORDED: dict[str, set[str]] = {
    "clinician": OF_A_PATIENT | LISTS,
    "stranger": {"care:caseload"},
    "administrator": OF_ADMINISTRATORS,
}


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind: each look is the first one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def belongings() -> list[Any]:
    """Everything that somebody else can change of patients, as it is."""
    patients = User.objects.filter(role=Role.PATIENT).order_by("pk")
    fields = ("pk", "name", "email", "role", "is_active", "time_zone", "language")
    models = (Assignment, CareRelationship, ChosenReflection, Invitation, Night, Question,
              Reflection, TeachBack, Visit)  # fmt: skip
    return [list(patients.values(*fields))] + [
        list(model.objects.order_by("pk").values()) for model in models
    ]


def canaries(response: Any) -> bool:
    """Whether the answer shows something of the patient's."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    # Nor does a list of time zones.
    return CANARY in content.lower().replace(b"atlantic/canary", b"")


@pytest.fixture
def shares(world):
    """She shares a night and a reflection with her team."""
    patient = world["patient"]
    night = Night.objects.get(patient=patient)
    night.note, night.numbers_shared, night.words_shared = SHARED, True, True
    night.save()
    Reflection.objects.create(patient=patient, on=night.diary_date, text=SHARED, shared=True)


@pytest.mark.once
@pytest.mark.parametrize("person", WALKERS)
def test_what_is_shown_or_changed_is_recorded(world, client_of, shares, person):
    client, before = client_of(person), belongings()
    assert not AccessEvent.objects.exists()
    cookies = {name: one.value for name, one in client.cookies.items()}
    recorded = set()
    for one in addresses():
        try:
            path = path_of(one, world)
        except LookupError:
            continue
        for method in ("get", "post"):
            if one.name == "admin:autocomplete":
                path += "?app_label=accounts&model_name=carerelationship&field_name=patient"
            client.cookies.clear()
            for name, value in cookies.items():
                client.cookies[name] = value
            with undone():
                response = getattr(client, method)(path)
                noted = AccessEvent.objects.exists()
                shown = canaries(response)
                changed = method == "post" and not noted and belongings() != before
            assert noted or not (shown or changed), (method, path, shown, changed)
            if method == "get" and noted:
                recorded.add(one.name)
    assert recorded == RECORDED.get(person, set())


# --- Changes that say something -------------------------------------------------------------

KINDS = {Visit: "visit", Question: "question", TeachBack: "teach-back"}


def test_every_change_is_recorded_with_its_thing(world, client_of, db):
    patient, assignment = world["patient"], world["assignment"]
    clara, colleague = client_of("clinician"), world["colleague"]
    level = assignment.level
    other = PublishedEditionFactory()
    bulk = {"patient": [str(patient.public_id)], "article": other.article.slug, "step": "confirm"}
    plan = {"level": other.level, "note": "", "due_on": ""}
    page = clara.post(reverse("care:bulk"), bulk | plan)
    seen = clara.get(url_of("care:assignment", world)).context["form"]["seen"].value()
    soon = str(timezone.localdate())
    newcomer = {"name": "New Canary", "email": "new-canary@example.org"}
    explained = {"understood": "partly", "words": "Nights are long."}
    answer = f"answer-{world['question'].public_id}"
    steps = [
        ("care:assignment", {"level": level, "note": "Another", "seen": seen}, "changed", "own"),
        ("care:withdraw", {"reason": ""}, "withdrew", "own"),
        ("care:restore", {}, "assigned", "own"),
        ("care:undo_assign", {}, "withdrew", "own"),
        ("care:assign_article", plan | {"level": level}, "assigned", "made"),
        ("care:bulk", bulk | plan | {"step": "assign", "seen": page.context["plan"].fingerprint},
         "assigned", "made"),
        ("care:teach_back_new", explained | {"edition": f"{level}-1", "again": level}, "changed",
         "explained"),
        ("care:teach_back", explained, "changed", "teach_back"),
        ("care:teach_back_undo", {}, "withdrew", "teach_back"),
        ("care:patient_visit", {"on": soon, "at": "10:30", "seen": None}, "changed", "visit"),
        ("care:visit_after", {"agreed": "Agreed", "seen": None}, "changed", "visit"),
        ("care:visit_after", {"agreed": "Agreed", "seen": None, answer: "Yes."}, "changed",
         "question"),
        ("care:visit_call_off", {}, "withdrew", "visit"),
        ("care:team", {"colleague": str(colleague.public_id)}, "changed", ""),
        ("care:undo_share", {}, "changed", ""),
        ("accounts:invite", newcomer, "changed", ""),
        ("accounts:invite_again", {}, "changed", ""),
        ("accounts:revoke", {}, "withdrew", ""),
        ("care:hand_over", {"colleague": str(colleague.public_id)}, "changed", ""),
    ]  # fmt: skip
    for name, data, action, thing in steps:
        url = url_of(name, world)
        if name == "care:visit_call_off":
            # What has results can't be.
            Question.objects.filter(settled_at_visit=world["visit"]).delete()
            TeachBack.objects.update(visit=None)
            Visit.objects.filter(pk=world["visit"].pk).update(agreed="")
        if data.get("seen", "") is None:
            data["seen"] = clara.get(url).context["form"]["seen"].value()
        events = AccessEvent.objects.count()
        clara.post(url, data)
        assert AccessEvent.objects.count() > events, name
        event = AccessEvent.objects.order_by("-pk").first()
        assert (event.action, event.actor.name) == (action, "Clara"), name
        named = {
            "own": assignment,
            "made": Assignment.objects.order_by("pk").last(),
            "explained": TeachBack.objects.order_by("pk").last(),
        }.get(thing) or world.get(thing)
        assert event.thing == str(named.public_id if named else ""), name
        if thing in ("visit", "question", "teach_back", "explained"):
            assert event.what == KINDS[type(named)], name
    assert event.patient == patient
    # Nobody is left to be told of what did not happen.
    events = AccessEvent.objects.count()
    clara.post(url_of("care:withdraw", world), {"reason": ""})
    assert AccessEvent.objects.count() == events


def test_administrators_changes_are_recorded(world, client_of, db):
    admin, patient = client_of("administrator"), world["patient"]
    url = reverse("admin:accounts_user_change", args=[patient.pk])
    person = {"name": "Paula C", "email": patient.email, "role": "patient", "is_active": "on",
              "time_zone": "UTC", "language": "en-us"}  # fmt: skip
    pair = {"clinician": ClinicianFactory().pk, "patient": patient.pk}
    care = CareRelationship.objects.open().filter(patient=patient).first()
    for address, data, what in (
        (url, person, "person"),
        (url, person | {"role": "clinician", "name": "Refused"}, "person"),
        (reverse("admin:accounts_carerelationship_add"), pair, "care team"),
        (reverse("admin:accounts_carerelationship_end", args=[care.pk]), {"confirmed": 1},
         "care team"),
    ):  # fmt: skip
        events = AccessEvent.objects.count()
        admin.post(address, data)
        event = AccessEvent.objects.order_by("-pk").first()
        assert AccessEvent.objects.count() > events and event.what == what, address
        # A form that was refused was shown, with the name; anything else was a change.
        assert event.action == ("opened" if data.get("name") == "Refused" else "changed")
    # What one did lately stands on the front page, without a name; the last message is gone.
    admin.get(reverse("admin:accounts_user_changelist"))
    page = admin.get(reverse("admin:index")).content.lower()
    assert b"paula" not in page
    assert b"person %d" % patient.pk in page


@pytest.mark.parametrize(
    "name",
    ["care:patient", "care:caseload", "care:visits", "care:visit_page",
     "admin:accounts_user_change"],
)  # fmt: skip
def test_without_the_record_there_is_no_page(world, client_of, monkeypatch, name):
    """And without the page there is no record: they are one transaction."""
    administrator = name.startswith("admin")
    client = client_of("administrator" if administrator else "clinician")
    client.raise_request_exception = False
    path = (
        reverse(name, args=[world["patient"].pk]) if administrator else url_of(name, world)
    )  # fmt: skip
    with monkeypatch.context() as broken:
        broken.setattr(AccessEvent, "expected_hash", lambda self: 1 / 0)
        response = client.get(path)
    assert response.status_code == 500 and CANARY not in response.content.lower()
    renders, breaks = Template.render, [True]
    with monkeypatch.context() as broken:
        # The page, and not the one that says so.
        broken.setattr(
            Template, "render", lambda *args: 1 / 0 if breaks and breaks.pop() else renders(*args)
        )
        assert client.get(path).status_code == 500
    assert not AccessEvent.objects.exists()
    assert client.get(path).status_code == 200 and AccessEvent.objects.exists()
