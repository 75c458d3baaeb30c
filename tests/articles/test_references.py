"""References for editors: where they are cited, that they are checked, and how they are shown."""

import re

import pytest
import yaml
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from education.articles import rendering
from education.articles.citations import articles_citing, is_cited
from education.articles.content_files import read_folder
from education.articles.models import Reference, RenderedEdition
from education.articles.pages import page_of
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    PublishedEditionFactory,
    ReferenceFactory,
)

from .admin_pages import texts_of

pytestmark = pytest.mark.django_db


def change(reference):
    return reverse("admin:articles_reference_change", args=[reference.pk])


@pytest.fixture
def client(editor, signed_in):
    return signed_in(editor)


# --- In one style ---------------------------------------------------------------------------


def test_one_style_with_links():
    full = ReferenceFactory.build(
        authors="Leproult R, Van Cauter E.", title="Effect of sleep.", container="JAMA", year=2011,
        volume="305", issue="21", pages="2173-2174", doi="10.1002/<a>;b", pmid="21632481",
        url="https://www.example.org/x",
    )  # fmt: skip
    assert full.citation == (
        "Leproult R, Van Cauter E. Effect of sleep. JAMA 2011;305(21):2173-2174."
    )
    assert full.links == [
        ("doi:10.1002/<a>;b", "https://doi.org/10.1002/%3Ca%3E;b"),
        ("PMID 21632481", "https://pubmed.ncbi.nlm.nih.gov/21632481/"),
    ]
    bare = ReferenceFactory.build(
        authors="", title="Title", container="", year=None, url="https://www.example.org/x"
    )
    assert (bare.citation, bare.links) == (
        "Title.",
        [("example.org", "https://www.example.org/x")],
    )


def test_numbered_by_first_citation_and_linked_both_ways():
    ReferenceFactory(key="a", doi="10.1000/a")
    ReferenceFactory(key="b", pmid="7")
    edition = PublishedEditionFactory(
        body=[("One", "<p>First [@b]. Then [@a; @b].</p>"), ("Two", "<p>Again [@a].</p>")]
    )
    page = page_of(edition)
    assert re.findall(r'href="#(ref-\d)" id="(cite-\d-\d)"', page.body_html) == [
        ("ref-1", "cite-1-1"),
        ("ref-2", "cite-2-1"),
        ("ref-1", "cite-1-2"),
        ("ref-2", "cite-2-2"),
    ]
    first, second = page.references_html.split('<li id="ref-2"')
    assert 'id="ref-1"' in first and "https://pubmed.ncbi.nlm.nih.gov/7/" in first
    assert 'href="#cite-1-1"' in first and 'href="#cite-1-2"' in first
    assert "https://doi.org/10.1000/a" in second and 'href="#cite-2-2"' in second


def test_a_corrected_reference_reaches_the_page():
    reference = ReferenceFactory(key="a", title="Before")
    longer = PublishedEditionFactory(body="<p>Text [@a].</p>")
    other = PublishedEditionFactory(body="<p>Text.</p>")
    assert "Before" in page_of(longer).references_html and page_of(other)
    reference.title = "After"
    reference.save()
    assert "After" in page_of(longer).references_html
    assert RenderedEdition.objects.filter(edition=other).exists()


# --- Where it is cited ----------------------------------------------------------------------


def test_the_beginning_of_a_key_is_not_the_key():
    longer = ReferenceFactory(key="leproult-2011b")
    shorter = ReferenceFactory(key="leproult-2011")
    edition = EditionFactory(body="<p>[@leproult-2011b] writes to a@leproult-2011.org</p>")
    assert is_cited(longer) and not is_cited(shorter)
    assert articles_citing() == {"leproult-2011b": {edition.article.pk}}


def test_the_list_says_in_how_many_articles(client):
    ReferenceFactory(key="none")
    ReferenceFactory(key="one")
    ReferenceFactory(key="two")
    article = ArticleFactory()
    PublishedEditionFactory(article=article, body="<p>a [@one; @two]</p>")
    EditionFactory(article=article, level="academic", body="<p>a [@two]</p>")
    EditionFactory(body="<p>a [@two]</p>")
    url = reverse("admin:articles_reference_changelist")
    page = " ".join(client.get(url).content.decode().split())
    assert [page.count(words) for words in (">no article<", ">1 article<", ">2 articles<")] == [
        1
    ] * 3
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    for _ in range(3):
        ReferenceFactory(checked_on="2026-01-01")
        EditionFactory(body="<p>a [@one]</p>")
    with CaptureQueriesContext(connection) as after:
        client.get(url)
    assert len(before) == len(after)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("checked=no", {"cited", "loose"}),
        ("checked=yes", {"done"}),
        ("cited=yes", {"cited"}),
        ("cited=no", {"loose", "done"}),
        ("checked=no&cited=no", {"loose"}),
        ("checked=nonsense&cited=%00", {"cited", "loose", "done"}),
    ],
)
def test_filters(client, query, keys):
    ReferenceFactory(key="cited")
    ReferenceFactory(key="loose")
    ReferenceFactory(key="done", checked_on="2026-01-01")
    EditionFactory(body="<p>a [@cited]</p>")
    response = client.get(reverse("admin:articles_reference_changelist") + f"?{query}")
    assert {one.key for one in response.context["cl"].queryset} == keys


