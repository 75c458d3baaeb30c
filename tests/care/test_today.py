"""The patient's home."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.care.models import Question
from education.reading.models import Reading
from tests.factories import (
    AssignmentFactory,
    PublishedEditionFactory,
    ReadingFactory,
)

PARTS = [(f"Part {number}", "<p>A night has many parts.</p>") for number in range(4)]


@pytest.fixture
def home(signed_in, patient):
    client = signed_in(patient)
    return lambda: client.get(reverse("care:today")).content.decode()


@pytest.mark.once
@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow(signed_in, patient, django_assert_num_queries, rows):
    for _ in range(rows):
        edition = PublishedEditionFactory(body=PARTS[:1])
        AssignmentFactory(patient=patient, article=edition.article)
        ReadingFactory(patient=patient, edition=edition)
        Question.objects.create(patient=patient, text="What then?")
    client = signed_in(patient)
    with django_assert_num_queries(10):
        client.get(reverse("care:today"))


def test_a_card_says_how_many_parts_were_on_the_screen(home, patient):
    edition = PublishedEditionFactory(body=PARTS)
    AssignmentFactory(patient=patient, article=edition.article)
    assert "<progress" not in home()
    now = timezone.now()
    Reading.objects.note_opened(patient, edition)
    Reading.objects.note_sections(patient, edition, {"part-0": now, "part-2": now}, "part-2")
    page = home()
    assert "2 of 4 parts" in page and "Continue" in page


def test_what_is_due_first_comes_first(home, patient):
    today = date.today()
    for days, title in ((9, "Later"), (2, "Sooner"), (None, "Whenever")):
        AssignmentFactory(
            patient=patient,
            article=PublishedEditionFactory(article__title=title).article,
            due_on=today + timedelta(days=days) if days else None,
        )
    page = home()
    assert page.index("Sooner") < page.index("Later") < page.index("Whenever")


def test_a_newer_edition_is_said_until_it_was_looked_at(home, patient):
    edition = PublishedEditionFactory()
    AssignmentFactory(patient=patient, article=edition.article)
    ReadingFactory(patient=patient, edition=edition, finished_at=timezone.now())
    assert "Changed since you read it" not in home()
    newer = PublishedEditionFactory(article=edition.article, number=2)
    assert "Changed since you read it" in home()
    assert reverse("reading:changes", args=[edition.article.slug, edition.level]) in home()
    Reading.objects.note_opened(patient, newer)
    assert "Changed since you read it" not in home()


def test_a_level_that_was_withdrawn_from_the_library_breaks_nothing(home, patient):
    edition = PublishedEditionFactory()
    AssignmentFactory(patient=patient, article=edition.article)
    ReadingFactory(patient=patient, edition=edition)
    edition.retire(edition.reviewed_by)
    page = home()
    assert edition.article.title in page and "Changed since" not in page


def test_own_questions_are_counted(home, patient, other_patient):
    assert "Write down a question" in home() and "for your visit</a>" not in home()
    for text in ("May I nap?", "And coffee?"):
        Question.objects.create(patient=patient, text=text, for_visit_since=timezone.now())
    Question.objects.create(patient=other_patient, text="Not Paula’s.")
    Question.objects.create(patient=patient, text="Settled.", settled_at=timezone.now())
    page = home()
    assert "2 questions for your visit" in page and "only for you" not in page
    Question.objects.create(patient=patient, text="Am I too old?")
    assert "2 questions for your visit</a>, 1 more only for you" in home()
    assert "May I nap?" not in page
