"""What a patient explained in their own words: noted with its edition, seen by the patient."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, Mail
from education.articles.models import Edition, Level
from education.care.models import TeachBack, Visit
from education.reading.models import Assignment
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PublishedEditionFactory,
    ReadingFactory,
    ReviewerFactory,
)

WORDS = "It keeps the clock of the body."


@pytest.fixture
def assignment(patient, clinician):
    edition = PublishedEditionFactory(level=Level.INTERMEDIATE, article__title="Nights and days")
    PublishedEditionFactory(article=edition.article, level=Level.FUNDAMENTALS)
    return AssignmentFactory(
        patient=patient, article=edition.article, level=Level.INTERMEDIATE, assigned_by=clinician
    )


def url_of(patient, article):
    return reverse("care:teach_back_new", args=[patient.public_id, article.slug])


def note(client, assignment, **data):
    sent = {"edition": "intermediate-1", "understood": "partly", "words": WORDS, **data}
    return client.post(url_of(assignment.patient, assignment.article), sent)


def text_of(response):
    return response.content.decode()


def test_it_is_kept_with_its_edition_and_visible_to_the_patient(
    signed_in, patient, clinician, assignment
):
    visit = Visit.objects.create(patient=patient, on=timezone.localdate())
    edition = Edition.objects.get(article=assignment.article, level=Level.INTERMEDIATE)
    ReadingFactory(patient=patient, edition=edition)
    theirs = signed_in(clinician)
    html = text_of(theirs.get(url_of(patient, assignment.article)))
    assert "Tell me in your own words" in html and "Intermediate, edition 1" in html
    answer = note(theirs, assignment)
    assert answer["Location"] == visit.get_absolute_url()
    one = TeachBack.objects.get()
    assert (one.edition, one.visit, one.clinician) == (edition, visit, clinician)
    client = signed_in(patient)
    html = text_of(client.get(visit.get_absolute_url()))
    for words in (WORDS, "partly understood", "Intermediate, edition 1", clinician.name):
        assert words in html, words
    # A new edition changes nothing of what was explained.
    new = Edition.start(assignment.article, Level.INTERMEDIATE, edition.author)
    new.measure()
    new.submit(new.author)
    new.publish(ReviewerFactory())
    assert "Intermediate, edition 1" in text_of(client.get(visit.get_absolute_url()))
    record = text_of(client.get(reverse("accounts:access_record")))
    assert "noted what you explained" in record


def test_the_edition_that_was_read_last_is_offered_first(signed_in, patient, clinician, assignment):
    easier = Edition.objects.get(article=assignment.article, level=Level.FUNDAMENTALS)
    ReadingFactory(patient=patient, edition=easier)
    form = signed_in(clinician).get(url_of(patient, assignment.article)).context["form"]
    assert [key for key, _label in form.fields["edition"].choices] == [
        "fundamentals-1", "intermediate-1",
    ]  # fmt: skip
    assert form["edition"].value() == "fundamentals-1"


def test_it_is_given_again_at_an_easier_level(signed_in, patient, clinician, assignment):
    edition = Edition.objects.get(article=assignment.article, level=Level.INTERMEDIATE)
    ReadingFactory(patient=patient, edition=edition, finished_at=timezone.now())
    due = (timezone.localdate() + timedelta(days=7)).isoformat()
    theirs = signed_in(clinician)
    answer = note(theirs, assignment, understood="repeat", again="fundamentals", due_on=due)
    said = text_of(theirs.get(answer["Location"]))
    assert "The article is given to read again: Fundamentals." in said
    assignment.refresh_from_db()
    new = Assignment.objects.open().get()
    assert assignment.withdrawn_by == clinician and new.level == Level.FUNDAMENTALS
    assert new.finished_at is None and new.due_on.isoformat() == due
    assert TeachBack.objects.get().again == new
    # It is new on the patient's home, and what they read before is kept.
    html = text_of(signed_in(patient).get(reverse("care:today")))
    assert "Nights and days" in html and "Fundamentals" in html
    assert patient.readings.get().finished_at is not None
    # The mail says that there is something, not what.
    mail = Mail.objects.get()
    assert mail.kind == Mail.Kind.READING
    actions = list(AccessEvent.objects.order_by("number").values_list("action", "what"))
    assert actions[:3] == [
        ("withdrew", "assignment"), ("assigned", "assignment"), ("changed", "teach-back"),
    ]  # fmt: skip


def test_the_same_level_can_be_given_again(signed_in, patient, clinician, assignment):
    note(signed_in(clinician), assignment, again="intermediate")
    assert Assignment.objects.open().get().level == Level.INTERMEDIATE


def test_without_that_what_is_assigned_stays(signed_in, clinician, assignment):
    note(signed_in(clinician), assignment)
    assert Assignment.objects.open().get() == assignment


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"words": "  "}, "Write down what the patient said."),
        ({"words": "x" * 1001}, "at most 1000"),
        ({"words": "a\x00b"}, "Null characters"),
        ({"understood": ""}, "Choose how it went."),
        ({"understood": "excellent"}, "Choose from the list."),
        ({"edition": "academic-9"}, "Choose from the list."),
        ({"again": "academic"}, "not in the library any more"),
        ({"again": "fundamentals", "due_on": "2001-01-01"}, "This day is past."),
    ],
)
def test_what_can_not_be_noted_stays_in_the_form(signed_in, clinician, assignment, data, says):
    response = note(signed_in(clinician), assignment, **data)
    assert response.status_code == 200 and says in text_of(response)
    assert not TeachBack.objects.exists() and Assignment.objects.open().get() == assignment
    if "words" not in data:
        assert WORDS in text_of(response)


def test_one_can_correct_ones_own_note_and_nobody_elses(signed_in, patient, clinician, assignment):
    theirs = signed_in(clinician)
    note(theirs, assignment)
    one = TeachBack.objects.get()
    url = reverse("care:teach_back", args=[one.public_id])
    assert WORDS in text_of(theirs.get(url))
    theirs.post(url, {"understood": "understood", "words": "It sets the clock."})
    one.refresh_from_db()
    assert (one.words, one.understood) == ("It sets the clock.", "understood")
    colleague = signed_in(CareRelationshipFactory(patient=patient).clinician)
    assert colleague.get(url).status_code == 404
    assert colleague.post(url, {"understood": "repeat", "words": "No."}).status_code == 404
    assert signed_in(patient).get(url).status_code == 403


def test_it_can_be_taken_back_for_an_hour(signed_in, patient, clinician, assignment):
    theirs = signed_in(clinician)
    answer = note(theirs, assignment)
    undo = reverse("care:teach_back_undo", args=[TeachBack.objects.get().public_id])
    assert undo in text_of(theirs.get(answer["Location"]))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        theirs = signed_in(clinician)
        assert "can’t be undone" in text_of(theirs.post(undo, follow=True))
    assert TeachBack.objects.exists()
    assert "taken back" in text_of(signed_in(clinician).post(undo, follow=True))
    assert not TeachBack.objects.exists()
    assert AccessEvent.objects.filter(action="withdrew", what="teach-back").count() == 1


def test_an_article_that_nobody_gave_can_be_talked_about_too(signed_in, patient, clinician):
    edition = PublishedEditionFactory()
    theirs = signed_in(clinician)
    response = theirs.post(
        url_of(patient, edition.article),
        {"edition": "fundamentals-1", "understood": "understood", "words": WORDS},
    )
    assert response.status_code == 302 and TeachBack.objects.get().edition == edition


def test_only_who_treats_the_patient_can_note_it(
    signed_in, patient, other_clinician, editor, assignment
):
    for person, status in ((other_clinician, 404), (editor, 403), (patient, 403)):
        assert note(signed_in(person), assignment).status_code == status
    assert not TeachBack.objects.exists()


@pytest.mark.parametrize("wrong", [{"words": ""}, {"understood": "excellent"}])
def test_the_database_refuses_what_can_not_be(patient, wrong):
    edition = PublishedEditionFactory()
    fields = {"words": WORDS, "understood": "partly", **wrong}
    with pytest.raises(IntegrityError), transaction.atomic():
        TeachBack.objects.create(patient=patient, edition=edition, **fields)
