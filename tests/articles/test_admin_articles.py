"""Articles, prompts and references in the editors' workplace."""

import pytest
from django.urls import reverse

from education.articles.models import Article, Reference, State
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReferenceFactory,
)

from .admin_pages import article_data, texts_of

pytestmark = pytest.mark.django_db


def test_the_article_says_where_its_levels_stand(editor, signed_in):
    published = PublishedEditionFactory()
    EditionFactory(article=published.article, level="academic")
    page = signed_in(editor).get(
        reverse("admin:articles_article_change", args=[published.article.pk])
    )
    rows = {row.level.value: row for row in page.context["levels"]}
    assert rows["fundamentals"].published == published
    assert rows["intermediate"].is_missing
    assert rows["academic"].in_work.state == State.DRAFT
    assert "Start the first edition" in page.content.decode()


def test_the_address_stays_once_something_is_published(editor, signed_in):
    article = PublishedEditionFactory().article
    url = reverse("admin:articles_article_change", args=[article.pk])
    signed_in(editor).post(url, article_data(article, slug="elsewhere", title="A new title"))
    article.refresh_from_db()
    assert article.title == "A new title"
    assert article.slug != "elsewhere"


@pytest.mark.once
@pytest.mark.parametrize("codes", ['{"SNOMED CT": 1}', "[1]", '"x"', "{", '{"": "1"}', '{"a": ""}'])
def test_codes_are_an_object_of_texts(codes, editor, signed_in):
    article = ArticleFactory()
    url = reverse("admin:articles_article_change", args=[article.pk])
    response = signed_in(editor).post(url, article_data(article, codes=codes))
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["codes"]
    assert article.title in response.content.decode()


def test_a_new_prompt_goes_last(editor, signed_in):
    article = ArticleFactory()
    PromptFactory(article=article, position=4)
    prompt = article.prompts.get()
    data = article_data(
        article,
        **{
            "prompts-TOTAL_FORMS": 2,
            "prompts-INITIAL_FORMS": 1,
            "prompts-0-id": prompt.pk,
            "prompts-0-text": prompt.text,
            "prompts-0-position": 4,
            "prompts-1-text": "What would you like to ask?",
            "prompts-1-position": "",
        },
    )
    url = reverse("admin:articles_article_change", args=[article.pk])
    assert signed_in(editor).post(url, data).status_code == 302
    assert list(article.prompts.values_list("position", flat=True)) == [4, 5]


def test_an_article_with_editions_is_not_deleted(editor, signed_in):
    client = signed_in(editor)
    for article, status in ((EditionFactory().article, 403), (ArticleFactory(), 302)):
        url = reverse("admin:articles_article_delete", args=[article.pk])
        assert client.post(url, {"post": "yes"}).status_code == status
        assert Article.objects.filter(pk=article.pk).exists() == (status == 403)


def test_a_newer_version_of_an_article_is_not_overwritten(editor, signed_in):
    article = ArticleFactory(summary="As it was.")
    client = signed_in(editor)
    url = reverse("admin:articles_article_change", args=[article.pk])
    mine = article_data(article, summary="What I wrote.")
    assert client.post(url, article_data(article, summary="What she wrote.")).status_code == 302
    page = client.post(url, mine).content.decode()
    assert "Somebody else saved this" in page
    assert "What I wrote." in page
    assert "What she wrote." in page
    article.refresh_from_db()
    assert article.summary == "What she wrote."


def test_the_history_of_an_article_can_be_read_and_brought_back(editor, reviewer, signed_in):
    article = ArticleFactory(summary="As it was.")
    client = signed_in(editor)
    url = reverse("admin:articles_article_change", args=[article.pk])
    client.post(url, article_data(article, summary="As it became."))
    history = reverse("admin:articles_article_history", args=[article.pk])
    page = client.get(history).content.decode()
    assert "As it was." in page
    assert "As it became." in page
    assert editor.name in page
    first = article.history.last()
    old = reverse("admin:articles_article_simple_history", args=[article.pk, first.pk])
    page = client.get(old).content.decode()
    assert "As it was." in page
    assert "Bring it back" in page
    article.refresh_from_db()
    client.post(old, article_data(article, summary="As it was."))
    article.refresh_from_db()
    assert article.summary == "As it was."
    # Reviewers read it and bring nothing back.
    other = signed_in(reviewer)
    assert "Bring it back" not in other.get(old).content.decode()
    article.refresh_from_db()
    response = other.post(old, article_data(article, summary="Taken over."))
    assert response.status_code in (403, 405)
    article.refresh_from_db()
    assert article.summary == "As it was."


def test_references_are_marked_as_checked(editor, signed_in):
    ReferenceFactory.create_batch(2)
    response = signed_in(editor).post(
        reverse("admin:articles_reference_changelist"),
        {
            "action": "mark_checked",
            "_selected_action": list(Reference.objects.values_list("pk", flat=True)),
        },
        follow=True,
    )
    assert "2 references are marked" in texts_of(response)
    assert set(Reference.objects.values_list("checked_by", flat=True)) == {editor.pk}


def test_a_cited_reference_keeps_its_key_and_stays(editor, signed_in):
    cited = ReferenceFactory(key="leproult-2011")
    EditionFactory(body="<p>Said so [@leproult-2011].</p>")
    client = signed_in(editor)
    page = client.get(reverse("admin:articles_reference_change", args=[cited.pk])).content.decode()
    assert 'name="key"' not in page
    url = reverse("admin:articles_reference_delete", args=[cited.pk])
    assert client.post(url, {"post": "yes"}).status_code == 403


def test_a_doi_that_is_there_already_is_said_beside_the_field(editor, signed_in):
    ReferenceFactory(key="first", doi="10.1001/one")
    data = {"key": "second", "title": "T", "doi": "10.1001/one"}
    response = signed_in(editor).post(reverse("admin:articles_reference_add"), data)
    assert "“first” has this one already" in str(response.context["adminform"].form.errors["doi"])
