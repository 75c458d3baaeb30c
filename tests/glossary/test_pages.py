"""The glossary's pages: A to Z, search, one term; and in which articles a word appears."""

import threading

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.urls import reverse

from education.articles import glossary_page, pages
from education.articles.models import Edition, Level, RenderedEdition
from education.articles.pages import page_of, render_stale
from education.glossary.models import GlossaryVersion, Term
from education.glossary.spelling import loosely
from tests.factories import (
    AliasFactory,
    ArticleFactory,
    EditionFactory,
    PublishedEditionFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db
INDEX = "/glossary/"


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def names(response):
    if "results" in response.context:
        return [one.term.name for one in response.context["results"]]
    return [one.term.name for _, terms in response.context.get("groups", []) for one in terms]


# --- A to Z ---------------------------------------------------------------------------------


def test_terms_stand_under_their_letters(client):
    for name in ("ghrelin", "Élan", "17β-estradiol", "cortisol", "GHRH", "αMSH", "ezra"):
        TermFactory(name=name)
    TermFactory(name="incomplete", plain_definition="", technical_definition="")
    response = client.get(INDEX)
    groups = [
        (name, [one.term.name for one in terms]) for name, terms in response.context["groups"]
    ]
    assert groups == [
        ("0–9", ["17β-estradiol"]),
        ("A", ["αMSH"]),
        ("C", ["cortisol"]),
        ("E", ["Élan", "ezra"]),
        ("G", ["ghrelin", "GHRH"]),
    ]
    assert 'href="#letter-C"' in response.content.decode()


def test_of_many_terms_one_letter_is_shown(client, monkeypatch):
    monkeypatch.setattr(glossary_page, "ON_ONE_PAGE", 3)
    monkeypatch.setattr(glossary_page, "PER_PAGE", 2)
    for name in ("aa", "ab", "ac", "b"):
        TermFactory(name=name)
    assert names(client.get(INDEX)) == ["aa", "ab"]
    assert names(client.get(INDEX, {"letter": "A", "page": 2})) == ["ac"]
    response = client.get(INDEX, {"letter": "B"})
    assert names(response) == ["b"]
    assert 'href="?letter=A"' in response.content.decode()
    for nonsense in ("Z", "", "\x00", "x" * 4000):
        assert names(client.get(INDEX, {"letter": nonsense, "page": nonsense})) == ["aa", "ab"]


def test_an_empty_glossary_says_so(client):
    assert "still empty" in client.get(INDEX).content.decode()


# --- Search ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("estradiol", ["estradiol"]),
        ("oestradiol", ["estradiol"]),
        ("OESTRADIÓL", ["estradiol"]),
        ("17 beta", ["estradiol"]),
        ("17β-estr", ["estradiol"]),
        ("tnf alpha", ["tumor necrosis factor"]),
        ("TNFα", ["tumor necrosis factor"]),
        ("tumour", ["tumor necrosis factor"]),
        ("Ménopause", ["menopause"]),
        ("hormone optimisation", ["hormone optimization"]),
        ("nothing of this kind", []),
        ("menopause\x00", ["menopause"]),
        ("%", []),
        ("_", []),
    ],
)
def test_search_forgives_spelling(client, query, found):
    AliasFactory(term=TermFactory(name="estradiol"), text="17β-estradiol")
    AliasFactory(term=TermFactory(name="tumor necrosis factor"), text="TNF-α")
    TermFactory(name="menopause")
    TermFactory(name="hormone optimization")
    assert names(client.get(INDEX, {"q": query})) == found


def test_the_best_comes_first_and_each_term_once(client):
    for name in ("deep sleep", "sleep apnea", "sleep"):
        AliasFactory(term=TermFactory(name=name), text=f"x {name} and more")
    assert names(client.get(INDEX, {"q": "sleep"})) == ["sleep", "sleep apnea", "deep sleep"]


def test_a_search_shows_no_more_than_can_be_looked_through(client, monkeypatch):
    monkeypatch.setattr(glossary_page, "FOUND_AT_MOST", 2)
    for number in range(5):
        TermFactory(name=f"sleep {number}")
    response = client.get(INDEX, {"q": "sleep"})
    assert len(names(response)) == 2 and "3 more are not shown" in response.content.decode()


def test_a_huge_query_is_no_burden(client):
    TermFactory()
    assert client.get(INDEX, {"q": "é" * 1_000_000}).status_code == 200


