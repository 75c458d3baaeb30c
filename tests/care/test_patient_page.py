"""One patient, as their clinician sees them: read, asked, shared, at a constant cost."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, Invitation
from education.articles.models import Edition, Level
from education.care.models import Question
from education.journal.models import Night, Reflection
from education.reading.models import Reading
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PublishedEditionFactory,
    ReviewerFactory,
)


def url_of(patient):
    return reverse("care:patient", args=[patient.public_id])


def show(client, patient):
    return client.get(url_of(patient)).content.decode()


def fill(patient, clinician, edition, rows):
    today = timezone.localdate()
    for index in range(rows):
        assignment = AssignmentFactory(patient=patient, assigned_by=clinician)
        read = assignment.article.editions.get()
        Reading.objects.note_finished(patient, read)
        assignment.change(clinician, level=read.level, due_on=today, note="Please.")
        AssignmentFactory(patient=patient, assigned_by=clinician).withdraw(clinician)
        Night.objects.create(
            patient=patient,
            diary_date=today - timedelta(days=index),
            zone="Europe/London",
            minutes_to_fall_asleep=10,
            numbers_shared=True,
        )
        Reflection.objects.create(patient=patient, on=today, text=f"Words {index}", shared=True)
        Question.objects.create(
            patient=patient, text=f"Why {index}?", edition=edition, for_visit_since=timezone.now()
        )
        CareRelationshipFactory(patient=patient)


@pytest.mark.once
@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow(signed_in, clinician, patient, django_assert_num_queries, rows):
    fill(patient, clinician, PublishedEditionFactory(), rows)
    client = signed_in(clinician)
    show(client, patient)
    # Two of them open and close the transaction that holds page and record together.
    with django_assert_num_queries(22):
        show(client, patient)


def test_the_four_facts_stand_with_their_dates_and_levels(signed_in, clinician, patient):
    edition = PublishedEditionFactory(article__title="Nights and days")
    deep = PublishedEditionFactory(article=edition.article, level=Level.INTERMEDIATE)
    AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
    client = signed_in(clinician)
    assert show(client, patient).count("not yet") == 3
    now = timezone.now()
    Reading.objects.note_opened(patient, deep, now)
    Reading.objects.note_sections(patient, deep, {"part-0": now})
    page = show(client, patient)
    assert "Intermediate, edition 1" in page and "not the level that is assigned" in page
    assert "1 of 1" in page
    assert page.count("not yet") == 2
    Reading.objects.note_finished(patient, deep)
    Reading.objects.note_understood(patient, deep)
    assert "not yet" not in show(client, patient)


def test_a_newer_edition_since_it_was_read_is_said(signed_in, clinician, patient):
    first = PublishedEditionFactory()
    AssignmentFactory(patient=patient, article=first.article)
    Reading.objects.note_opened(patient, first)
    client = signed_in(clinician)
    assert "A newer edition has come out since." not in show(client, patient)
    second = Edition.start(first.article, first.level, first.author)
    second.change_note = "Clearer."
    second.save()
    second.submit(second.author)
    second.publish(ReviewerFactory())
    page = show(client, patient)
    assert "Fundamentals, edition 1" in page
    assert "A newer edition has come out since." in page
    Reading.objects.note_opened(patient, second)
    page = show(client, patient)
    assert "A newer edition has come out since." in page.partition("earlier edition that was")[2]
    second.retire(ReviewerFactory())
    assert "This level is not in the library any more." in show(client, patient)


def test_what_is_urgent_stands_above_everything(signed_in, clinician, patient):
    today = timezone.localdate(timezone=patient.zone)
    AssignmentFactory(patient=patient, due_on=today - timedelta(days=2))
    AssignmentFactory(patient=patient, assigned_at=timezone.now() - timedelta(days=8))
    Question.objects.create(patient=patient, text="Why?", for_visit_since=timezone.now())
    Question.objects.create(patient=patient, text="Mine alone.")
    glance = show(signed_in(clinician), patient).partition("At a glance")[2].partition("</ul>")[0]
    assert "1 question for the visit" in glance
    assert "1 overdue" in glance
    assert "1 not opened for a week" in glance


def test_news_is_marked_until_the_page_was_opened(signed_in, clinician, patient):
    client = signed_in(clinician)
    client.get(url_of(patient))
    today = timezone.localdate()
    Night.objects.create(
        patient=patient, diary_date=today, zone="UTC", quality=3, numbers_shared=True
    )
    long_ago = today - timedelta(days=60)
    Night.objects.create(
        patient=patient, diary_date=long_ago, zone="UTC", note="A note.", words_shared=True
    )
    Reflection.objects.create(patient=patient, on=today, text="Shared words.", shared=True)
    Question.objects.create(patient=patient, text="Why?", for_visit_since=timezone.now())
    # Neither a look ahead nor the headers alone is a look.
    client.get(url_of(patient), headers={"Sec-Purpose": "prefetch"})
    client.head(url_of(patient))
    page = show(client, patient)
    assert "New since you last looked" in page
    assert "2 nights:" in page and "1 reflection" in page
    assert page.count(">new</span>") == 2
    page = show(client, patient)
    assert "New since" not in page and ">new</span>" not in page
    assert "Shared words." in page and "Why?" in page


def test_what_is_new_to_one_is_not_old_to_the_other(signed_in, clinician, patient):
    colleague = CareRelationshipFactory(patient=patient).clinician
    Reflection.objects.create(patient=patient, on=timezone.localdate(), text="Words", shared=True)
    show(signed_in(clinician), patient)
    assert "New since your care began" in show(signed_in(colleague), patient)
    own = CareRelationship.objects.get(clinician=clinician)
    assert own.page_opened_at is not None


def test_what_is_not_shared_leaves_no_trace(signed_in, clinician, patient):
    client = signed_in(clinician)
    show(client, patient)
    without = show(client, patient)
    Night.objects.create(
        patient=patient,
        diary_date=timezone.localdate(),
        zone="Europe/London",
        minutes_to_fall_asleep=47,
        note="Only mine.",
    )
    Reflection.objects.create(patient=patient, on=timezone.localdate(), text="Mine too.")
    Question.objects.create(patient=patient, text="Mine as well?")
    assert body(show(client, patient)) == body(without)


def body(page: str) -> list[str]:
    """The page without its tokens against forged requests, which differ each time."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