def test_the_page_names_what_cites_it(client):
    reference = ReferenceFactory(key="a", doi="10.1000/x")
    edition = PublishedEditionFactory(body="<p>Text [@a].</p>", article__title="Nights & days")
    page = client.get(change(reference)).content.decode()
    assert reverse("admin:articles_edition_change", args=[edition.pk]) in page
    assert "Nights &amp; days · Fundamentals · 1" in page
    assert 'href="https://doi.org/10.1000/x"' in page
    assert 'name="key"' not in page  # cited: the key is fixed
    assert "No text cites it yet" in client.get(change(ReferenceFactory())).content.decode()
    assert client.get(reverse("admin:articles_reference_add")).status_code == 200


# --- Checked --------------------------------------------------------------------------------


def test_checked_by_one_click(client, editor):
    reference = ReferenceFactory()
    url = reverse("admin:articles_reference_checked", args=[reference.pk])
    version = re.search(
        r'checked/".*?name="version" value="([^"]+)"',
        client.get(change(reference)).content.decode(),
        re.DOTALL,
    )[1]
    response = client.post(url, {"version": version}, follow=True)
    assert "Checked today" in texts_of(response)
    page = response.content.decode()
    assert f"by {editor.name}." in page and "Compared with its source today" in page
    reference.refresh_from_db()
    assert (reference.checked_on, reference.checked_by) == (timezone.localdate(), editor)
    assert reference.history.first().history_user == editor


def test_what_changed_meanwhile_is_compared_again(client):
    reference = ReferenceFactory()
    url = reverse("admin:articles_reference_checked", args=[reference.pk])
    for version in ("", "2020-01-01T00:00:00+00:00", "\x00", "x" * 9999):
        assert "Compare it again" in texts_of(client.post(url, {"version": version}, follow=True))
    reference.refresh_from_db()
    assert reference.checked_on is None
    assert client.get(url).status_code == 405
    nowhere = f"/admin/articles/reference/{10**30}/checked/"
    assert client.post(nowhere).status_code in (400, 404)


def test_who_only_reads_does_not_check(reviewer, signed_in):
    reference = ReferenceFactory()
    client = signed_in(reviewer)
    assert "checked today" not in client.get(change(reference)).content.decode()
    url = reverse("admin:articles_reference_checked", args=[reference.pk])
    assert client.post(url, {"version": reference.updated_at.isoformat()}).status_code == 403


def test_several_are_checked_at_once(client, editor):
    references = [ReferenceFactory(), ReferenceFactory()]
    data = {"action": "mark_checked", "_selected_action": [one.pk for one in references]}
    client.post(reverse("admin:articles_reference_changelist"), data)
    for reference in Reference.objects.all():
        assert (reference.checked_on, reference.checked_by) == (timezone.localdate(), editor)
        assert reference.history.count() == 2


# --- Saving ---------------------------------------------------------------------------------


def form(reference, **changes):
    names = ("key", "authors", "title", "container", "year", "volume", "issue", "pages", "doi",
             "pmid", "url")  # fmt: skip
    facts = {name: getattr(reference, name) or "" for name in names}
    return facts | {"version": reference.updated_at.isoformat(), "checked_on": ""} | changes


def test_nobody_overwrites_unseen(client):
    reference = ReferenceFactory(title="Old")
    opened = form(reference, title="Mine")
    reference.title = "Theirs"
    reference.save()
    response = client.post(change(reference), opened)
    page = response.content.decode()
    assert response.status_code == 200 and "What somebody else saved" in page
    assert "Theirs" in page and "Mine" in page
    assert Reference.objects.get().title == "Theirs"
    again = opened | {"version": Reference.objects.get().updated_at.isoformat()}
    assert client.post(change(reference), again).status_code == 302
    assert Reference.objects.get().title == "Mine"


def test_former_states_can_be_seen_and_brought_back(client, editor):
    reference = ReferenceFactory(title="Old")
    client.post(change(reference), form(reference, title="New"))
    history = reverse("admin:articles_reference_history", args=[reference.pk])
    assert editor.name in client.get(history).content.decode()
    old = reference.history.last()
    url = reverse("admin:articles_reference_simple_history", args=[reference.pk, old.pk])
    page = client.get(url)
    assert page.status_code == 200 and "Old" in page.content.decode()
    reference.refresh_from_db()
    assert client.post(url, form(reference, title="Old")).status_code == 302
    reference.refresh_from_db()
    assert reference.title == "Old"


@pytest.mark.parametrize("thing", ["99999999999999999999999", "%00", "-1", "x"])
def test_nonsense_in_an_address(client, thing):
    reference = ReferenceFactory()
    for url in (
        f"/admin/articles/reference/{thing}/history/",
        f"/admin/articles/reference/{reference.pk}/history/{thing}/",
        f"/admin/articles/reference/{thing}/checked/",
    ):
        for response in (client.get(url), client.post(url, {})):
            assert response.status_code in (302, 400, 404, 405), url


# --- The portal's own content ---------------------------------------------------------------


@pytest.mark.once
def test_the_fixtures_cite_only_references_that_are_there(settings):
    folder = read_folder(settings.BASE_DIR / "fixtures")
    known = {entry["key"] for entry in folder.references}
    assert len(known) == len(
        yaml.safe_load((settings.BASE_DIR / "fixtures/references.yaml").read_text())
    )
    for article in folder.articles:
        for level in article.levels:
            cited = {key for part in level.sections for key in rendering.cited_keys(part.body)}
            assert cited and cited <= known, (article.slug, level.level, cited - known)