def test_beginnings_of_words_are_found_in_both_spellings():
    for british, american in (("behaviour", "behavior"), ("analyse", "analyze")):
        for length in range(3, len(british) + 1):
            assert loosely(british[:length]) in loosely(american)


# --- One term -------------------------------------------------------------------------------


def test_a_term_has_a_page_with_everything(client):
    other = TermFactory(name="ghrelin")
    incomplete = TermFactory(name="x", plain_definition="", technical_definition="")
    term = TermFactory(
        name="leptin", slug="leptin", plain_definition="Says <full>.",
        technical_definition="Exact.", figure="leptin.png", figure_width=640, figure_height=480,
        figure_alt="A falling line.",
    )  # fmt: skip
    term.see_also.add(other, incomplete)
    AliasFactory(term=term, text="LEP")
    PublishedEditionFactory(article__title="Hunger & sleep", body="<p>About leptin.</p>")
    render_stale()
    assert term.get_absolute_url() == "/glossary/leptin/"
    for address in (term.get_absolute_url(), INDEX):
        page = client.get(address).content.decode()
        for text in ("Says &lt;full&gt;.", "Exact.", "LEP", "Hunger &amp; sleep",
                     other.get_absolute_url(), 'src="/figures/leptin.png"',
                     'alt="A falling line."', 'width="640"',
                     'height="480"', 'loading="lazy"'):  # fmt: skip
            assert text in page, (address, text)
        assert incomplete.get_absolute_url() not in page


@pytest.mark.parametrize("slug", ["unknown", "incomplete", "x" * 2000])
def test_what_is_no_term(client, slug):
    TermFactory(slug="incomplete", plain_definition="", technical_definition="")
    assert client.get(f"/glossary/{slug}/").status_code == 404


def test_appears_in_names_article_and_level(client):
    term = TermFactory(name="leptin", slug="leptin")
    article = ArticleFactory(title="Hunger", slug="hunger")
    for level in (Level.ACADEMIC, Level.FUNDAMENTALS):
        PublishedEditionFactory(article=article, level=level, body="<p>leptin</p>")
    PublishedEditionFactory(article=article, level=Level.INTERMEDIATE, body="<p>Nothing.</p>")
    EditionFactory(article__title="A draft", body="<p>leptin</p>")
    render_stale()
    (shown,) = client.get(INDEX).context["groups"][0][1]
    (appearance,) = shown.appears_in
    assert appearance.url == "/read/hunger/fundamentals/"
    assert [level for level, _ in appearance.levels] == ["Fundamentals", "Academic"]
    page = client.get(term.get_absolute_url()).content.decode()
    assert "/read/hunger/academic/" in page and "/read/hunger/intermediate/" not in page
    assert "A draft" not in page


def test_a_long_list_of_articles_is_shortened_in_the_glossary(client):
    TermFactory(name="leptin", slug="leptin")
    for _ in range(5):
        PublishedEditionFactory(body="<p>leptin</p>")
    render_stale()
    (shown,) = client.get(INDEX).context["groups"][0][1]
    assert (len(shown.appears_in), shown.more_articles) == (3, 2)
    assert "and 2 more" in client.get(INDEX).content.decode()
    assert len(client.get("/glossary/leptin/").context["shown"].appears_in) == 5


@pytest.mark.once
@pytest.mark.parametrize("count", [1, 4])
def test_queries_do_not_grow(client, django_assert_num_queries, count):
    for number in range(count):
        term = TermFactory(name=f"word {number}", slug=f"word-{number}")
        AliasFactory(term=term)
        term.see_also.add(TermFactory())
    for _ in range(count):
        PublishedEditionFactory(body=f"<p>{', '.join(f'word {n}' for n in range(count))}</p>")
    render_stale()
    with django_assert_num_queries(8):
        client.get(INDEX)
    with django_assert_num_queries(8):
        client.get(INDEX, {"q": "word"})
    with django_assert_num_queries(8):
        client.get("/glossary/word-0/")


# --- The stored pages -----------------------------------------------------------------------


def test_a_page_knows_its_terms():
    leptin, ghrelin = TermFactory(name="leptin"), TermFactory(name="ghrelin")
    edition = PublishedEditionFactory(body="<p>leptin, ghrelin</p>")
    page = page_of(edition)
    assert set(page.terms.all()) == {leptin, ghrelin}
    ghrelin.delete()
    TermFactory(name="other")
    assert set(page_of(edition).terms.all()) == {leptin}


