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
