"""A patient keeps questions for the visit; their clinician sees them with where they come from."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClinicProfile
from education.articles.models import Level
from education.care.models import LONGEST_QUESTION, Question
from tests.factories import PublishedEditionFactory, ReviewerFactory

NEW = reverse("care:question_new")
LIST = reverse("care:questions")


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(
        article__title="Nights and days", body=[("Why we sleep", "<p>Because.</p>")]
    )


def about(edition, part="part-0"):
    return f"{NEW}?article={edition.article.slug}&level={edition.level}&part={part}"


def text_of(response):
    return response.content.decode()


def url_of(question, name="question"):
    return reverse(f"care:{name}", args=[question.public_id])


def test_a_question_is_kept_with_its_part_and_leads_back_to_it(signed_in, patient, edition):
    client = signed_in(patient)
    page = text_of(client.get(about(edition)))
    assert "Nights and days" in page and "Why we sleep" in page
    response = client.post(about(edition), {"text": "  How long is enough?  "})
    assert response["Location"] == edition.get_absolute_url() + "#part-0"
    question = Question.objects.get()
    assert question.text == "How long is enough?"
    assert (question.patient, question.edition) == (patient, edition)
    assert question.section.key == "part-0"
    assert url_of(question, "question_delete") in text_of(client.get(response["Location"]))
    listed = text_of(client.get(LIST))
    assert "How long is enough?" in listed and "#part-0" in listed


def test_undo_right_after_goes_back_to_the_part(signed_in, patient, edition):
    client = signed_in(patient)
    client.post(about(edition), {"text": "How long?"})
    undo = url_of(Question.objects.get(), "question_delete") + "?to=source"
    assert undo in text_of(client.get(LIST))
    response = client.post(undo)
    assert response["Location"] == edition.get_absolute_url() + "#part-0"
    assert not Question.objects.exists()


def test_the_pages_say_what_to_do_when_it_can_not_wait(signed_in, patient):
    ClinicProfile.objects.create(telephone="+1 555 0100", emergency_words="Call 911 at once.")
    client = signed_in(patient)
    for url in (NEW, LIST):
        page = text_of(client.get(url)).partition("site-footer")[0]
        assert "This is not a way to reach us" in page
        assert "+1 555 0100" in page and "Call 911 at once." in page


def test_the_same_form_sent_twice_is_one_question(signed_in, patient):
    client = signed_in(patient)
    data = {"text": "Once?", "form_id": str(client.get(NEW).context["form"].form_id)}
    assert client.post(NEW, data)["Location"] == LIST
    client.post(NEW, data)
    assert Question.objects.count() == 1


def test_the_id_of_somebody_elses_question_does_not_reach_it(signed_in, patient, other_patient):
    theirs = Question.objects.create(patient=other_patient, text="Theirs")
    signed_in(patient).post(NEW, {"text": "Mine", "form_id": str(theirs.public_id)})
    theirs.refresh_from_db()
    assert theirs.text == "Theirs"
    assert Question.objects.get(patient=patient).text == "Mine"


@pytest.mark.parametrize("form_id", ["", "no id", "\x00", "x" * 5000])
def test_any_form_id_keeps_the_question(signed_in, patient, form_id):
    signed_in(patient).post(NEW, {"text": "Mine", "form_id": form_id})
    assert Question.objects.get().text == "Mine"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write down your question."),
        ("   ", "Write down your question."),
        ("a\x00b", "Null characters"),
        ("x" * (LONGEST_QUESTION + 1), "at most 2000"),
    ],
)
def test_what_can_not_be_kept_stays_in_the_form(signed_in, patient, text, says):
    response = signed_in(patient).post(NEW, {"text": text})
    assert response.status_code == 200
    assert says in text_of(response)
    assert not Question.objects.exists()
    if len(text) > 100:
        assert text in text_of(response)


@pytest.mark.parametrize(
    "query",
    [
        {"article": "no-such", "level": "fundamentals"},
        {"article": "\x00", "level": "\x00", "part": "\x00"},
        {"article": "x" * 5000, "level": "x" * 5000, "part": "x" * 5000},
        {"level": "fundamentals", "part": "part-0"},
    ],
)
def test_a_question_about_nothing_that_is_published_is_a_question(signed_in, patient, query):
    client = signed_in(patient)
    assert client.get(NEW, query).status_code == 200
    client.post(NEW, {"text": "Kept anyway."}, query_params=query)
    question = Question.objects.get()
    assert question.edition is None and question.section is None


def test_a_part_that_is_not_there_leaves_the_article(signed_in, patient, edition):
    signed_in(patient).post(about(edition, "no-such-part"), {"text": "Kept."})
    question = Question.objects.get()
    assert question.edition == edition and question.section is None


def test_change_and_delete(signed_in, patient):
    question = Question.objects.create(patient=patient, text="How long?")
    client = signed_in(patient)
    assert "How long?" in text_of(client.get(url_of(question)))
    client.post(url_of(question), {"text": "How many hours?"})
    question.refresh_from_db()
    assert question.text == "How many hours?"
    response = client.post(url_of(question), {"text": ""})
    assert "Write down your question." in text_of(response)
    assert "How many hours?" in text_of(client.get(url_of(question, "question_delete")))
    assert Question.objects.exists()
    page = client.post(url_of(question, "question_delete"), follow=True)
    assert "deleted" in text_of(page) and "No questions yet" in text_of(page)


def test_a_settled_question_is_not_the_patients_to_change(signed_in, patient, clinician):
    question = Question.objects.create(
        patient=patient, text="Settled?", settled_at=timezone.now(), settled_by=clinician
    )
    client = signed_in(patient)
    assert "Settled?" not in text_of(client.get(LIST))
    assert client.post(url_of(question), {"text": "Changed"}).status_code == 404
    assert client.post(url_of(question, "question_delete")).status_code == 404


def test_nobody_reaches_somebody_elses_question(signed_in, patient, other_patient, clinician):
    question = Question.objects.create(patient=patient, text="Only mine.")
    stranger = signed_in(other_patient)
    assert "Only mine." not in text_of(stranger.get(LIST))
    for name in ("question", "question_delete"):
        assert stranger.post(url_of(question, name), {"text": "x"}).status_code == 404
        assert signed_in(clinician).get(url_of(question, name)).status_code == 403
    question.refresh_from_db()
    assert question.text == "Only mine."


def test_the_clinician_sees_it_marked_new_with_its_part(signed_in, patient, clinician, edition):
    asks = signed_in(patient)
    asks.post(about(edition), {"text": "How long is enough?", "for_visit": "on"})
    asks.post(about(edition), {"text": "Mine alone?"})
    url = reverse("care:patient", args=[patient.public_id])
    page = text_of(signed_in(clinician).get(url))
    assert "How long is enough?" in page and "Why we sleep" in page
    assert edition.get_absolute_url() + "#part-0" in page
    assert page.count(">new</span>") == 1 and "Mine alone?" not in page


def test_a_question_about_what_left_the_library_has_no_dead_link(signed_in, patient, edition):
    client = signed_in(patient)
    client.post(about(edition), {"text": "How long?"})
    edition.retire(ReviewerFactory())
    page = text_of(client.get(LIST))
    assert "Nights and days" in page and edition.article.slug not in page
    undo = url_of(Question.objects.get(), "question_delete") + "?to=source"
    assert client.post(undo)["Location"] == LIST


def test_many_questions_come_in_pages_at_a_constant_cost(
    signed_in, patient, edition, django_assert_num_queries
):
    now = timezone.now()
    for index in range(31):
        Question.objects.create(
            patient=patient,
            text=f"Question {index:02}.",
            edition=edition if index % 2 else None,
            asked_at=now - timedelta(minutes=index),
        )
    client = signed_in(patient)
    with django_assert_num_queries(5):
        first = client.get(LIST)
    assert "Question 29." in text_of(first) and "Question 30." not in text_of(first)
    rest = text_of(client.get(LIST + first.context["older_url"]))
    assert "Question 30." in rest and "Question 29." not in rest


@pytest.mark.parametrize(
    "before", ["x", "\x00", "00000000-0000-4000-8000-000000000000", "9" * 5000]
)
def test_any_place_in_the_list_gives_a_page(signed_in, patient, before):
    answer = signed_in(patient).get(LIST, {"before": before}, follow=True)
    assert answer.status_code == 200 and "No questions yet" in answer.content.decode()


def test_a_question_at_another_level_of_the_article(signed_in, patient, edition):
    deep = PublishedEditionFactory(article=edition.article, level=Level.ACADEMIC)
    signed_in(patient).post(about(deep, ""), {"text": "And in depth?"})
    assert Question.objects.get().edition == deep
