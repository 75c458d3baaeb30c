"""Content as somebody hostile or unlucky treats it: each of these was a fault once."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from education.articles.content_files import ContentFileError, load_articles
from education.articles.content_files.exporting import export, write
from education.articles.findings import text_findings
from education.articles.models import Article, Edition, Prompt, Reference
from education.articles.worklists import for_user
from education.glossary.loading import load_glossary
from education.glossary.models import Term
from tests.articles.admin_pages import article_data
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


def client_of(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# --- History --------------------------------------------------------------------------------


def test_a_restored_article_keeps_the_address_that_patients_have(editor):
    article = ArticleFactory(slug="first-address")
    article.slug = "final-address"
    article.save()
    PublishedEditionFactory(article=article)
    first = article.history.order_by("history_id").first()
    url = reverse("admin:articles_article_simple_history", args=[article.pk, first.history_id])
    client = client_of(editor)
    assert client.get(url).status_code == 200
    data = article_data(article)
    del data["slug"]
    assert client.post(url, data).status_code == 302
    article.refresh_from_db()
    assert article.slug == "final-address"


def test_a_restored_reference_keeps_the_key_that_texts_cite(editor):
    reference = ReferenceFactory(key="first-2020")
    reference.key = "final-2020"
    reference.save()
    PublishedEditionFactory(body="<p>Sleep [@final-2020].</p>")
    first = reference.history.order_by("history_id").first()
    url = reverse("admin:articles_reference_simple_history", args=[reference.pk, first.history_id])
    data = {
        "version": reference.updated_at.isoformat(),
        "authors": "A B",
        "title": "As it was",
        "container": "J",
        "year": "2020",
    }
    assert client_of(editor).post(url, data).status_code == 302
    reference.refresh_from_db()
    assert reference.key == "final-2020"


# --- What is published ----------------------------------------------------------------------


def columns(table):
    with connection.cursor() as cursor:
        return [one.name for one in connection.introspection.get_table_description(cursor, table)]


def refused(sql, values=()):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.only_on("sqlite3")
def test_no_other_edition_takes_the_place_of_a_published_one():
    """REPLACE removes what stands in the way, also by the rule of one published edition."""
    edition = PublishedEditionFactory()
    names = columns("articles_edition")
    values = ", ".join({"id": "99999", "number": "77"}.get(name, f'"{name}"') for name in names)
    refused(
        f"INSERT OR REPLACE INTO articles_edition ({', '.join(names)}) "
        f"SELECT {values} FROM articles_edition WHERE id = %s",
        [edition.pk],
    )
    assert Edition.objects.filter(pk=edition.pk).exists()


@pytest.mark.only_on("sqlite3")
@pytest.mark.parametrize("change", ["number = 1", "id = {published}", "state = 'published'"])
def test_no_update_pushes_a_published_edition_out(change):
    edition = PublishedEditionFactory()
    draft = Edition.start(edition.article, edition.level, edition.author)
    draft.submit()
    Edition.objects.filter(pk=draft.pk).update(
        reviewed_by=edition.reviewed_by,
        reviewed_on=edition.reviewed_on,
        published_at=edition.published_at,
    )
    refused(
        f"UPDATE OR REPLACE articles_edition SET {change.format(published=edition.pk)} "
        "WHERE id = %s",
        [draft.pk],
    )
    assert Edition.objects.get(pk=edition.pk).number == 1


@pytest.mark.only_on("sqlite3")
def test_no_draft_s_section_pushes_a_published_one_out():
    edition = PublishedEditionFactory()
    draft = EditionFactory()
    refused(
        "UPDATE OR REPLACE articles_section SET id = %s WHERE edition_id = %s",
        [edition.sections.get().pk, draft.pk],
    )
    assert edition.sections.count() == 1


def test_the_steps_of_a_published_edition_stay():
    edition = PublishedEditionFactory()
    refused("DELETE FROM articles_reviewstep WHERE edition_id = %s", [edition.pk])


@pytest.mark.only_on("sqlite3")
def test_no_step_is_replaced():
    step = PublishedEditionFactory().steps.first()
    names = columns("articles_reviewstep")
    values = ", ".join({"note": "'other'"}.get(name, f'"{name}"') for name in names)
    refused(
        f"INSERT OR REPLACE INTO articles_reviewstep ({', '.join(names)}) "
        f"SELECT {values} FROM articles_reviewstep WHERE id = %s",
        [step.pk],
    )


# --- Findings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "<p>Sleep helps [@one, @two].</p>",
        "<p>Sleep helps [@one p. 5].</p>",
        "<p>Sleep helps [@<strong>one</strong>].</p>",
        "<p>Sleep helps.</p><p>{figure: a b}</p>",
        "<p>Sleep helps.</p><p>{figure key}</p>",
    ],
)
def test_a_citation_or_figure_that_is_not_understood_is_found(body):
    ReferenceFactory(key="one")
    ReferenceFactory(key="two")
    edition = EditionFactory(body=body)
    found = [one for one in text_findings(edition) if one.blocks]
    assert any("[@" in one.text or "{figure" in one.text for one in found), found


def test_two_sections_of_one_heading_are_told_apart():
    edition = EditionFactory(body=[("Overview", "<p>Words.</p>"), ("Overview", "")])
    (finding,) = [one for one in text_findings(edition) if "has no text" in one.text]
    assert finding.url.endswith("#sections-1")


# --- Files ----------------------------------------------------------------------------------


def folder_with(tmp_path, article="title: Sleep\n", level="Words.\n", **files):
    folder = tmp_path / "articles" / "sleep"
    folder.mkdir(parents=True)
    (folder / "article.yaml").write_text(article)
    (folder / "fundamentals.md").write_text(level)
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    "article",
    [
        'title: "a\\0b"\n',
        'title: "a\\ud800b"\n',
        'title: Sleep\nsummary: "a\\0b"\n',
        'title: Sleep\ncodes: {"a\\0": "x"}\n',
        'title: Sleep\ncodes: {a: "x\\ud800"}\n',
        'title: Sleep\nprompts: ["x\\0"]\n',
        'title: Sleep\ntopics: ["x\\0"]\n',
        "title: Sleep\nslug: x\n",
        "? [a]\n: x\n",
        "title: {a: b}\n",
        "title: !!python/object:os.system x\n",
        f"title: {'x' * 500}\n",
    ],
)
def test_a_broken_article_file_is_refused_with_a_reason(tmp_path, editor, article):
    with pytest.raises(ContentFileError):
        load_articles(folder_with(tmp_path, article), editor)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "level",
    [
        '---\nchange_note: "a\\0b"\n---\nWords.\n',
        '---\ngrade_reason: "a\\ud800b"\n---\nWords.\n',
        '---\nfigures: [{key: a, file: "a\\0.png", alt: x}]\n---\nWords.\n\n{figure:a}\n',
        '---\nfigures: [{key: a, file: "..", alt: x}]\n---\nWords.\n\n{figure:a}\n',
        '---\nfigures: [{key: a, file: "a\\ud800.png", alt: x}]\n---\nWords.\n\n{figure:a}\n',
        "---\nfigures: [{key: [1], file: {a: 1}, alt: x}]\n---\nWords.\n\n{figure:a}\n",
        f'---\nfigures: [{{key: a, file: "{"a" * 300}.png", alt: x}}]\n---\nWords.\n',
        "## " + "x" * 300 + " {#k}\n\nWords.\n",
        "## x {#" + "k" * 100 + "}\n\nWords.\n",
    ],
)
def test_a_broken_level_file_is_refused_with_a_reason(tmp_path, editor, level):
    with pytest.raises(ContentFileError):
        load_articles(folder_with(tmp_path, level=level), editor)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "references",
    [
        '- {key: a, title: "x\\0"}\n',
        '- {key: a, title: "x\\ud800"}\n',
        "- {key: a, title: x, year: 99999999999999999999}\n",
        "- {key: a, title: x, year: -5}\n",
        "- {key: a, title: x, checked_on: 99999-01-01}\n",
        "- {key: a, title: x, checked_on: 2020-13-45}\n",
        "- {key: a, title: x, checked_on: [1]}\n",
        "- {key: a, title: x, url: 'http://['}\n",
        "- {key: a, title: x, url: 'javascript:alert(1)'}\n",
        "- {key: a, title: x, doi: 10.1000/1}\n- {key: b, title: y, doi: 10.1000/1}\n",
        "- {key: a, title: x, pmid: 12٣}\n",
    ],
)
def test_a_broken_references_file_is_refused_with_a_reason(tmp_path, editor, references):
    with pytest.raises(ContentFileError):
        load_articles(folder_with(tmp_path, references=references), editor)
    assert not Reference.objects.exists()


def test_a_file_that_grows_when_it_is_read_is_refused(tmp_path, editor):
    """Lists of nine times the one before, as names for each other: read out, they never end."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    bomb = "title: Sleep\ncodes:\n" + "\n".join(f"  {line}" for line in lines) + "\n"
    with pytest.raises(ContentFileError):
        load_articles(folder_with(tmp_path, bomb), editor)


