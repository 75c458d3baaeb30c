"""The editors' and reviewers' workplace: who may do what, and an edition's way to the patient."""

import re

import pytest
from django.urls import reverse

from accounts.models import Role
from education.articles.models import Edition, State
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PublishedEditionFactory,
)

from .admin_pages import change_url, form_data, texts_of

pytestmark = pytest.mark.django_db


# --- Who sees what --------------------------------------------------------------------------


@pytest.fixture
def pages():
    edition = PublishedEditionFactory()
    return {
        "article": reverse("admin:articles_article_change", args=[edition.article.pk]),
        "articles": reverse("admin:articles_article_changelist"),
        "edition": change_url(edition),
        "references": reverse("admin:articles_reference_changelist"),
        "terms": reverse("admin:glossary_term_changelist"),
        "people": reverse("admin:accounts_user_changelist"),
        "care": reverse("admin:accounts_carerelationship_changelist"),
    }


CONTENT = {"article", "articles", "edition", "references", "terms"}


@pytest.mark.once
@pytest.mark.parametrize(
    ("who", "opens"),
    [
        ("patient", set()),
        ("clinician", set()),
        ("reviewer", CONTENT),
        ("editor", CONTENT),
        ("administrator", {"people", "care"}),
    ],
)
def test_each_role_opens_its_own_part_of_the_admin(who, opens, pages, signed_in, request):
    client = signed_in(request.getfixturevalue(who))
    opened = {name for name, url in pages.items() if client.get(url).status_code == 200}
    assert opened == opens


def test_nobody_finds_what_patients_keep_in_the_admin(administrator, editor, signed_in):
    from django.contrib import admin

    registered = {model._meta.label for model in admin.site._registry}
    assert registered == {
        "accounts.User",
        "accounts.CareRelationship",
        "accounts.ClinicProfile",
        "accounts.ConsentText",
        # Without a word of what they say; those about reading only when they failed for good.
        "accounts.Mail",
        "glossary.Term",
        "articles.Topic",
        "articles.Article",
        "articles.Edition",
        "articles.Reference",
    }


def test_a_reviewer_reads_a_draft_and_does_not_write_it(reviewer, signed_in):
    draft = EditionFactory(body="<p>Words that only staff read.</p>")
    client = signed_in(reviewer)
    page = client.get(change_url(draft)).content.decode()
    assert "Words that only staff read." in page
    assert "data-django-prose-editor" not in page
    assert client.post(change_url(draft), form_data(draft)).status_code == 403
    assert client.post(reverse("admin:articles_edition_submit", args=[draft.pk])).status_code == 403
    start = reverse("admin:articles_article_start", args=[draft.article.pk])
    assert client.post(start, {"level": "academic"}).status_code == 403


def test_an_editor_does_not_review(editor, signed_in):
    edition = EditionFactory()
    edition.submit(edition.author)
    client = signed_in(editor)
    for name in ("publish", "send_back", "confirm"):
        url = reverse(f"admin:articles_edition_{name}", args=[edition.pk])
        assert client.post(url, {"reason": "x"}).status_code == 403
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


# --- The way of an edition ------------------------------------------------------------------


