"""The editors' and reviewers' workplace: who may do what, and an edition's way to the patient."""

import io
import re

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, PngImagePlugin

from accounts.models import Role
from education.articles.models import Article, Edition, Figure, Reference, Section, State
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TopicFactory,
)

pytestmark = pytest.mark.django_db


def change_url(edition):
    return reverse("admin:articles_edition_change", args=[edition.pk])


def texts_of(response):
    return " ".join(str(message) for message in response.context["messages"])


def form_data(edition, **changes):
    """What the browser would post for this draft: its parts as they are, then the changes."""
    data = {
        "version": edition.updated_at.isoformat(),
        "change_note": edition.change_note,
        "grade_reason": edition.grade_reason,
        "_continue": "Save",
    }
    for prefix, rows, names in (
        ("sections", edition.sections.all(), ["heading", "key", "position", "body"]),
        ("figures", edition.figures.all(), ["key", "alt", "caption"]),
    ):
        for number, row in enumerate(rows):
            data[f"{prefix}-{number}-id"] = row.pk
            data[f"{prefix}-{number}-edition"] = edition.pk
            data |= {f"{prefix}-{number}-{name}": getattr(row, name) for name in names}
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
    return data | changes


def new_figure(upload, **fields):
    fields = {"key": "", "alt": "A curve.", "caption": ""} | fields
    return {"figures-TOTAL_FORMS": 1, "figures-0-image": upload} | {
        f"figures-0-{name}": value for name, value in fields.items()
    }


def png(size=(40, 30), **save):
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG", **save)
    return out.getvalue()


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
    edition.submit()
    client = signed_in(editor)
    for name in ("publish", "send_back"):
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
    assert "Say what should be changed" in texts_of(clinician.post(back, follow=True))
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
    assert "in the meantime" in texts_of(clinician.post(publish, follow=True))

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
    edition.submit()
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
    edition.submit()
    client = signed_in(reviewer)
    page = client.get(change_url(edition)).content.decode()
    for words in ("nobody-2020", "gone", "“night” has no alternative text", "no summary"):
        assert words in page
    url = reverse("admin:articles_edition_publish", args=[edition.pk])
    assert "Not published" in texts_of(client.post(url, follow=True))
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


@pytest.mark.parametrize("name", ["submit", "publish", "send_back"])
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
    assert "Somebody else saved this edition" in page
    assert "What I wrote." in page
    assert "What is saved now, by Colleague" in page
    assert "What my colleague wrote." in page
    assert draft.sections.get().body == "<p>What my colleague wrote.</p>"

    # Saving again is a decision: the form now carries the present version.
    version = re.search(r'name="version" value="([^"]+)"', page)[1]
    assert client.post(change_url(draft), mine | {"version": version}).status_code == 302
    assert draft.sections.get().body == "<p>What I wrote.</p>"


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


# --- Pictures -------------------------------------------------------------------------------


def test_an_uploaded_picture_is_drawn_anew_without_its_secrets(editor, signed_in):
    draft = EditionFactory()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "patient number 12345")
    original = png((40, 30), exif=exif, pnginfo=info)
    assert b"12345" in original
    upload = SimpleUploadedFile("Night hormones.png", original, "image/png")
    response = signed_in(editor).post(
        change_url(draft), form_data(draft, **new_figure(upload)), follow=True
    )
    figure = draft.figures.get()
    assert (figure.width, figure.height, figure.key) == (40, 30, "night-hormones")
    assert re.fullmatch(r"[0-9a-f]{40}\.png", figure.image.name)
    with default_storage.open(figure.image.name) as stored:
        content = stored.read()
    assert b"12345" not in content and b"taken at home" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif() and not image.info
    assert figure.image.url in response.content.decode()


def test_the_same_picture_is_stored_once(editor, signed_in):
    client = signed_in(editor)
    for draft in (EditionFactory(), EditionFactory()):
        upload = SimpleUploadedFile("one.png", png((11, 7)), "image/png")
        assert (
            client.post(change_url(draft), form_data(draft, **new_figure(upload))).status_code
            == 302
        )
    assert len(set(Figure.objects.values_list("image", flat=True))) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG"),
        ("a.png", b'<?xml version="1.0"?><svg xmlns="x"></svg>', "SVG"),
        ("a.png", b"<html><script>alert(1)</script></html>", "not a sound PNG"),
        ("a.png", png()[:60], "not a sound PNG"),
        ("a.jpg", b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "not a sound PNG"),
        ("a.png", png((6001, 1)), "6000 pixels"),
        ("a.png", png() + b"\0" * (5 * 1024 * 1024), "larger than 5 MB"),
        ("a.png", b"", "empty"),
    ],
    ids=["svg", "svg-as-png", "html-as-png", "cut-off", "gif", "wide", "heavy", "empty"],
)
def test_what_is_no_sound_picture_is_refused_in_words(name, content, words, editor, signed_in):
    draft = EditionFactory()
    upload = SimpleUploadedFile(name, content, "image/png")
    response = signed_in(editor).post(change_url(draft), form_data(draft, **new_figure(upload)))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert not Figure.objects.exists()


def test_a_drawing_of_our_own_stays_usable(editor, signed_in):
    draft = EditionFactory()
    FigureFactory(edition=draft, image="night.svg", key="night")
    client = signed_in(editor)
    assert "/figures/night.svg" in client.get(change_url(draft)).content.decode()
    data = form_data(draft, **{"figures-0-alt": "Another description."})
    assert client.post(change_url(draft), data).status_code == 302
    figure = draft.figures.get()
    assert (figure.alt, figure.image.name) == ("Another description.", "night.svg")


# --- Articles and references ----------------------------------------------------------------


def article_data(article, **changes):
    return {
        "title": article.title,
        "slug": article.slug,
        "summary": article.summary,
        "audience": "",
        "codes": "{}",
        "prompts-TOTAL_FORMS": 0,
        "prompts-INITIAL_FORMS": 0,
        "_continue": "Save",
    } | changes


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


# --- Lists, and nonsense --------------------------------------------------------------------


def _one_article():
    article = PublishedEditionFactory().article
    article.topics.add(TopicFactory())
    EditionFactory(article=article, level="academic")


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
                 "edition/{}/submit", "article/{}/change", "article/{}/start",
                 "reference/{}/change", "reference/{}/delete"],
        reviewer: ["edition/{}/change", "edition/{}/publish", "edition/{}/send_back"],
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
    for url in (change_url(draft), "/admin/", "/admin/articles/article/"):
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
