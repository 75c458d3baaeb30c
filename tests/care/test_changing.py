"""What is assigned can be changed and withdrawn; what it was stays to be read."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.articles.models import Level
from education.care.history import history_of
from education.reading.models import Assignment, AssignmentChange, Reading
from tests.factories import AssignmentFactory, PublishedEditionFactory


@pytest.fixture
def assignment(patient, clinician):
    edition = PublishedEditionFactory(article__title="Nights and days")
    PublishedEditionFactory(article=edition.article, level=Level.INTERMEDIATE)
    return AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)


def url_of(assignment, name="assignment"):
    return reverse(f"care:{name}", args=[assignment.public_id])


def seen(client, assignment):
    return client.get(url_of(assignment)).context["form"]["seen"].value()


def change(client, assignment, **data):
    data = {"level": assignment.level, "seen": seen(client, assignment), **data}
    return client.post(url_of(assignment), data, follow=True)


def words(assignment):
    return [one.words for one in history_of([assignment])[assignment.pk]]


def text_of(response):
    return response.content.decode()


def test_level_day_and_note_change_and_the_history_says_so(
    signed_in, clinician, patient, assignment
):
    client = signed_in(clinician)
    due = timezone.localdate(timezone=patient.zone) + timedelta(days=4)
    page = change(
        client, assignment, level=Level.INTERMEDIATE, due_on=due.isoformat(), note="Part two."
    )
    assert "“Nights and days” is saved." in text_of(page)
    assert "What was changed" in text_of(page)
    assert "changed the level from Fundamentals to Intermediate" in text_of(page)
    assignment.refresh_from_db()
    assert (assignment.level, assignment.due_on, assignment.note) == (
        Level.INTERMEDIATE,
        due,
        "Part two.",
    )
    change(client, assignment, due_on=(due + timedelta(days=2)).isoformat(), note="Part three.")
    change(client, assignment, due_on="", note="")
    said = words(assignment)
    assert said[0] == "assigned it at Fundamentals"
    assert "set the day to" in said[1] and "added the note" in said[1]
    assert "moved the day from" in said[2] and "changed the note from “Part two.”" in said[2]
    assert "took away the day" in said[3] and "took away the note “Part three.”" in said[3]
    assert AccessEvent.objects.filter(patient=patient, action="changed").count() == 3


def test_saving_without_a_difference_keeps_no_history(signed_in, clinician, assignment):
    change(signed_in(clinician), assignment)
    assert not AssignmentChange.objects.exists()


def test_a_day_that_is_past_may_stay_and_can_not_be_set(signed_in, clinician, assignment):
    past = timezone.localdate() - timedelta(days=9)
    Assignment.objects.update(due_on=past)
    client = signed_in(clinician)
    change(client, assignment, due_on=past.isoformat(), note="Whenever you can.")
    assignment.refresh_from_db()
    assert (assignment.due_on, assignment.note) == (past, "Whenever you can.")
    page = change(client, assignment, due_on=(past + timedelta(days=1)).isoformat())
    assert "This day is past" in text_of(page)


def test_two_who_change_at_once_see_each_others(signed_in, clinician, assignment):
    client = signed_in(clinician)
    before = seen(client, assignment)
    assignment.change(clinician, level=Level.INTERMEDIATE, due_on=None, note="The first note.")
    data = {"level": Level.FUNDAMENTALS, "note": "The second note.", "seen": before}
    page = client.post(url_of(assignment), data)
    text = text_of(page)
    assert "Somebody else changed this" in text
    assert "The first note." in text and "The second note." in text
    assignment.refresh_from_db()
    assert assignment.note == "The first note."
    data["seen"] = page.context["form"]["seen"].value()
    client.post(url_of(assignment), data)
    assignment.refresh_from_db()
    assert assignment.note == "The second note."


def test_what_the_patient_reads_meanwhile_is_no_clash(signed_in, clinician, patient, assignment):
    client = signed_in(clinician)
    before = seen(client, assignment)
    edition = assignment.article.editions.get(level=Level.FUNDAMENTALS)
    Reading.objects.note_finished(patient, edition)
    client.post(
        url_of(assignment), {"level": Level.INTERMEDIATE, "note": "Now deeper.", "seen": before}
    )
    assignment.refresh_from_db()
    assert assignment.level == Level.INTERMEDIATE
    assert assignment.finished_at is not None


def test_a_level_that_left_the_library_is_said_and_may_stay(signed_in, clinician, assignment):
    Assignment.objects.update(level=Level.ACADEMIC)
    assignment.refresh_from_db()
    client = signed_in(clinician)
    assert "not in the library any more" in text_of(client.get(url_of(assignment)))
    change(client, assignment, note="Still this one.")
    assignment.refresh_from_db()
    assert (assignment.level, assignment.note) == (Level.ACADEMIC, "Still this one.")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("level", "\x00", "not in the library"),
        ("level", "academic", "not in the library"),
        ("due_on", "2026-13-41", "valid date"),
        ("note", "x" * 501, "at most 500"),
        ("seen", "\x00", "Null characters"),
        ("seen", "x" * 5000, "Somebody else changed this"),
    ],
)
def test_bad_input_changes_nothing(signed_in, clinician, assignment, field, value, says):
    assert says in text_of(change(signed_in(clinician), assignment, **{field: value}))
    assert not AssignmentChange.objects.exists()


# --- Withdrawing ---------------------------------------------------------------------------


def test_withdraw_with_a_reason_and_undo(signed_in, clinician, patient, assignment):
    client = signed_in(clinician)
    page = client.post(url_of(assignment, "withdraw"), {"reason": "Read it together."}, follow=True)
    assert "is withdrawn" in text_of(page)
    assert url_of(assignment, "restore") in text_of(page)
    assert "withdrew it: “Read it together.”" in text_of(page)
    assert "Nights and days" not in text_of(signed_in(patient).get("/today/"))
    assert "withdrawn already" in text_of(client.post(url_of(assignment, "withdraw"), follow=True))
    page = client.post(url_of(assignment, "restore"), follow=True)
    assert "is assigned again" in text_of(page)
    assert "Nights and days" in text_of(signed_in(patient).get("/today/"))
    assert words(assignment)[1:] == [
        "withdrew it: “Read it together.”",
        "took the withdrawal back",
    ]


@pytest.mark.once
@pytest.mark.parametrize(
    ("reason", "says"), [("x" * 301, "at most 300"), ("a\x00b", "Null characters")]
)
def test_a_bad_reason_withdraws_nothing_and_stays_in_the_form(
    signed_in, clinician, assignment, reason, says
):
    response = signed_in(clinician).post(url_of(assignment, "withdraw"), {"reason": reason})
    assert response.status_code == 200
    assert says in text_of(response)
    assert Assignment.objects.open().exists()


def test_what_is_withdrawn_can_be_looked_at_but_not_changed(signed_in, clinician, assignment):
    client = signed_in(clinician)
    before = seen(client, assignment)
    assignment.withdraw(clinician)
    page = text_of(client.get(url_of(assignment)))
    assert "This is withdrawn" in page and url_of(assignment, "restore") in page
    page = client.post(
        url_of(assignment), {"level": Level.INTERMEDIATE, "seen": before}, follow=True
    )
    assert "Nothing was changed" in text_of(page)
    assignment.refresh_from_db()
    assert assignment.level == Level.FUNDAMENTALS


def test_undo_after_assigning_anew_says_so(signed_in, clinician, patient, assignment):
    assignment.withdraw(clinician)
    AssignmentFactory(patient=patient, article=assignment.article, level=Level.INTERMEDIATE)
    response = signed_in(clinician).post(url_of(assignment, "restore"), follow=True)
    assert "already" in text_of(response)
    assert Assignment.objects.open().count() == 1


@pytest.mark.once
@pytest.mark.parametrize("changes", [1, 4])
def test_queries_do_not_grow_with_the_history(
    signed_in, clinician, assignment, django_assert_num_queries, changes
):
    for index in range(changes):
        assignment.change(clinician, level=assignment.level, due_on=None, note=f"Note {index}")
    client = signed_in(clinician)
    client.get(url_of(assignment))
    with django_assert_num_queries(11):
        client.get(url_of(assignment))


def test_history_of_somebody_who_is_gone(clinician, assignment):
    assignment.withdraw(clinician)
    AssignmentChange.objects.update(by=None)
    assert history_of([assignment])[assignment.pk][-1].who is None