def test_an_edition_from_the_first_word_to_the_patient(editor, reviewer, signed_in):
    article = ArticleFactory()
    writer, clinician = signed_in(editor), signed_in(reviewer)
    start = reverse("admin:articles_article_start", args=[article.pk])

    response = writer.post(start, {"level": "fundamentals"})
    edition = article.editions.get()
    assert response.url == change_url(edition)
    assert (edition.author, edition.state, edition.number) == (editor, State.DRAFT, 1)

    first = {
        "sections-TOTAL_FORMS": 2,
        "sections-0-heading": "",
        "sections-0-body": "<p>Sleep is part of your care.</p>",
        "sections-1-heading": "Short nights",
        "sections-1-body": "<p>They happen.</p>",
    }
    response = writer.post(change_url(edition), form_data(edition, **first))
    assert response.status_code == 302, response.context["errors"]
    assert list(edition.sections.values_list("key", "position")) == [
        ("opening", 1),
        ("short-nights", 2),
    ]
    edition.refresh_from_db()
    assert edition.reading_minutes

    response = writer.post(
        change_url(edition), form_data(edition, _submit_review="yes"), follow=True
    )
    edition.refresh_from_db()
    assert edition.state == State.REVIEW
    assert "Submitted" in texts_of(response)

    back = reverse("admin:articles_edition_send_back", args=[edition.pk])
    assert "Say what should be changed" in clinician.post(back).content.decode()
    clinician.post(back, {"reason": "Say how long."})
    edition.refresh_from_db()
    assert (edition.state, edition.review_note) == (State.DRAFT, "Say how long.")
    assert "Say how long." in writer.get(change_url(edition)).content.decode()

    writer.post(reverse("admin:articles_edition_submit", args=[edition.pk]))
    publish = reverse("admin:articles_edition_publish", args=[edition.pk])
    response = clinician.post(publish, follow=True)
    edition.refresh_from_db()
    assert (edition.state, edition.reviewed_by) == (State.PUBLISHED, reviewer)
    assert "Published" in texts_of(response)

    # A second click says so, and changes nothing.
    assert "has already published" in texts_of(clinician.post(publish, follow=True))

    writer.post(start, {"level": "fundamentals"})
    second = article.editions.get(state=State.DRAFT)
    assert second.number == 2
    assert second.sections.count() == 2
    assert "already has an edition in work" in texts_of(
        writer.post(start, {"level": "fundamentals"}, follow=True)
    )


def test_whoever_wrote_an_edition_does_not_publish_it(signed_in):
    author = EditorFactory()
    edition = EditionFactory(author=author)
    edition.submit(edition.author)
    author.role, author.may_review = Role.CLINICIAN, True
    author.save()
    client = signed_in(author)
    assert "somebody else has to review it" in client.get(change_url(edition)).content.decode()
    url = reverse("admin:articles_edition_publish", args=[edition.pk])
    assert "somebody else has to review it" in texts_of(client.post(url, follow=True))
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


def test_what_is_open_is_named_and_keeps_an_edition_from_patients(reviewer, signed_in):
    edition = EditionFactory(
        article=ArticleFactory(summary=""), body="<p>Said [@nobody-2020].</p><p>{figure:gone}</p>"
    )
    FigureFactory(edition=edition, key="night", alt="")
    edition.submit(edition.author)
    client = signed_in(reviewer)
    page = client.get(change_url(edition)).content.decode()
    for words in ("nobody-2020", "gone", "“night” has no alternative text", "no summary"):
        assert words in page
    url = reverse("admin:articles_edition_publish", args=[edition.pk])
    assert "Not published" in texts_of(client.post(url, follow=True))
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


@pytest.mark.once
@pytest.mark.parametrize("name", ["submit", "publish", "send_back", "confirm"])
def test_states_change_by_post_only(name, editor, reviewer, signed_in):
    edition = EditionFactory()
    url = reverse(f"admin:articles_edition_{name}", args=[edition.pk])
    for user in (editor, reviewer):
        assert signed_in(user).get(url).status_code == 405


