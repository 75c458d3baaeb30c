"""The reader's switch: words explained, or plain text in which nothing can be focused."""

import pytest
from django.urls import reverse
from hypothesis import given, settings

from education.glossary.annotate import annotate, unmarked
from tests.factories import PublishedEditionFactory, TermFactory

from .test_annotate import HTML, INDEX


@settings(deadline=None)
@given(HTML)
def test_a_text_without_its_marks_is_the_text(html):
    plain = unmarked(html)
    assert unmarked(annotate(plain, "academic", INDEX).html) == plain


def test_other_buttons_stay():
    html = '<button type="button">x</button><p>insomnia</p>'
    assert unmarked(annotate(html, "academic", INDEX).html) == html


@pytest.fixture
def edition(db):
    TermFactory(name="cortisol", slug="cortisol", plain_definition="A hormone that wakes you.")
    return PublishedEditionFactory(body="<p>Cortisol is low at night.</p>")


def switch(client, value, target):
    return client.post(reverse("reading:look"), {"words": value, "next": target})


def test_off_and_on_again(signed_in, patient, edition):
    client, url = signed_in(patient), edition.get_absolute_url()
    page = client.get(url).content.decode()
    assert 'popovertarget="term-cortisol"' in page and "A hormone that wakes you." in page
    response = switch(client, "off", f"{url}#look")
    assert response["Location"] == f"{url}#look"
    cookie = response.cookies["words"]
    assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("off", 31536000, "Lax")
    page = client.get(url).content.decode()
    assert "<p>Cortisol is low at night.</p>" in page
    assert "term-cortisol" not in page and "A hormone that wakes you." not in page
    assert 'value="off" aria-pressed="true"' in page
    switch(client, "on", url)
    assert "term-cortisol" in client.get(url).content.decode()


def test_an_article_without_such_words_has_no_switch(signed_in, patient):
    edition = PublishedEditionFactory()
    page = signed_in(patient).get(edition.get_absolute_url()).content.decode()
    assert 'name="words"' not in page and 'name="text"' in page


@pytest.mark.parametrize("value", ["", "OFF", "\x00", "x" * 5000])
def test_anything_else_means_on(signed_in, patient, edition, value):
    client = signed_in(patient)
    assert switch(client, value, "/read/").status_code == 302
    client.cookies["words"] = value[:100]
    assert "term-cortisol" in client.get(edition.get_absolute_url()).content.decode()


def test_patients_alone_are_asked_to_count(signed_in, patient, clinician, edition):
    url = edition.get_absolute_url()
    assert 'data-lookups="/glossary/"' in signed_in(patient).get(url).content.decode()
    assert "data-lookups" not in signed_in(clinician).get(url).content.decode()