@pytest.mark.parametrize("topics", ['- {slug: a, name: "x\\0"}\n', "- {slug: a, name: [x]}\n",
                                    "- {slug: a, name: x}\n- {slug: b, name: x}\n"])  # fmt: skip
def test_a_broken_topics_file_is_refused(tmp_path, editor, topics):
    with pytest.raises(ContentFileError):
        load_articles(folder_with(tmp_path, topics=topics), editor)


def test_a_prompt_that_stands_twice_does_not_multiply(tmp_path, editor):
    folder = folder_with(tmp_path, "title: Sleep\nprompts:\n  - What helps?\n  - What helps?\n")
    for _time in range(3):
        load_articles(folder, editor)
    assert Prompt.objects.count() == 2
    assert load_articles(folder, editor).updated == []


def test_what_begins_with_a_quote_and_a_sign_comes_back_the_same(tmp_path, editor):
    TermFactory(name="'-itis", slug="itis", plain_definition="'=1+1 is no sum.")
    TermFactory(name="=x", slug="x", plain_definition="-5 or so", technical_definition="")
    first = export()
    write(first, tmp_path / "out")
    report = load_glossary(tmp_path / "out" / "glossary.csv")
    assert report.updated == report.created == []
    assert Term.objects.get(slug="itis").plain_definition == "'=1+1 is no sum."
    Term.objects.all().delete()
    load_glossary(tmp_path / "out" / "glossary.csv")
    assert export().files["glossary.csv"] == first.files["glossary.csv"]


