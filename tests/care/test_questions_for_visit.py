"""Questions are the patient's alone until they are marked, in an order, and settled in the end."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from education.care.models import Question
from education.care.questions import sentences
from education.journal.models import Reflection
from tests.factories import PublishedEditionFactory, TermFactory

NEW, LIST, SETTLED = (
    reverse(f"care:{name}") for name in ("question_new", "questions", "questions_settled")
)


def text_of(response):
    return response.content.decode()


def url_of(question, name="question"):
    return reverse(f"care:{name}", args=[question.public_id])


def ask(patient, *texts, marked=True):
    since = timezone.now() if marked else None
    return [
        Question.objects.create(patient=patient, text=text, for_visit_since=since, place=place)
        for place, text in enumerate(texts)
    ]


def their_page(client, patient):
    return text_of(client.get(reverse("care:patient", args=[patient.public_id])))


# --- Private until marked -------------------------------------------------------------------


def test_a_question_is_private_until_it_is_marked(signed_in, patient, clinician):
    client, theirs = signed_in(patient), signed_in(clinician)
    answer = client.post(NEW, {"text": "How long is enough?"}, follow=True)
    assert "Only you can see it." in text_of(answer)
    caseload = reverse("care:caseload")
    for html in (their_page(theirs, patient), text_of(theirs.get(f"{caseload}?show=question"))):
        assert "How long" not in html and "asked a question" not in html
    question = Question.objects.get()
    said = client.post(url_of(question, "question_for_visit"), {"for_visit": "yes"}, follow=True)
    assert "Your care team can see it." in text_of(said)
    assert "How long is enough?" in their_page(theirs, patient)
    assert "asked a question" in text_of(theirs.get(caseload))
    # Who opened it stands beside it.
    assert f"Opened by {clinician.name}" in text_of(client.get(LIST))
    client.post(url_of(question, "question_for_visit"), {"for_visit": "no"})
    assert "How long" not in their_page(theirs, patient)
    assert "Opened by" not in text_of(client.get(LIST))


def test_it_can_be_marked_as_it_is_written_down(signed_in, patient, clinician):
    answer = signed_in(patient).post(NEW, {"text": "Now?", "for_visit": "on"}, follow=True)
    assert "Your question is kept for your visit." in text_of(answer)
    assert "Now?" in their_page(signed_in(clinician), patient)


def test_the_words_are_sealed(patient):
    ask(patient, "A canary?")
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM care_question")
        assert "canary" not in cursor.fetchone()[0]


@pytest.mark.parametrize("wish", ["", "maybe", "\x00"])
def test_any_other_wish_keeps_it_private(signed_in, patient, wish):
    [question] = ask(patient, "Mine?", marked=False)
    signed_in(patient).post(url_of(question, "question_for_visit"), {"for_visit": wish})
    assert not Question.objects.for_visit().exists()


# --- Order ----------------------------------------------------------------------------------


def order(client):
    html = text_of(client.get(LIST))
    return "".join(sorted("ABC", key=lambda one: html.index(f"{one}?")))


def test_the_most_important_comes_first(signed_in, patient, clinician):
    a, b, c = ask(patient, "A?", "B?", "C?")
    client = signed_in(patient)
    for question, way, result in (
        (c, "up", "ACB"),
        (a, "up", "ACB"),
        (a, "down", "CAB"),
        (b, "down", "CAB"),
        (b, "sideways", "CAB"),
        (b, "up", "CBA"),
    ):
        client.post(url_of(question, "question_move"), {"way": way})
        assert order(client) == result
    html = their_page(signed_in(clinician), patient)
    assert html.index("C?") < html.index("B?") < html.index("A?")
    # One that is marked later comes last, whatever was taken off before.
    client.post(url_of(c, "question_for_visit"), {"for_visit": "no"})
    client.post(url_of(c, "question_for_visit"), {"for_visit": "yes"})
    assert order(client) == "BAC"


def test_what_is_not_for_the_visit_has_no_order(signed_in, patient):
    [question] = ask(patient, "Mine?", marked=False)
    client = signed_in(patient)
    assert client.post(url_of(question, "question_move"), {"way": "up"}).status_code == 302
    question.refresh_from_db()
    assert question.place == 0


# --- Settled --------------------------------------------------------------------------------


def test_the_patient_settles_it_and_can_open_it_again(signed_in, patient, clinician):
    [question] = ask(patient, "How long?")
    client = signed_in(patient)
    said = text_of(client.post(url_of(question, "question_settle"), follow=True))
    undo = url_of(question, "question_reopen")
    assert undo in said and "How long?" not in said
    assert "How long?" in text_of(client.get(SETTLED))
    assert "How long?" not in their_page(signed_in(clinician), patient)
    client.post(undo)
    assert "How long?" in text_of(client.get(LIST))
    assert "How long?" in their_page(signed_in(clinician), patient)


def test_what_the_clinician_settled_can_not_be_opened_again(signed_in, patient, clinician):
    [question] = ask(patient, "How long?")
    Question.objects.update(settled_at=timezone.now(), settled_by=clinician, answer="Two weeks.")
    client = signed_in(patient)
    assert "Two weeks." in text_of(client.get(SETTLED))
    answer = client.post(url_of(question, "question_reopen"), follow=True)
    assert "can’t be undone" in text_of(answer)
    question.refresh_from_db()
    assert question.answer == "Two weeks."


def test_settled_questions_are_paged(signed_in, patient):
    for number in range(33):
        Question.objects.create(
            patient=patient, text=f"Question {number}?", settled_at=timezone.now()
        )
    client = signed_in(patient)
    html = text_of(client.get(SETTLED))
    assert "Question 32?" in html and "Question 2?" not in html
    older = html.partition('href="?before=')[2].partition('"')[0]
    html = text_of(client.get(f"{SETTLED}?before={older}"))
    assert "Question 2?" in html and "Newer" in html
    assert "No settled question" not in html


def test_an_answer_stands_with_what_is_settled_alone(patient):
    [question] = ask(patient, "How long?")
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(answer="Two weeks.")


# --- Where it comes from --------------------------------------------------------------------


def test_a_sentence_of_a_reflection_becomes_a_question(signed_in, patient, clinician):
    reflection = Reflection.objects.create(
        patient=patient, on="2026-11-20",
        text="I slept badly. Could it be the evening tablet? I will see.\nTomorrow more.",
    )  # fmt: skip
    client = signed_in(patient)
    start = f"{NEW}?reflection={reflection.public_id}"
    assert start.replace("&", "&amp;") in text_of(
        client.get(reverse("journal:reflection", args=[reflection.public_id]))
    )
    page = client.get(start)
    assert page.context["form"]["text"].value() == reflection.text
    html = text_of(page)
    assert f"?reflection={reflection.public_id}&amp;sentence=2" in html
    page = client.get(f"{start}&sentence=2")
    assert page.context["form"]["text"].value() == "Could it be the evening tablet?"
    answer = client.post(
        f"{start}&sentence=2", {"text": "Could it be the evening tablet?", "for_visit": "on"}
    )
    assert answer["Location"] == reverse("journal:reflection", args=[reflection.public_id])
    # The patient sees where it came from; the clinician is not told that there is a reflection.
    assert "From your reflection of Fri 20 Nov" in text_of(client.get(LIST))
    theirs = their_page(signed_in(clinician), patient)
    assert "Could it be the evening tablet?" in theirs
    assert "eflection of" not in theirs and str(reflection.public_id) not in theirs
    # Without the reflection the question stays.
    reflection.delete()
    assert "Could it be the evening tablet?" in text_of(client.get(LIST))


@pytest.mark.parametrize("number", ["0", "9999", "99", "-1", "²", "x", "\x00", "1" * 50])
def test_any_sentence_is_answered(signed_in, patient, number):
    reflection = Reflection.objects.create(patient=patient, on="2026-11-20", text="One. Two.")
    response = signed_in(patient).get(
        NEW, {"reflection": str(reflection.public_id), "sentence": number}
    )
    assert response.status_code == 200


def test_nobody_elses_reflection_is_told(signed_in, patient, other_patient):
    theirs = Reflection.objects.create(
        patient=other_patient, on="2026-11-20", text="Secret.", shared=True
    )
    client = signed_in(patient)
    url = f"{NEW}?reflection={theirs.public_id}"
    assert "Secret." not in text_of(client.get(url))
    client.post(url, {"text": "Mine?"})
    assert Question.objects.get().reflection is None


def test_a_long_reflection_is_offered_by_sentences(signed_in, patient):
    text = "A sentence of some length, again and again. " * 100
    reflection = Reflection.objects.create(patient=patient, on="2026-11-20", text=text)
    page = signed_in(patient).get(f"{NEW}?reflection={reflection.public_id}")
    assert page.context["form"]["text"].value() == ""
    assert len(page.context["lines"]) == 60


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("One. Two? Three! Four", ["One.", "Two?", "Three!", "Four"]),
        ("At 3.15 a.m.\n\n\nAwake … again", ["At 3.15 a.m.", "Awake …", "again"]),
        ("", []),
        ("   \n ", []),
        ("x" * 3000, ["x" * 2000]),
    ],
)
def test_sentences(text, lines):
    assert sentences(text) == lines


def test_a_question_about_a_word(signed_in, patient, clinician):
    term = TermFactory(name="melatonin", slug="melatonin")
    client = signed_in(patient)
    url = f"{NEW}?term=melatonin"
    assert url in text_of(client.get(term.get_absolute_url()))
    assert url not in text_of(signed_in(clinician).get(term.get_absolute_url()))
    assert "melatonin" in text_of(client.get(url))
    answer = client.post(url, {"text": "Do I take it?", "for_visit": "on"})
    assert answer["Location"] == term.get_absolute_url()
    assert Question.objects.get().term == term
    assert "About the word" in their_page(signed_in(clinician), patient)
    assert client.get(f"{NEW}?term={'x' * 3000}").status_code == 200


def test_a_question_about_a_word_in_a_part_leads_back_to_it(signed_in, patient, clinician):
    term, edition = TermFactory(name="melatonin", slug="melatonin"), PublishedEditionFactory()
    part = edition.sections.first()
    place = f"article={edition.article.slug}&level={edition.level}&part={part.key}"
    url = f"{NEW}?{place}&term=melatonin"
    client = signed_in(patient)
    answer = client.post(url, {"text": "Do I take it?", "for_visit": "on"})
    assert answer["Location"] == f"{edition.get_absolute_url()}#{part.key}"
    one = Question.objects.get()
    assert (one.term, one.edition, one.section) == (term, edition, part)
    html = their_page(signed_in(clinician), patient)
    assert term.get_absolute_url() in html and f"#{part.key}" in html
