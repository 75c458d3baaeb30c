"""Whether a patient keeps three hundred private entries and questions or none: a clinician gets
the same answer, byte for byte, at the same cost."""

import re
from datetime import date, timedelta
from functools import cache
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import CareRelationship
from accounts.sealed import seal
from education.care.approval import Approved
from education.care.models import ChosenReflection, Question, Visit
from education.journal.models import Draft, Night, Preferences, Reflection
from tests.factories import AssignmentFactory

NOW = "2026-11-23 12:00:00+00:00"
PRIVATE = "a-word-nobody-else-reads"
MANY = 300
# Days ago of nights that are written in another way.
OTHERS = (1, 3, 40, 5, 20, 60)
ANY_REFLECTION = UUID(int=7)
AT_A_GLANCE = {"caseload", "shared", "diary 90", "visits", "visit", "after", "patient"}
# The next visit and the one before are the same, whatever is private.
NEXT, BEFORE = UUID(int=8), UUID(int=9)


@pytest.fixture(autouse=True)
def one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


def night(patient, days_ago: int, **fields) -> Night:
    woke_at = timezone.now() - timedelta(days=days_ago, hours=5)
    return Night(
        patient=patient,
        diary_date=woke_at.date(),
        zone="Europe/London",
        into_bed_at=woke_at - timedelta(hours=8),
        tried_to_sleep_at=woke_at - timedelta(hours=8),
        minutes_to_fall_asleep=20,
        awakenings=0,
        woke_at=woke_at,
        got_up_at=woke_at,
        quality=3,
        **fields,
    )


def note_visits(patient, clinician) -> Visit:
    """One today, for which nothing is approved, and one that has been."""
    before = Visit.objects.create(
        patient=patient, public_id=BEFORE, agreed="Shared plan.", ended_at=timezone.now()
    )
    Question.objects.create(
        patient=patient, text="Shared, and answered.", answer="Yes.",
        for_visit_since=timezone.now(), settled_at=timezone.now(), settled_at_visit=before,
    )  # fmt: skip
    return Visit.objects.create(
        patient=patient, public_id=NEXT, clinician=clinician, on="2026-11-23"
    )


def share_some(patient) -> None:
    """Numbers of one night, words of another, both of a third; a reflection and a question, which
    are approved for the visit."""
    night(patient, 1, note=PRIVATE, medicine=PRIVATE, numbers_shared=True).save()
    night(patient, 3, note="Shared note.", medicine="Shared drops.", words_shared=True).save()
    night(patient, 40, note="Long ago.", numbers_shared=True, words_shared=True).save()
    thought = Reflection.objects.create(
        patient=patient, on="2026-11-20", text="Shared.", shared=True
    )
    thought.refresh_from_db()
    question = Question.objects.create(
        patient=patient, text="Shared question.", for_visit_since=timezone.now()
    )
    visit = Visit.objects.get(public_id=NEXT)
    ChosenReflection.objects.create(patient=patient, visit=visit, reflection=thought)
    nights = Night.objects.filter(patient=patient, numbers_shared=True)
    visit.approved = Approved.of(date(2026, 11, 23), [question], nights, [thought]).write()
    visit.approved_at = timezone.now()
    visit.save()


def write_in_private(patient) -> None:
    """Nights between and after those that are shared, reflections, some of them chosen for a visit
    and not shared any more, questions, open and settled, drafts, wishes."""
    visits = Visit.objects.filter(patient=patient)
    Question.objects.bulk_create(
        Question(
            patient=patient, text=PRIVATE, place=number % 7,
            settled_at=timezone.now() if number % 3 == 0 else None,
            settled_by=patient if number % 3 == 0 else None,
        )
        for number in range(MANY)
    )  # fmt: skip
    nights = [night(patient, days, note=PRIVATE) for days in range(MANY) if days not in OTHERS]
    Night.objects.bulk_create(nights)
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on="2026-11-21", text=PRIVATE) for _ in range(MANY)
    )
    for one in Reflection.objects.filter(patient=patient, shared=False)[:3]:
        for visit in visits:
            ChosenReflection.objects.create(patient=patient, visit=visit, reflection=one)
    for name in ("night:2026-11-23", "reflection:new"):
        Draft.objects.keep(patient, name, {"text": PRIVATE, "note": PRIVATE})
    Preferences.objects.create(patient=patient, shares_numbers=True, asks_more=True)


# Sealed twice, the same words look different.
sealed = cache(seal)


