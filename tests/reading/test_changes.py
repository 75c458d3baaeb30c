"""Changed since you read it: for whom, until when, and what has changed."""

import pytest
from django.urls import reverse
from django.utils import timezone

from education.articles.models import Level
from education.reading.evidence import changed_since_read
from education.reading.models import Reading
from tests.factories import (
    EditionFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReadingFactory,
    ReferenceFactory,
    ReviewerFactory,
)

OLD = [("Nights", "<p>Sleep is short. It rains.</p>"), ("Gone", "<p>Not any more.</p>")]
NEW = [("Nights", "<p>Sleep is long. It rains.</p>")]


@pytest.fixture
def old(db):
    return PublishedEditionFactory(article__title="Nights and days", body=OLD)


@pytest.fixture
def new(old, patient):
    ReadingFactory(patient=patient, edition=old)
    return PublishedEditionFactory(
        article=old.article, number=2, body=NEW, change_note="Nights are longer."
    )


@pytest.fixture
def url(old):
    return reverse("reading:changes", args=[old.article.slug, old.level])


def test_the_reader_says_so_until_the_new_one_was_opened(signed_in, patient, new, url):
    client = signed_in(patient)
    page = client.get(new.get_absolute_url()).content.decode()
    assert "Changed since you read it" in page and "Nights are longer." in page and url in page
    Reading.objects.note_opened(patient, new)
    page = client.get(new.get_absolute_url()).content.decode()
    assert "Changed since you read it" not in page
    # What differs can still be looked up.
    assert "What has changed since edition 1" in page and url in page


def test_other_levels_and_other_people_are_not_told(signed_in, other_patient, patient, new):
    other = PublishedEditionFactory(
        article=new.article, level=Level.ACADEMIC, number=1, grade_reason="A test."
    )
    for reader, edition in ((other_patient, new), (patient, other)):
        page = signed_in(reader).get(edition.get_absolute_url()).content.decode()
        assert "Changed since" not in page and "has changed since" not in page


def test_it_shows_what_has_changed_in_words(signed_in, patient, new, url):
    page = signed_in(patient).get(url).content.decode()
    assert "You read edition 1" in page and "Nights are longer." in page
    assert "long." in page and "added:" in page
    assert "Not any more." in page and "removed:" in page
    assert f"{new.get_absolute_url()}#part-0" in page


def test_all_notes_since_one_read_it_are_shown(signed_in, patient, new, url):
    PublishedEditionFactory(
        article=new.article, number=3, body=NEW, change_note="A word was corrected."
    )
    page = signed_in(patient).get(url).content.decode()
    assert "Nights are longer." in page and "A word was corrected." in page


def test_a_text_that_a_patient_never_read_stays_unknown(
    signed_in, patient, other_patient, clinician, editor, old, new, url
):
    assert signed_in(other_patient).get(url).status_code == 404
    for reader in (clinician, editor):
        page = signed_in(reader).get(url).content.decode()
        assert "Before, there was edition 1" in page and "Nights are longer." in page


def test_what_stands_in_the_text_for_the_page_alone_is_left_out(signed_in, patient):
    ReferenceFactory(key="night-2020")
    texts = ("<p>It rains [@night-2020].</p>", "<p>It snows [@night-2020].</p><p>{figure: sky}</p>")
    old = PublishedEditionFactory(body=texts[0])
    ReadingFactory(patient=patient, edition=old)
    new = EditionFactory(article=old.article, number=2, body=texts[1])
    FigureFactory(edition=new, key="sky", caption="A winter sky")
    new.submit(new.author)
    new.publish(ReviewerFactory())
    url = reverse("reading:changes", args=[old.article.slug, old.level])
    page = signed_in(patient).get(url).content.decode()
    assert "snows" in page and "@night" not in page and "{figure" not in page
    assert "A winter sky" in page


def test_without_an_earlier_edition_there_is_nothing_to_see(signed_in, clinician, old, url):
    EditionFactory(article=old.article, number=2, body=NEW)
    assert signed_in(clinician).get(url).status_code == 404


def test_changed_since_read_needs_one_query(
    patient, other_patient, clinician, new, django_assert_num_queries
):
    editions = [new, *(ReadingFactory(patient=patient).edition for _ in range(3))]
    with django_assert_num_queries(1):
        changed = changed_since_read(patient, editions)
    assert list(changed) == [new.pk]
    assert changed[new.pk].number == 1
    assert not changed_since_read(other_patient, editions)
    with django_assert_num_queries(0):
        assert not changed_since_read(clinician, editions)


def test_a_part_on_the_screen_is_reading_it_too(patient, old):
    Reading.objects.note_sections(patient, old, {"part-0": timezone.now()})
    new = PublishedEditionFactory(article=old.article, number=2, body=NEW)
    assert changed_since_read(patient, [new])
    Reading.objects.note_sections(patient, new, {"part-0": timezone.now()})
    assert not changed_since_read(patient, [new])


def test_a_row_without_a_fact_is_no_reading(patient, old):
    Reading.objects.create(patient=patient, edition=old)
    new = PublishedEditionFactory(article=old.article, number=2, body=NEW)
    assert not changed_since_read(patient, [new])
