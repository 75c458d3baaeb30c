"""The reader and the library, as a patient meets them."""

import pytest
from django.urls import reverse

from education.articles.models import Level
from education.reading.models import Reading
from tests.factories import (
    AssignmentFactory,
    EditionFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReadingFactory,
    ReferenceFactory,
    TermFactory,
    TopicFactory,
)

BODY = [
    ("", "<p>The pituitary gland is small.</p>"),
    ("Nights", "<p>Cortisol is low at night [@night-2020].</p>"),
]


@pytest.fixture
def edition(db):
    ReferenceFactory(key="night-2020", title="A study of nights")
    TermFactory(name="cortisol", slug="cortisol", plain_definition="A hormone that wakes you.")
    edition = PublishedEditionFactory(article__title="Nights and days", body=BODY)
    PromptFactory(article=edition.article, text="What wakes you most often?")
    return edition


def test_the_reader_shows_text_words_sources_and_prompts(signed_in, patient, edition):
    page = signed_in(patient).get(edition.get_absolute_url()).content.decode()
    assert "The pituitary gland is small." in page
    assert "A hormone that wakes you." in page
    assert "A study of nights" in page
    assert "What wakes you most often?" in page
    assert "Do not start, stop or change a medicine" in page
    assert edition.reviewed_by.name in page
    assert "[@night-2020]" not in page


def test_the_article_leads_to_the_assigned_level(signed_in, patient, edition):
    PublishedEditionFactory(article=edition.article, level=Level.ACADEMIC)
    article = reverse("reading:article", args=[edition.article.slug])
    assert signed_in(patient).get(article)["Location"].endswith("/fundamentals/")
    AssignmentFactory(patient=patient, article=edition.article, level=Level.ACADEMIC)
    assert signed_in(patient).get(article)["Location"].endswith("/academic/")


def test_a_level_that_does_not_exist_leads_to_the_nearest(signed_in, patient, edition):
    missing = reverse("reading:reader", args=[edition.article.slug, Level.INTERMEDIATE])
    assert signed_in(patient).get(missing)["Location"].endswith("/fundamentals/")


def test_levels_share_the_keys_of_their_sections(signed_in, patient, edition):
    PublishedEditionFactory(article=edition.article, level=Level.ACADEMIC, body=BODY)
    for level in ("fundamentals", "academic"):
        url = reverse("reading:reader", args=[edition.article.slug, level])
        assert 'id="part-1"' in signed_in(patient).get(url).content.decode()


def test_drafts_are_for_those_who_write_and_review(
    signed_in, patient, clinician, editor, reviewer, edition
):
    draft = EditionFactory(
        article=edition.article, level=Level.ACADEMIC, body="<p>Not for patients yet.</p>"
    )
    for reader, status in ((patient, 404), (clinician, 404), (editor, 200), (reviewer, 200)):
        assert signed_in(reader).get(draft.get_absolute_url()).status_code == status
    library = signed_in(patient).get(reverse("reading:library")).content.decode()
    assert "Academic" not in library


def test_a_changed_glossary_changes_the_page(signed_in, patient, edition):
    client = signed_in(patient)
    client.get(edition.get_absolute_url())
    term = TermFactory(name="pituitary gland", slug="pituitary-gland", plain_definition="Tiny.")
    assert "Tiny." in client.get(edition.get_absolute_url()).content.decode()
    term.delete()
    assert "Tiny." not in client.get(edition.get_absolute_url()).content.decode()


def test_opening_is_noted_once_and_finishing_apart(signed_in, patient, edition):
    client = signed_in(patient)
    client.get(edition.get_absolute_url())
    first = Reading.objects.get()
    client.get(edition.get_absolute_url())
    again = Reading.objects.get()
    assert again.opened_at == first.opened_at
    assert again.finished_at is None


def test_looking_ahead_is_no_opening(signed_in, patient, edition):
    client = signed_in(patient)
    client.head(edition.get_absolute_url())
    client.get(edition.get_absolute_url(), headers={"Sec-Purpose": "prefetch;prerender"})
    assert not Reading.objects.exists()


@pytest.mark.parametrize("history", [0, 40])
def test_queries_of_the_reader_do_not_grow(
    signed_in, patient, edition, django_assert_num_queries, history
):
    for number in range(history):
        TermFactory(name=f"word {number}", slug=f"word-{number}")
    for _ in range(history // 10):
        ReadingFactory(patient=patient)
    AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    client.get(edition.get_absolute_url())
    with django_assert_num_queries(7):
        client.get(edition.get_absolute_url())


@pytest.mark.parametrize("articles", [1, 3])
def test_queries_of_the_library_do_not_grow(
    signed_in, patient, django_assert_num_queries, articles
):
    for _ in range(articles):
        edition = PublishedEditionFactory()
        edition.article.topics.add(TopicFactory())
        PublishedEditionFactory(article=edition.article, level=Level.ACADEMIC)
    client = signed_in(patient)
    with django_assert_num_queries(9):
        client.get(reverse("reading:library"))


@pytest.mark.parametrize("articles", [1, 3])
def test_queries_of_the_patients_home_do_not_grow(
    signed_in, patient, django_assert_num_queries, articles
):
    for _ in range(articles):
        AssignmentFactory(patient=patient)
    client = signed_in(patient)
    with django_assert_num_queries(5):
        client.get(reverse("care:today"))


def test_the_library_finds_by_word_and_topic(signed_in, patient, edition):
    other = PublishedEditionFactory(article__title="Shift work")
    topic = TopicFactory(name="Sleep", slug="sleep")
    edition.article.topics.add(topic)
    client = signed_in(patient)
    url = reverse("reading:library")
    assert other.article.title not in client.get(url, {"q": "nights"}).content.decode()
    assert other.article.title not in client.get(url, {"topic": "sleep"}).content.decode()
    assert "Nothing found" in client.get(url, {"q": "no such word"}).content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/read/no-such-article/",
        "/read/no-such-article/fundamentals/",
        "/read/%00/fundamentals/",
        "/read/nights/expert/",
        f"/read/{'x' * 3000}/academic/",
        "/read/a/fundamentals/edition/99999999999999999999/",
        "/read/a/fundamentals/edition/0/",
        "/figures/..%2f..%2fportal.sqlite3",
        "/figures/nothing.svg",
        "/figures/%00.svg",
    ],
)
def test_no_address_breaks_the_reader(signed_in, patient, path):
    assert signed_in(patient).get(path).status_code == 404