def test_an_invitation_that_is_not_accepted_is_said(signed_in, clinician, patient):
    invitation = Invitation(user=patient, invited_by=clinician)
    invitation.issue_token()
    client = signed_in(clinician)
    page = show(client, patient)
    assert "not accepted yet" in page and reverse("accounts:invitations") in page
    now = timezone.now()
    Invitation.objects.update(sent_at=now - timedelta(days=9), expires_at=now - timedelta(days=2))
    assert "has expired" in show(client, patient)
    Invitation.objects.update(revoked_at=now)
    assert "was withdrawn before" in show(client, patient)
    Invitation.objects.update(revoked_at=None, accepted_at=now)
    assert "nvitation not accepted" not in show(client, patient)


def test_an_empty_page_says_what_is_not_there(signed_in, clinician, patient):
    page = show(signed_in(clinician), patient)
    assert "Nothing is assigned at the moment." in page
    assert "No open question." in page
    assert "Nothing is shared." in page


def test_many_questions_are_cut_and_it_says_so(signed_in, clinician, patient):
    now = timezone.now()
    Question.objects.bulk_create(
        Question(patient=patient, text=f"Why {place}?", place=place, for_visit_since=now)
        for place in reversed(range(21))
    )
    page = show(signed_in(clinician), patient)
    assert "The first 20 questions are shown." in page
    # The most important one first.
    assert page.index("Why 0?") < page.index("Why 1?") < page.index("Why 19?")
    assert "Why 20?" not in page


def test_what_a_clinician_opens_again_is_one_line_of_the_patients_record(
    signed_in, clinician, patient
):
    client = signed_in(clinician)
    with time_machine.travel("2026-11-24 12:05:00+00:00", tick=False) as clock:
        for _ in range(2):
            client.get(url_of(patient))
            clock.shift(60)
        record = signed_in(patient).get(reverse("accounts:access_record")).content.decode()
    assert AccessEvent.objects.filter(patient=patient, actor=clinician).count() == 2
    assert record.count("opened your page") == record.count("2 times between") == 1
    assert clinician.name in record


@pytest.mark.once
@pytest.mark.parametrize("events", [1, 3])
def test_queries_of_the_patients_own_record_do_not_grow(
    signed_in, clinician, patient, django_assert_num_queries, events
):
    for _ in range(events):
        AssignmentFactory(patient=patient).withdraw(clinician)
    client = signed_in(patient)
    with django_assert_num_queries(5):
        client.get(reverse("accounts:access_record"))
