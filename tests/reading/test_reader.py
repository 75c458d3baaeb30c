"""The reader and the library, as a patient meets them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from education.articles.models import Level, RenderedEdition
from education.articles.pages import page_of, render_stale
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


def test_showing_it_records_nothing(signed_in, patient, edition):
    """A load may fail half-way, be a print or a look ahead: only the page itself tells."""
    client = signed_in(patient)
    client.get(edition.get_absolute_url())
    client.head(edition.get_absolute_url())
    client.get(edition.get_absolute_url(), headers={"Sec-Purpose": "prefetch;prerender"})
    assert not Reading.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize("more", [0, 40])
def test_queries_of_the_reader_do_not_grow(
    signed_in, patient, edition, django_assert_num_queries, more
):
    """The same for any glossary, history, number of levels, editions and parts."""
    for number in range(more):
        TermFactory(name=f"word {number}", slug=f"word-{number}")
    for _ in range(more // 10):
        ReadingFactory(patient=patient)
    if more:
        many = [(f"Part {number}", "<p>A long night.</p>") for number in range(more)]
        ReadingFactory(patient=patient, edition=edition, finished_at=timezone.now())
        edition = PublishedEditionFactory(
            article=edition.article, number=2, body=many, grade_reason="A test."
        )
        for level in (Level.INTERMEDIATE, Level.ACADEMIC):
            PublishedEditionFactory(
                article=edition.article, level=level, body=many, grade_reason="A test."
            )
        keys = {f"part-{number}": timezone.now() for number in range(more)}
        Reading.objects.note_sections(patient, edition, keys, "part-7")
    AssignmentFactory(patient=patient, article=edition.article)
    render_stale()
    client = signed_in(patient)
    with django_assert_num_queries(7):
        client.get(edition.get_absolute_url())


@pytest.fixture
def levels(edition):
    """The article at three levels; the plainest has no part about nights."""
    article = edition.article
    edition.retire(edition.reviewed_by)
    plain = PublishedEditionFactory(article=article, number=2, body=BODY[:1])
    middle, deep = (
        PublishedEditionFactory(article=article, level=level, body=BODY, grade_reason="A test.")
        for level in (Level.INTERMEDIATE, Level.ACADEMIC)
    )
    return plain, middle, deep


def test_each_part_leads_to_the_levels_that_treat_it(signed_in, patient, levels):
    page = signed_in(patient).get(levels[1].get_absolute_url()).content.decode()
    first, second = page.split('id="part-1"')
    base = f"/read/{levels[0].article.slug}"
    assert f'href="{base}/fundamentals/#part-0"' in first
    assert f'href="{base}/academic/#part-0"' in first
    assert f'href="{base}/fundamentals/#part-1"' not in page
    assert f'href="{base}/academic/#part-1"' in second
    ask = f"/questions/new/?article={levels[0].article.slug}&amp;level=intermediate"
    assert f'href="{ask}&amp;part=part-1"' in second
    assert page.count("</section>") == page.count("<section")


def test_levels_that_are_not_rendered_yet_are_found_too(signed_in, patient, levels):
    page_of(levels[1])
    RenderedEdition.objects.exclude(edition=levels[1]).delete()
    page = signed_in(patient).get(levels[1].get_absolute_url()).content.decode()
    assert "/fundamentals/#part-0" in page and "/fundamentals/#part-1" not in page


def test_the_end_leads_on_to_the_next_level(signed_in, patient, levels):
    client = signed_in(patient)
    assert "Go deeper: Intermediate" in client.get(levels[0].get_absolute_url()).content.decode()
    assert "Go deeper" not in client.get(levels[2].get_absolute_url()).content.decode()


def test_with_explanations_off_the_parts_are_the_same(signed_in, patient, levels):
    client = signed_in(patient)
    client.cookies["words"] = "off"
    page = client.get(levels[1].get_absolute_url()).content.decode()
    assert "/academic/#part-1" in page and "popovertarget" not in page


def test_the_patient_continues_where_they_left(signed_in, patient, other_patient, edition):
    url = edition.get_absolute_url()
    client = signed_in(patient)
    assert "Continue where you left off" not in client.get(url).content.decode()
    now = timezone.now()
    Reading.objects.note_sections(patient, edition, {"part-0": now, "part-1": now}, "part-1")
    page = client.get(url).content.decode()
    assert '<a href="#part-1">Continue where you left off: Nights</a>' in page
    assert '<progress value="2" max="2"' in page
    assert "Continue where you left off" not in signed_in(other_patient).get(url).content.decode()
    # At the end there is nowhere to continue.
    Reading.objects.note_finished(patient, edition)
    assert "Continue where you left off" not in client.get(url).content.decode()


def test_clinicians_assign_from_the_article_and_leave_no_trace(
    signed_in, clinician, editor, edition
):
    page = signed_in(clinician).get(edition.get_absolute_url()).content.decode()
    assert f"/caseload/?article={edition.article.slug}&amp;level=fundamentals" in page
    assert "data-token" not in page and "I understand" not in page
    assert "Assign to patients" not in (
        signed_in(editor).get(edition.get_absolute_url()).content.decode()
    )


def test_the_reader_names_the_assigned_level_and_who_gave_it(signed_in, patient, levels):
    AssignmentFactory(patient=patient, article=levels[0].article, level=Level.ACADEMIC)
    page = signed_in(patient).get(levels[0].get_absolute_url()).content.decode()
    assert "at the level Academic" in page


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