def test_a_published_edition_changes_by_no_post(editor, signed_in):
    edition = PublishedEditionFactory(body="<p>As it was.</p>")
    client = signed_in(editor)
    page = client.get(change_url(edition)).content.decode()
    assert "As it was." in page
    assert "Start a new edition" in page
    assert "data-django-prose-editor" not in page
    data = form_data(edition, **{"sections-0-body": "<p>Something else I wrote.</p>"})
    response = client.post(change_url(edition), data)
    assert response.status_code == 409
    assert "Something else I wrote." in response.content.decode()
    assert edition.sections.get().body == "<p>As it was.</p>"
    delete = reverse("admin:articles_edition_delete", args=[edition.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert Edition.objects.filter(pk=edition.pk).exists()


def test_only_a_draft_can_be_deleted(editor, signed_in):
    draft = EditionFactory()
    response = signed_in(editor).post(
        reverse("admin:articles_edition_delete", args=[draft.pk]), {"post": "yes"}
    )
    assert response.status_code == 302
    assert not Edition.objects.exists()


# --- Writing --------------------------------------------------------------------------------


def test_a_newer_version_is_not_overwritten_and_nothing_typed_is_lost(editor, signed_in):
    draft = EditionFactory(body="<p>Before.</p>")
    client = signed_in(editor)
    mine = form_data(draft, **{"sections-0-body": "<p>What I wrote.</p>"})
    other = form_data(draft, **{"sections-0-body": "<p>What my colleague wrote.</p>"})
    colleague = signed_in(EditorFactory(name="Colleague"))
    assert colleague.post(change_url(draft), other).status_code == 302

    response = client.post(change_url(draft), mine)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Somebody else saved this after you opened it" in page
    assert "What I wrote." in page
    assert "What is saved now, by Colleague" in page
    assert "What my colleague wrote." in page
    assert draft.sections.get().body == "<p>What my colleague wrote.</p>"

    # Saving again is a decision: the form now carries the present version.
    version = re.search(r'name="version" value="([^"]+)"', page)[1]
    assert client.post(change_url(draft), mine | {"version": version}).status_code == 302
    assert draft.sections.get().body == "<p>What I wrote.</p>"


@pytest.mark.once
@pytest.mark.parametrize("version", ["", "yesterday", "2026-01-01T00:00:00+00:00"])
def test_a_form_without_a_true_version_is_refused(version, editor, signed_in):
    draft = EditionFactory()
    response = signed_in(editor).post(change_url(draft), form_data(draft, version=version))
    assert "Somebody else saved" in response.content.decode()


def test_a_section_that_somebody_else_removed_is_a_message(editor, signed_in):
    draft = EditionFactory(body=[("One", "<p>1</p>"), ("Two", "<p>2</p>")])
    data = form_data(draft, **{"sections-0-body": "<p>typed</p>"})
    draft.sections.first().delete()
    response = signed_in(editor).post(change_url(draft), data)
    assert response.status_code == 200
    assert "typed" in response.content.decode()


def test_what_is_pasted_comes_out_clean(editor, signed_in):
    draft = EditionFactory()
    pasted = (
        '<p onclick="alert(1)">Text<script>alert(2)</script></p><img src=x onerror=alert(3)>'
        '<a href="javascript:alert(4)">link</a><p style="color:red" class="callout">Team</p>'
    )
    response = signed_in(editor).post(
        change_url(draft), form_data(draft, **{"sections-0-body": pasted})
    )
    assert response.status_code == 302
    body = draft.sections.get().body
    for poison in ("alert", "onclick", "onerror", "javascript", "style", "<img"):
        assert poison not in body
    assert '<p class="callout">Team</p>' in body


def test_sections_keep_their_order_and_their_keys_apart(editor, signed_in):
    draft = EditionFactory(body=[("One", "<p>1</p>"), ("Two", "<p>2</p>")])
    swapped = form_data(
        draft,
        **{
            "sections-0-position": 1,
            "sections-1-position": 0,
            "sections-TOTAL_FORMS": 3,
            "sections-2-heading": "Two",
            "sections-2-body": "<p>3</p>",
        },
    )
    client = signed_in(editor)
    assert client.post(change_url(draft), swapped).status_code == 302
    assert list(draft.sections.values_list("body", "key")) == [
        ("<p>2</p>", "part-1"),
        ("<p>1</p>", "part-0"),
        ("<p>3</p>", "two"),
    ]
    draft.refresh_from_db()
    same = form_data(draft, **{"sections-0-key": "two"})
    response = client.post(change_url(draft), same)
    assert response.status_code == 200
    assert "This key is already used above." in response.content.decode()
