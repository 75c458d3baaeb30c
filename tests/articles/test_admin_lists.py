"""Lists of the editors' workplace: what they cost, and nonsense that breaks none of them."""

import re

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from education.articles.models import Section
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TopicFactory,
)

from .admin_pages import article_data, change_url, form_data

pytestmark = pytest.mark.django_db


def _one_article():
    article = PublishedEditionFactory().article
    article.topics.add(TopicFactory())
    EditionFactory(article=article, level="academic")


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("article", _one_article),
        ("edition", PublishedEditionFactory),
        ("reference", lambda: ReferenceFactory(checked_by=ReviewerFactory(), year=2020)),
        ("topic", TopicFactory),
    ],
)
def test_lists_cost_the_same_for_one_row_and_for_three(name, make, editor, signed_in):
    from django.db import connection

    client = signed_in(editor)
    url = reverse(f"admin:articles_{name}_changelist")
    make()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        assert client.get(url).status_code == 200
    make()
    make()
    with CaptureQueriesContext(connection) as three:
        assert client.get(url).status_code == 200
    assert len(three) == len(one), [query["sql"] for query in three.captured_queries]
    assert len(one) <= 14


NONSENSE = ["99999999999999999999999", "%00", "-1", "%F0%9F%92%A4", "'"]


@pytest.mark.parametrize("thing", NONSENSE)
def test_nonsense_in_an_address_is_never_an_error_page(thing, editor, reviewer, signed_in):
    addresses = {
        editor: ["edition/{}/change", "edition/{}/delete", "edition/{}/history",
                 "edition/{}/submit", "edition/{}/retire", "article/{}/change",
                 "article/{}/start", "article/{}/history", "article/1/history/{}",
                 "article/{}/history/1",
                 "reference/{}/change", "reference/{}/delete"],
        reviewer: ["edition/{}/change", "edition/{}/publish", "edition/{}/send_back",
                   "edition/{}/confirm", "edition/{}/retire"],
    }  # fmt: skip
    for user, patterns in addresses.items():
        client = signed_in(user)
        for pattern in patterns:
            url = f"/admin/articles/{pattern.format(thing)}/"
            for response in (client.get(url), client.post(url, {"reason": "x", "level": "x"})):
                assert response.status_code in (302, 400, 403, 404, 405), url


@pytest.mark.parametrize(
    "query",
    [
        "topics__id__exact=99999999999999999999999",
        "topics__id__exact=%00",
        "q=%00",
        "q=" + "a" * 3000,
        "o=99999999999999999999999",
        "p=99999999999999999999999",
        "work=%00",
        "article__author__password=x",
    ],
)
def test_nonsense_in_a_query_is_never_an_error_page(query, editor, signed_in):
    ArticleFactory()
    response = signed_in(editor).get(f"/admin/articles/article/?{query}")
    assert response.status_code in (200, 302, 400)


def test_nonsense_in_a_form_is_never_an_error_page(editor, signed_in):
    client = signed_in(editor)
    draft = EditionFactory()
    huge = "99999999999999999999999"
    for changes in (
        {"sections-0-id": huge},
        {"sections-0-position": huge},
        {"sections-0-heading": "a\x00b"},
        {"sections-0-body": "<p>\x00</p>" + "<div>" * 3000},
        {"sections-0-body": "<p>" + "a" * 250_000},
        {"sections-TOTAL_FORMS": huge},
        {"change_note": "x" * 5000},
    ):
        status = client.post(change_url(draft), form_data(draft, **changes)).status_code
        assert status in (200, 302, 400), changes
    article = ArticleFactory()
    url = reverse("admin:articles_article_change", args=[article.pk])
    data = article_data(article, topics=[huge])
    assert client.post(url, data).status_code in (200, 400)
    action = {"action": "mark_checked", "_selected_action": [huge]}
    assert client.post("/admin/articles/reference/", action).status_code in (200, 302, 400)


@pytest.mark.parametrize("work", ["waiting", "due", "%00", "' OR 1", "x" * 3000])
def test_the_filter_of_editions_knows_what_it_offers(work, editor, signed_in):
    EditionFactory()
    assert signed_in(editor).get(f"/admin/articles/edition/?work={work}").status_code in (200, 302)


@pytest.mark.once
def test_the_pages_carry_no_inline_code(editor, signed_in):
    draft = EditionFactory()
    FigureFactory(edition=draft)
    client = signed_in(editor)
    response = client.get(change_url(draft))
    page = response.content.decode()
    nonce = re.search(r'<script type="importmap" nonce="([^"]+)"', page)[1]
    policy = response.headers["Content-Security-Policy"]
    assert f"'nonce-{nonce}'" in policy
    assert "'unsafe" not in policy
    published = PublishedEditionFactory()
    article = f"/admin/articles/article/{published.article.pk}/"
    version = published.article.history.first().pk
    urls = [
        change_url(draft),
        change_url(published),
        f"/admin/articles/edition/{published.pk}/retire/",
        "/admin/",
        "/admin/articles/article/",
        f"{article}history/",
        f"{article}history/{version}/",
    ]
    for url in urls:
        page = client.get(url).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
        for tag in re.findall(r"<script[^>]*>", page):
            assert "src=" in tag or "nonce=" in tag


def test_a_section_is_saved_with_its_edition_only(editor, signed_in):
    """The parts of another edition can't be reached through this one's form."""
    draft, other = EditionFactory(), EditionFactory()
    theirs = other.sections.get()
    data = form_data(draft, **{"sections-0-id": theirs.pk, "sections-0-body": "<p>stolen</p>"})
    signed_in(editor).post(change_url(draft), data)
    assert Section.objects.get(pk=theirs.pk).body == "<p>Sleep is part of your care.</p>"
