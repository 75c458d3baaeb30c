"""The library: what a reader sees of a search, and what it costs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.articles.models import Edition, Level
from tests.factories import (
    AliasFactory,
    ArticleFactory,
    AssignmentFactory,
    PublishedEditionFactory,
    ReviewerFactory,
    TermFactory,
    TopicFactory,
)

PARTS = [
    ("", "<p>You are tired during the day.</p>"),
    ("Short nights", "<p>After short nights cortisol is higher &amp; hunger &lt;b&gt; too.</p>"),
]


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(
        article__title="Days & nights",
        article__slug="days",
        article__summary="Why <nights> matter.",
        body=PARTS,
    )


@pytest.fixture
def look(signed_in, patient):
    """look(q=...) gives the library as a patient sees it."""
    client = signed_in(patient)

    def page(**query):
        response = client.get(reverse("reading:library"), query)
        assert response.status_code == 200
        return response.content.decode()

    return page


def test_a_result_shows_the_place_and_leads_there(look, edition):
    page = look(q="hunger")
    assert "&amp; <mark>hunger</mark> &lt;b&gt; too." in page
    assert 'href="/read/days/fundamentals/#part-1"' in page
    assert "Found in “Short nights”" in page
    assert "Found in the opening" in look(q="tired")
    assert re.search(r'role="status">\s*1 article\s', page)
    assert "<title>1 article found · Read" in page


def test_title_and_summary_are_marked_and_never_trusted(look, edition):
    page = look(q="nights matter")
    assert "Days &amp; <mark>nights</mark></a>" in page
    page = look(q="matter")
    assert "Why &lt;nights&gt; <mark>matter</mark>." in page
    assert "Why &lt;nights&gt; matter." in look()


def test_every_role_finds_the_same(signed_in, patient, clinician, editor, reviewer, edition):
    for user in (patient, clinician, editor, reviewer):
        page = signed_in(user).get(reverse("reading:library"), {"q": "hunger"}).content.decode()
        assert "<mark>hunger</mark>" in page


def test_levels_and_topics_narrow_it_down(look, edition):
    other = PublishedEditionFactory(article__title="Shift work", level=Level.ACADEMIC)
    edition.article.topics.add(TopicFactory(name="Clocks", slug="clocks"))
    page = look(level="academic")
    assert "Shift work" in page and "Days &amp; nights" not in page
    assert other.article.title not in look(topic="clocks")
    assert "Nothing found" in look(topic="clocks", level="academic")
    assert "Nothing found" in look(q="hunger", level="academic")
    page = look(q="hunger", level="fundamentals", topic="clocks")
    assert "<mark>hunger</mark>" in page
    # A filter keeps the search and the other filter.
    assert "?q=hunger&amp;level=academic&amp;topic=clocks" in page
    assert '<input type="hidden" name="level" value="fundamentals">' in page
    assert "Days &amp; nights" in look(level="no such level")


def test_a_search_without_results_says_what_else_there_is(look, edition):
    page = look(q="zebra")
    assert "Nothing found" in page
    assert "Show the whole library" in page
    assert '/glossary/?q=zebra"' in page
    assert "Search the whole library" not in page
    page = look(q="hunger", level="academic", time="more")
    assert '<a class="btn btn-secondary" href="?q=hunger">Search the whole library' in page


def test_some_of_the_words_are_said_to_be_some(look, edition):
    page = look(q="hunger zebra")
    assert "No article has all of these words" in page
    assert "<mark>hunger</mark>" in page


def test_a_term_is_explained_above_what_was_found(signed_in, look, clinician, edition):
    term = TermFactory(
        name="cortisol",
        slug="cortisol",
        plain_definition="A hormone <that> wakes you.",
        technical_definition="A glucocorticoid.",
    )
    AliasFactory(term=term, text="hydrocortisone")
    page = look(q="Hydrocortisone")
    assert "A hormone &lt;that&gt; wakes you." in page
    assert "A glucocorticoid." not in page
    assert 'href="/glossary/cortisol/"' in page
    assert "<mark>cortisol</mark>" in page
    assert "A glucocorticoid." in look(q="cortisol", level="academic")
    answer = signed_in(clinician).get(reverse("reading:library"), {"q": "cortisol"})
    assert "wakes you" in answer.content.decode() and "glucocort" in answer.content.decode()
    assert "wakes you" not in look(q="cortisol hunger")
    term.plain_definition = term.technical_definition = ""
    term.save()
    assert "From the glossary" not in look(q="cortisol")


def test_what_came_out_lately_says_so(look, edition):
    assert chips(look()) == ["New"]
    later = Edition.start(edition.article, edition.level, edition.author)
    later.submit(later.author)
    later.publish(ReviewerFactory())
    assert chips(look()) == ["Updated"]


def test_what_came_out_long_ago_does_not(look, time_machine):
    now = timezone.now()
    time_machine.move_to(now - timedelta(days=31))
    PublishedEditionFactory()
    time_machine.move_to(now)
    page = look()
    assert "library-card" in page
    assert chips(page) == []


def chips(page):
    return re.findall(r'<span class="chip chip-dawn">(\w+)</span>', page)


def test_pages_of_twenty_keep_their_order(look):
    for number in range(23):
        PublishedEditionFactory(
            article__title="Owls" if number % 2 else "The owl", body="<p>Owls at night.</p>"
        )
    for query in ({}, {"q": "owl"}):
        seen = []
        for number in (1, 2):
            page = look(page=number, **query)
            seen += re.findall(r'card-title"><a href="/read/([\w-]+)/"', page)
            assert "Page 1 of 2" in page or "Page 2 of 2" in page
        assert len(seen) == len(set(seen)) == 23
        assert seen[:20] == re.findall(r'card-title"><a href="/read/([\w-]+)/"', look(**query))
    assert "page=2" in look(q="owl") and "q=owl&amp;page=2" in look(q="owl")
    assert "23 articles" in look(q="owl")
    # A page that does not exist is the last one.
    assert "Page 2 of 2" in look(q="owl", page="99999999999999999999")


@pytest.mark.parametrize("articles", [1, 5])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ({}, 10),
        ({"q": "nights"}, 13),
        ({"q": "cortisol"}, 14),
        ({"q": "nights", "topic": "clocks", "level": "academic"}, 13),
        ({"own": "unopened", "time": "5", "news": "1", "topic": "clocks"}, 10),
    ],
)
def test_queries_do_not_grow(
    signed_in, patient, django_assert_num_queries, articles, query, queries
):
    topic = TopicFactory(name="Clocks", slug="clocks")
    for number in range(articles):
        term = TermFactory(name="cortisol" if not number else f"word {number}")
        AliasFactory(term=term)
        article = ArticleFactory()
        article.topics.add(topic)
        for level in Level:
            PublishedEditionFactory(article=article, level=level, body=PARTS)
        AssignmentFactory(patient=patient, article=article)
    client = signed_in(patient)
    client.get(reverse("reading:library"), query)
    with django_assert_num_queries(queries):
        page = client.get(reverse("reading:library"), query).content.decode()
    assert len(re.findall("library-card", page)) == articles


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\x00"},
        {"q": "x" * 10_000},
        {"q": '"' * 300},
        {"q": "\ue000\ue001 * : ( ) ' \\"},
        {"q": "sleep", "topic": "\x00"},
        {"q": "sleep", "topic": "x" * 5000, "level": "\x00", "page": "-1"},
        {"q": "sleep", "page": "\x00"},
        {"q": ["a", "b"], "level": ["academic", "x"]},
        {"own": "\x00", "time": "\x00", "news": "\x00"},
        {"own": ["x", "read"], "time": "5 OR 1=1", "news": "x" * 5000},
    ],
)
def test_no_query_breaks_it(signed_in, patient, edition, query):
    response = signed_in(patient).get(reverse("reading:library"), query)
    assert response.status_code in (200, 400)