def test_the_exported_glossary_computes_nothing_in_a_spreadsheet():
    TermFactory(name="sum", plain_definition='=HYPERLINK("http://example.org")')
    assert b',"=' not in export().files["glossary.csv"]


@pytest.mark.parametrize("path", ["", "nothing-here"])
def test_checking_a_folder_without_content_is_no_success(tmp_path, path):
    with pytest.raises(CommandError):
        call_command("check_content", str(tmp_path / path))


# --- Pages that follow ------------------------------------------------------------------------


def test_a_changed_reference_takes_no_article_out_of_the_glossary(
    editor, django_capture_on_commit_callbacks
):
    term = TermFactory(name="hormone", slug="hormone")
    reference = ReferenceFactory(key="one-2020")
    with django_capture_on_commit_callbacks(execute=True):
        edition = PublishedEditionFactory(body="<p>A hormone [@one-2020].</p>")
    page = reverse("glossary:term", args=["hormone"])
    client = client_of(editor)
    assert edition.article.title in client.get(page).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        reference.title = "Another title"
        reference.save()
    assert edition.article.title in client.get(page).content.decode()
    assert term.rendered_editions.count() == 1


def test_the_front_page_asks_no_more_beside_many_references(editor):
    EditionFactory(body=[("Light", "<p>Sleep is a matter of light [@ref-1].</p>")])
    Reference.objects.create(key="ref-1", title="Title 1")
    with CaptureQueriesContext(connection) as with_one:
        for_user(editor)
    Reference.objects.bulk_create(
        Reference(key=f"ref-{number}", title=f"Title {number}")
        for number in range(500)
        if number != 1
    )
    with CaptureQueriesContext(connection) as with_many:
        lists = for_user(editor)
    assert len(with_many) == len(with_one)
    references = lists[-1]
    assert references.count == 500
    assert references.rows[0].text == "Title 1" and references.rows[0].detail
    assert not references.rows[1].detail