def pages(patient) -> dict[str, str]:
    """By name, every address where a clinician could learn something about this patient."""
    of = [patient.public_id]
    caseload, diary = reverse("care:caseload"), reverse("care:patient_diary", args=of)
    return {
        "caseload": caseload,
        "shared": f"{caseload}?show=shared",
        "attention": f"{caseload}?show=attention",
        "found": f"{caseload}?found={sealed(patient.email)}",
        **{f"diary {days}": f"{diary}?last={days}" for days in (14, 28, 90)},
        "assign": reverse("care:assign", args=of),
        "team": reverse("care:team", args=of),
        "end": reverse("care:end_care", args=of),
        "journal": reverse("journal:index"),
        "sharing": reverse("journal:sharing"),
        "night": reverse("journal:night", args=["2026-11-22"]),
        "reflection": reverse("journal:reflection", args=[ANY_REFLECTION]),
        "visits": reverse("care:visits"),
        "note visit": reverse("care:patient_visit", args=of),
        "visit": reverse("care:visit_page", args=[NEXT]),
        "after": reverse("care:visit_after", args=[NEXT]),
        "call off": reverse("care:visit_call_off", args=[NEXT]),
        "visit before": reverse("care:visit_page", args=[BEFORE]),
        "after before": reverse("care:visit_after", args=[BEFORE]),
        "questions": reverse("care:questions"),
        "visit of theirs": reverse("care:visit"),
        # The last, for it ends what is new.
        "patient": reverse("care:patient", args=of),
    }


def answers(client: Client, patient, look, names=None) -> dict[str, tuple[int, str, list[str]]]:
    """Of these pages status, text and queries, for somebody who last looked then."""
    CareRelationship.objects.filter(patient=patient).update(page_opened_at=look)
    found = {}
    for name, url in pages(patient).items():
        if names is None or name in names:
            with CaptureQueriesContext(connection) as queries:
                response = client.get(url)
            lines = response.content.decode().split("\n")
            # What is made anew for each page: a token, and how long the session still lasts.
            anew = ("csrfmiddlewaretoken", 'id="session-end"')
            page = "\n".join(line for line in lines if not any(one in line for one in anew))
            # The names of savepoints and cursors are counted up.
            asked = [sql for query in queries if "SAVEPOINT" not in (sql := query["sql"])]
            asked = [sql.partition("CURSOR FOR ")[2] or sql for sql in asked]
            # The record of access goes on: hashes, and how many events there are.
            goes_on = re.compile(r"\b[0-9a-f]{64}\b|(?<=[\[({ ,])\d+(?=[\])},])")
            asked = [goes_on.sub("", sql) for sql in asked]
            found[name] = (response.status_code, page, asked)
    return found


@pytest.mark.parametrize("shares", [False, True])
def test_a_clinician_gets_the_same_answers(signed_in, clinician, patient, shares):
    AssignmentFactory(patient=patient, assigned_by=clinician)
    note_visits(patient, clinician)
    CareRelationship.objects.update(started_at=timezone.now() - timedelta(days=30))
    client = signed_in(clinician)
    if shares:
        share_some(patient)
    a_day_ago = timezone.now() - timedelta(days=1)
    looks = {a_day_ago: None if shares else AT_A_GLANCE, None: AT_A_GLANCE}
    # What is stored once, such as who opened what, is stored by now.
    answers(client, patient, None, AT_A_GLANCE)
    without = {look: answers(client, patient, look, names) for look, names in looks.items()}
    assert ("Shared drops." in without[a_day_ago]["diary 90"][1]) == shares
    assert ("New since" in without[a_day_ago]["patient"][1]) == shares
    for words in ("Shared question.", "Shared."):
        assert (words in without[a_day_ago]["visit"][1]) == shares
    assert (
        "Shared, and answered."
        in (without[a_day_ago].get("visit before") or ("", "Shared, and answered."))[1]
    )
    write_in_private(patient)
    # Words that are shared and were never written don't even say that there is a night.
    Night.objects.bulk_create(
        night(patient, days, words_shared=True, words_shared_at=timezone.now())
        for days in (5, 20, 60)
    )
    for look, before in without.items():
        after = answers(client, patient, look, looks[look])
        for name, answer in before.items():
            assert after[name] == answer, name
            assert PRIVATE not in answer[1]


@pytest.mark.only_on("sqlite3")
def test_the_database_has_no_more_to_do(signed_in, clinician, patient):
    """Steps of the database's machine instead of seconds, which no test can rely on."""
    note_visits(patient, clinician)
    share_some(patient)
    client = signed_in(clinician)

    def steps() -> dict[str, int]:
        found = {}
        for name, url in pages(patient).items():
            count = 0

            def step() -> None:
                nonlocal count
                count += 1

            connection.connection.set_progress_handler(step, 1)
            client.get(url)
            connection.connection.set_progress_handler(None, 1)
            found[name] = count
        return found

    steps()
    without = steps()
    write_in_private(patient)
    assert steps() == without
