"""The admin's front page: what waits for whom, and the way to all of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from education.articles.models import Edition, Reference
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db

LEVELS = ("fundamentals", "intermediate", "academic")


def lists_of(client):
    """Each list by its title: the number in all, and the texts that are shown."""
    response = client.get("/admin/")
    assert response.status_code == 200
    return {one.title: one for one in response.context["work_lists"]}


def due_in(days):
    """A published edition whose next review is so many days away."""
    edition = PublishedEditionFactory()
    reviewer = edition.reviewed_by
    today = timezone.localdate(timezone=reviewer.zone)
    if days > 0:
        edition.confirm(reviewer, today + timedelta(days=days))
    else:
        # Time passes only in tests: a new edition, approved long ago.
        edition = EditionFactory()
        Edition.objects.filter(pk=edition.pk).update(
            state="published",
            reviewed_by=reviewer,
            reviewed_on=today - timedelta(days=400),
            next_review_on=today + timedelta(days=days),
            published_at=timezone.now(),
        )
    return edition


def everything(editor, copies=1):
    """One of each kind of work, for this editor."""
    for _copy in range(copies):
        EditionFactory().submit()
        EditionFactory(author=editor).submit()
        back = EditionFactory()
        back.submit()
        back.send_back("Shorter.", ReviewerFactory())
        EditionFactory()
        due_in(10)
        due_in(-3)
        ArticleFactory()
        TermFactory(plain_definition="", technical_definition="")
        ReferenceFactory()


def test_each_kind_of_work_has_its_list(editor, signed_in):
    everything(editor)
    lists = lists_of(signed_in(editor))
    assert {title: one.count for title, one in lists.items()} == {
        "Waiting for review": 1,
        "Yours, waiting for review": 1,
        "Sent back": 1,
        "Drafts in work": 1,
        "Overdue for review": 1,
        "Due for review": 1,
        # Each article has one level at most; due_in(-3) leaves one behind as well.
        "Articles without a level": 8,
        "Terms without a definition": 1,
        "References nobody has checked": 1,
    }


def test_every_list_leads_to_a_list_of_all_of_it(editor, signed_in):
    everything(editor, copies=7)
    client = signed_in(editor)
    for one in lists_of(client).values():
        assert len(one.rows) == 5 < one.count
        response = client.get(one.url)
        assert response.status_code == 200, one.url
        assert response.context["cl"].result_count == one.count, one.title


def test_what_is_not_due_yet_is_in_neither_list(editor, signed_in):
    for days in (31, 400):
        due_in(days)
    lists = lists_of(signed_in(editor))
    assert not lists["Due for review"].count and not lists["Overdue for review"].count
    today, last = due_in(0), due_in(30)
    lists = lists_of(signed_in(editor))
    assert lists["Due for review"].count == 2 and not lists["Overdue for review"].count
    for edition in (today, last):
        edition.refresh_from_db()
        edition.retire(edition.reviewed_by)
    assert not lists_of(signed_in(editor))["Due for review"].count


def test_cited_references_come_first(editor, signed_in):
    for key in ("a-1", "b-2", "c-3", "a", "d-4"):
        ReferenceFactory(key=key)
    EditionFactory(body="<p>So [@d-4] and [@c-3; @nobody].</p>")
    rows = lists_of(signed_in(editor))["References nobody has checked"].rows
    order = Reference.objects.in_bulk(["c-3", "d-4", "a", "a-1", "b-2"], field_name="key")
    assert [row.text for row in rows] == [one.title for one in order.values()] or [
        row.text for row in rows
    ] == [order[key].title for key in ("c-3", "d-4", "a", "a-1", "b-2")]
    assert [row.detail for row in rows] == ["cited in an article"] * 2 + [""] * 3


def test_the_levels_that_are_missing_are_named(editor, signed_in):
    article = PublishedEditionFactory(level="intermediate").article
    (row,) = lists_of(signed_in(editor))["Articles without a level"].rows
    assert (row.text, row.detail) == (article.title, "Fundamentals, Academic")


def test_a_reviewer_sees_what_waits_and_not_their_own_among_it(reviewer, signed_in):
    EditionFactory().submit()
    EditionFactory(author=EditorFactory()).submit()
    lists = lists_of(signed_in(reviewer))
    assert lists["Waiting for review"].count == 2


@pytest.mark.parametrize("who", ["administrator"])
def test_others_see_none_of_it(who, request, signed_in, editor):
    everything(editor)
    response = signed_in(request.getfixturevalue(who)).get("/admin/")
    assert response.context["work_lists"] == []
    assert "What waits for you" not in response.content.decode()


def test_when_nothing_waits_it_says_so(editor, signed_in):
    article = ArticleFactory()
    for level in LEVELS:
        PublishedEditionFactory(article=article, level=level)
    assert "All is well" in signed_in(editor).get("/admin/").content.decode()


@pytest.mark.once
def test_the_page_costs_the_same_whatever_waits(editor, signed_in):
    client = signed_in(editor)
    client.get("/admin/")

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/")
        return len(queries)

    everything(editor)
    one = cost()
    everything(editor, copies=3)
    assert cost() == one <= 20
