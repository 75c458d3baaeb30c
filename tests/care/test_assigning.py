"""A clinician assigns to one patient: an article at a level, a programme; and takes it back."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.articles.models import Level
from education.reading.assigning import assign
from education.reading.models import Assignment, Programme, ProgrammeStep, Reading, Wanted
from tests.factories import (
    ArticleFactory,
    AssignmentFactory,
    CareRelationshipFactory,
    PatientFactory,
    PublishedEditionFactory,
    ReadingFactory,
    TopicFactory,
)


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(article__title="Nights and days")


def choose_url(patient):
    return reverse("care:assign", args=[patient.public_id])


def article_url(patient, article):
    return reverse("care:assign_article", args=[patient.public_id, article.slug])


def programme_url(patient, programme):
    return reverse("care:assign_programme", args=[patient.public_id, programme.public_id])


def text_of(response):
    return response.content.decode()


# --- What there is -------------------------------------------------------------------------


def test_articles_show_their_levels_and_what_the_patient_has_and_did(
    signed_in, clinician, patient, edition
):
    ReadingFactory(patient=patient, edition=edition, finished_at=timezone.now())
    long = "<p>" + "Sleep is a part of your care that we all need. " * 30 + "</p>"
    PublishedEditionFactory(
        article=edition.article, level=Level.ACADEMIC, body=long, grade_reason="Short words."
    )
    other = PublishedEditionFactory(article__title="Given already", level=Level.INTERMEDIATE)
    AssignmentFactory(patient=patient, article=other.article, level=Level.INTERMEDIATE)
    page = text_of(signed_in(clinician).get(choose_url(patient)))
    assert "1 min" in page and "grade" in page
    assert "“I’ve finished”" in page
    assert "assigned: Intermediate" in page
    assert article_url(patient, edition.article) in page
    assert article_url(patient, other.article) not in page


def test_articles_are_found_by_words_and_by_topic(signed_in, clinician, patient, edition):
    edition.article.topics.add(TopicFactory(slug="nights"))
    PublishedEditionFactory(article__title="Breathing")
    client = signed_in(clinician)
    found = text_of(client.get(choose_url(patient), {"q": "breathing"}))
    assert "Nights and days" not in found and "Breathing" in found
    found = text_of(client.get(choose_url(patient), {"topic": "nights"}))
    assert "Nights and days" in found and "Breathing" not in found
    assert "No article found" in text_of(client.get(choose_url(patient), {"q": "zzzz"}))
    assert "No article found" in text_of(client.get(choose_url(patient), {"topic": "no-such"}))


def test_an_empty_library_says_so(signed_in, clinician, patient):
    ArticleFactory(title="Only a draft")
    page = text_of(signed_in(clinician).get(choose_url(patient)))
    assert "The library is empty" in page and "Only a draft" not in page


@pytest.mark.once
@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_choice_do_not_grow(
    signed_in, clinician, patient, django_assert_num_queries, rows
):
    for _ in range(rows):
        edition = PublishedEditionFactory()
        ReadingFactory(patient=patient, edition=edition)
        AssignmentFactory(patient=patient, article=PublishedEditionFactory().article)
        programme = Programme.objects.create(name=f"Programme {edition.pk}")
        ProgrammeStep.objects.create(
            programme=programme, position=0, article=edition.article, level=edition.level, days=1
        )
    client = signed_in(clinician)
    client.get(choose_url(patient))
    assert AccessEvent.objects.filter(patient=patient, action="opened").exists()
    with django_assert_num_queries(19):
        client.get(choose_url(patient))


# --- An article ----------------------------------------------------------------------------


def test_assigned_reading_is_on_the_patients_home(signed_in, clinician, patient, edition):
    due = timezone.localdate() + timedelta(days=5)
    response = signed_in(clinician).post(
        article_url(patient, edition.article),
        {"level": edition.level, "due_on": due.isoformat(), "note": "Part two above all."},
        follow=True,
    )
    assert "“Nights and days” is assigned." in text_of(response)
    home = text_of(signed_in(patient).get(reverse("care:today")))
    assert "Nights and days" in home
    assert "Part two above all." in home
    assert clinician.name in home
    event = AccessEvent.objects.get(patient=patient, what=AccessEvent.What.ASSIGNMENT)
    assert event.action == AccessEvent.Action.ASSIGNED and event.actor == clinician


def test_the_level_last_read_is_chosen_and_said(signed_in, clinician, patient, edition):
    article = edition.article
    PublishedEditionFactory(article=article, level=Level.INTERMEDIATE)
    client = signed_in(clinician)
    page = client.get(article_url(patient, article))
    assert page.context["form"]["level"].value() == Level.FUNDAMENTALS
    assert "has not read anything yet" in text_of(page)

    deep = PublishedEditionFactory(level=Level.ACADEMIC)
    Reading.objects.note_finished(patient, deep)
    page = client.get(article_url(patient, article))
    assert page.context["form"]["level"].value() == Level.INTERMEDIATE
    assert "last read at Academic. This article does not have that level" in text_of(page)

    Reading.objects.note_finished(patient, edition)
    page = client.get(article_url(patient, article))
    assert page.context["form"]["level"].value() == Level.FUNDAMENTALS
    assert "last read at Fundamentals." in text_of(page)


def test_each_level_can_be_looked_at_without_leaving_a_trace(
    signed_in, clinician, patient, edition
):
    client = signed_in(clinician)
    assert edition.get_absolute_url() in text_of(client.get(article_url(patient, edition.article)))
    assert client.get(edition.get_absolute_url()).status_code == 200
    assert not Reading.objects.exists()


def test_the_same_article_twice_is_said_and_leads_to_the_change(
    signed_in, clinician, patient, edition
):
    yesterday = timezone.now() - timedelta(days=1)
    has = AssignmentFactory(
        patient=patient, article=edition.article, assigned_by=clinician, assigned_at=yesterday
    )
    client, url = signed_in(clinician), article_url(patient, edition.article)
    for response in (client.get(url), client.post(url, {"level": edition.level, "note": "Typed."})):
        assert response.status_code == 200
        assert "has this article already" in text_of(response)
        assert reverse("care:assignment", args=[has.public_id]) in text_of(response)
    assert "Typed." in text_of(response)
    assert Assignment.objects.count() == 1


def test_the_second_of_two_clicks_is_no_error(signed_in, clinician, patient, edition):
    client, url = signed_in(clinician), article_url(patient, edition.article)
    client.post(url, {"level": edition.level})
    page = client.post(url, {"level": edition.level}, follow=True)
    assert "was assigned a moment ago" in text_of(page)
    assert Assignment.objects.count() == 1


def test_two_clinicians_assigning_at_once_end_with_one(patient, clinician, edition):
    wanted = Wanted(patient, edition.article, edition.level)
    assert assign([wanted], by=clinician).assigned
    assert assign([wanted], by=clinician).already == [wanted]
    assert Assignment.objects.open().count() == 1


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("level", "", "Choose a level."),
        ("level", "academic", "not in the library"),
        ("level", "\x00", "not in the library"),
        ("level", "x" * 5000, "not in the library"),
        ("due_on", "2026-02-29", "valid date"),
        ("due_on", "1999-01-01", "past"),
        ("due_on", "9999-12-31", "two years"),
        ("due_on", "99999-01-01", "valid date"),
        ("note", "x" * 501, "at most 500"),
        ("note", "a\x00b", "Null characters"),
    ],
)
def test_bad_input_is_said_beside_the_field(
    signed_in, clinician, patient, edition, field, value, says
):
    data = {"level": edition.level, "note": "Kept as typed.", field: value}
    response = signed_in(clinician).post(article_url(patient, edition.article), data)
    assert response.status_code == 200
    assert says in text_of(response)
    if field != "note":
        assert "Kept as typed." in text_of(response)
    assert not Assignment.objects.exists()


def test_nothing_is_assigned_to_a_strangers_patient_or_from_a_draft(
    signed_in, clinician, patient, other_patient, edition
):
    client = signed_in(clinician)
    data = {"level": edition.level}
    assert client.post(article_url(other_patient, edition.article), data).status_code == 404
    assert client.post(article_url(patient, ArticleFactory()), data).status_code == 404
    assert not Assignment.objects.exists()


# --- Undo ----------------------------------------------------------------------------------


def undo(client, batch):
    return client.post(reverse("care:undo_assign", args=[batch]), follow=True)


def test_undo_takes_back_what_was_assigned_together_and_says_how_many(
    signed_in, clinician, patient, edition
):
    second = PatientFactory()
    CareRelationshipFactory(clinician=clinician, patient=second)
    wanted = [Wanted(one, edition.article, edition.level) for one in (patient, second)]
    batch = assign(wanted, by=clinician).batch
    client = signed_in(clinician)
    response = undo(client, batch)
    assert "taken back from 2 patients" in text_of(response)
    assert response.redirect_chain[-1][0] == reverse("care:caseload")
    assert not Assignment.objects.open().exists()
    assert "taken back already" in text_of(undo(client, batch))


def test_undo_is_for_who_assigned_and_for_a_short_time(signed_in, clinician, patient, edition):
    batch = assign([Wanted(patient, edition.article, edition.level)], by=clinician).batch
    colleague = CareRelationshipFactory(patient=patient).clinician
    assert undo(signed_in(colleague), batch).status_code == 404
    assert undo(signed_in(clinician), uuid4()).status_code == 404
    Assignment.objects.update(assigned_at=timezone.now() - timedelta(hours=2))
    response = undo(signed_in(clinician), batch)
    assert "too long ago" in text_of(response)
    assert response.redirect_chain[-1][0] == reverse("care:patient", args=[patient.public_id])
    assert Assignment.objects.open().count() == 1


def test_the_message_after_assigning_offers_the_undo(signed_in, clinician, patient, edition):
    client = signed_in(clinician)
    page = client.post(article_url(patient, edition.article), {"level": edition.level}, follow=True)
    batch = Assignment.objects.get().batch
    assert reverse("care:undo_assign", args=[batch]) in text_of(page)
    assert "1 article is taken back" in text_of(undo(client, batch))


# --- A programme ---------------------------------------------------------------------------


@pytest.fixture
def programme(edition):
    programme = Programme.objects.create(name="First weeks")
    second = PublishedEditionFactory(article__title="The second article")
    for position, (one, days) in enumerate([(edition, 3), (second, 10)]):
        ProgrammeStep.objects.create(
            programme=programme, position=position, article=one.article, level=one.level, days=days
        )
    return programme


def test_a_programme_is_assigned_from_its_start_and_undone_as_one(
    signed_in, clinician, patient, programme
):
    start = timezone.localdate(timezone=patient.zone) + timedelta(days=7)
    client = signed_in(clinician)
    assert "First weeks" in text_of(client.get(choose_url(patient)))
    data = {"start": start.isoformat(), "note": "From Monday."}
    shown = client.post(programme_url(patient, programme), {**data, "show": "1"})
    assert not Assignment.objects.exists()
    assert [one.due_on - start for one in shown.context["days"]] == [
        timedelta(days=3),
        timedelta(days=10),
    ]
    page = client.post(programme_url(patient, programme), data, follow=True)
    assert "2 articles of “First weeks” are assigned." in text_of(page)
    rows = Assignment.objects.order_by("due_on")
    assert [one.due_on for one in rows] == [start + timedelta(days=3), start + timedelta(days=10)]
    assert {one.programme for one in rows} == {programme}
    assert {one.note for one in rows} == {"From Monday."}
    assert "2 articles are taken back" in text_of(undo(client, rows[0].batch))


def test_what_the_patient_has_of_a_programme_is_said_and_kept(
    signed_in, clinician, patient, programme, edition
):
    AssignmentFactory(patient=patient, article=edition.article)
    client, url = signed_in(clinician), programme_url(patient, programme)
    assert "has it already" in text_of(client.get(url))
    data = {"start": timezone.localdate(timezone=patient.zone).isoformat()}
    page = text_of(client.post(url, data, follow=True))
    assert "1 article of “First weeks” is assigned. Kept as it was: “Nights and days”." in page
    again = text_of(client.post(url, data, follow=True))
    assert "has every article of this programme already" in again
    assert Assignment.objects.count() == 2


@pytest.mark.once
@pytest.mark.parametrize(
    ("start", "says"),
    [
        ("", "Choose the day"),
        ("1999-01-01", "past"),
        ("9999-12-31", "two years"),
        ("\x00", "valid"),
    ],
)
def test_a_bad_start_assigns_nothing(signed_in, clinician, patient, programme, start, says):
    response = signed_in(clinician).post(
        programme_url(patient, programme), {"start": start, "note": "Kept."}
    )
    assert says in text_of(response) and "Kept." in text_of(response)
    assert not Assignment.objects.exists()


def test_an_empty_programme_says_so_and_one_put_away_is_not_there(signed_in, clinician, patient):
    programme = Programme.objects.create(name="Nothing yet")
    client, url = signed_in(clinician), programme_url(patient, programme)
    assert "Nothing to assign" in text_of(client.get(url))
    Programme.objects.update(put_away_at=timezone.now())
    assert client.get(url).status_code == 404