def test_a_draft_is_never_kept():
    TermFactory(name="leptin")
    page = page_of(EditionFactory(body="<p>leptin</p>"))
    assert "term-card" in page.terms_html and not RenderedEdition.objects.exists()


def test_a_save_renders_what_is_published_once(
    editor, signed_in, django_capture_on_commit_callbacks
):
    edition = PublishedEditionFactory(body="<p>leptin, ghrelin</p>")
    term = TermFactory(name="leptin")
    client = signed_in(editor)
    # What this test did so far is never committed; the save below is.
    connection.run_on_commit.clear()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        response = client.post(
            reverse("admin:glossary_term_change", args=[term.pk]),
            {
                "name": "leptin", "slug": "leptin", "plain_definition": "Says full.",
                "version": term.updated_at.isoformat(),
                "aliases-TOTAL_FORMS": 2, "aliases-INITIAL_FORMS": 0,
                "aliases-0-text": "ghrelin", "aliases-0-term": term.pk,
                "aliases-1-text": "ob", "aliases-1-term": term.pk,
            },
        )  # fmt: skip
    assert response.status_code == 302
    assert len(callbacks) == 1
    page = RenderedEdition.objects.get(edition=edition)
    assert page.glossary_version == GlossaryVersion.current()
    assert list(page.terms.all()) == [term] and "Says full." in page.terms_html


def test_publishing_renders(django_capture_on_commit_callbacks):
    TermFactory(name="leptin")
    with django_capture_on_commit_callbacks(execute=True):
        edition = PublishedEditionFactory(body="<p>leptin</p>")
    assert RenderedEdition.objects.get(edition=edition).terms.count() == 1


def test_nothing_published_costs_two_queries(django_assert_num_queries):
    TermFactory()
    EditionFactory()
    with django_assert_num_queries(2):
        assert render_stale() == 0


def test_only_so_many_are_rendered_while_an_editor_waits(
    monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(pages, "EAGERLY", 2)
    for _ in range(3):
        PublishedEditionFactory()
    with django_capture_on_commit_callbacks(execute=True):
        TermFactory()
    assert RenderedEdition.objects.count() == 2


def test_a_broken_edition_does_not_undo_the_save(monkeypatch, django_capture_on_commit_callbacks):
    PublishedEditionFactory()

    def broken(*args):
        raise ValueError

    monkeypatch.setattr(pages, "render", broken)
    with django_capture_on_commit_callbacks(execute=True):
        TermFactory(name="leptin")
    assert Term.objects.filter(name="leptin").exists()


def test_a_change_that_is_taken_back_tells_nobody(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        with pytest.raises(IntegrityError), transaction.atomic():
            TermFactory(name="leptin", slug="one")
            TermFactory(name="leptin", slug="two")
        assert callbacks == []
        TermFactory(name="ghrelin")
    assert len(callbacks) == 1


def test_render_pages(capsys):
    from django.core.management import call_command

    for _ in range(2):
        PublishedEditionFactory()
    call_command("render_pages")
    assert "2 pages rendered" in capsys.readouterr().out
    call_command("render_pages")
    assert "0 pages" in capsys.readouterr().out


def test_a_page_that_can_not_be_kept_is_still_shown(monkeypatch):
    TermFactory(name="leptin")
    edition = PublishedEditionFactory(body="<p>leptin</p>")

    def full(*args, **kwargs):
        from django.db import OperationalError

        raise OperationalError("database or disk is full")

    monkeypatch.setattr(type(RenderedEdition.objects), "update_or_create", full)
    assert "term-card" in page_of(Edition.objects.get(pk=edition.pk)).terms_html


@pytest.mark.django_db(transaction=True)
def test_two_readers_of_a_stale_page_both_get_it():
    for number in range(8):
        TermFactory(name=f"word {number}")
    edition = PublishedEditionFactory(body="<p>word 1, word 2, word 3</p>")
    for _ in range(3):
        RenderedEdition.objects.filter(edition=edition).delete()
        barrier, got = threading.Barrier(4), []

        def read(barrier=barrier, got=got):
            barrier.wait(timeout=10)
            got.append("term-card" in page_of(edition).terms_html)
            connections.close_all()

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert got == [True] * 4
        assert RenderedEdition.objects.get(edition=edition).terms.count() == 3
