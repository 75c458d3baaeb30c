"""What is found in an edition before patients read it, with the place where to put it right."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClinicProfile, User
from education.articles.findings import findings, text_findings
from education.articles.models import Article, Edition, Reference
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
)

from .admin_pages import change_url

pytestmark = pytest.mark.django_db

EASY = "<p>" + "We sleep at night. The day is for work and for play. " * 15 + "</p>"
HARD = (
    "<p>"
    + "Interindividual heterogeneity characterizes endocrinological investigations of nocturnal "
    "physiological variability, necessitating methodological sophistication throughout. "
    * 10
    + "</p>"
)


def found(edition, words, **more):
    """The one finding that says this."""
    (one,) = [f for f in findings(edition, **more) if words in f.text]
    return one


def section_of(edition, key):
    number = [section.key for section in edition.sections.all()].index(key)
    return f"{change_url(edition)}#sections-{number}"


# --- What blocks ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>Said [@nobody-2020].</p>", "“nobody-2020”, which is not among the references"),
        ("<p>{figure:gone}</p>", "figure “gone”, which is missing"),
        ("<h4>Deep</h4><p>x</p>", "A heading level is skipped"),
        ("", "has no text"),
    ],
)
def test_what_can_not_be_shown_blocks_and_leads_to_its_section(body, words):
    edition = EditionFactory(body=[("One", "<p>Fine.</p>"), ("Two", body)])
    finding = found(edition, words)
    assert finding.blocks
    assert (finding.url, finding.label) == (section_of(edition, "part-1"), "Section “Two”")


def test_a_section_without_heading_is_found_by_its_words():
    edition = EditionFactory(body=[("", "<p>Fine.</p>"), ("", "<p>Said [@nobody-2020].</p>")])
    assert found(edition, "nobody-2020").url == section_of(edition, "part-1")


def test_sections_with_the_same_heading_are_told_apart():
    edition = EditionFactory(body=[("Same", "<p>Fine.</p>"), ("Same", "<p>So [@no-1].</p>")])
    assert found(edition, "no-1").url == section_of(edition, "part-1")


def test_an_edition_without_text_blocks():
    assert found(EditionFactory(body=[]), "no text yet").blocks


def test_a_figure_without_alternative_text_blocks_unless_it_is_decorative():
    edition = EditionFactory(body="<p>{figure:a}</p><p>{figure:b}</p><p>{figure:c}</p>")
    FigureFactory(edition=edition, key="a")
    FigureFactory(edition=edition, key="b", alt="  ")
    FigureFactory(edition=edition, key="c", alt="", decorative=True)
    finding = found(edition, "no alternative text")
    assert finding.blocks
    assert (finding.url, finding.label) == (f"{change_url(edition)}#figures-1", "Figure “b”")


def test_an_article_without_summary_blocks():
    edition = EditionFactory(article=ArticleFactory(summary=" "))
    finding = found(edition, "no summary")
    assert finding.blocks
    change = reverse("admin:articles_article_change", args=[edition.article.pk])
    assert finding.url == f"{change}#id_summary"


@pytest.mark.parametrize(("level", "body"), [("fundamentals", HARD), ("academic", EASY)])
def test_a_grade_outside_its_range_blocks_without_a_reason(level, body, reviewer):
    edition = EditionFactory(level=level, body=body)
    finding = found(edition, "reading grade is")
    assert finding.blocks
    assert finding.url == f"{change_url(edition)}#id_grade_reason"
    edition.grade_reason = "Names of medicines are long."
    edition.save()
    assert not any("grade" in one.text for one in findings(edition))
    edition.submit(edition.author)
    edition.publish(reviewer)


def test_not_enough_text_is_advice():
    assert not found(EditionFactory(), "not enough text").blocks


def test_the_reviewer_is_somebody_else_and_has_a_name():
    edition = EditionFactory()
    assert found(edition, "reviewer is the author", reviewer=edition.author).blocks
    assert found(edition, "your name is missing", reviewer=ReviewerFactory(name=" ")).blocks
    assert not any(one.blocks for one in findings(edition, ReviewerFactory()))


def test_the_notice_needs_the_clinics_name_and_misses_its_telephone():
    edition = EditionFactory()
    clinic = ClinicProfile.objects.create(name="Clinic", telephone="1")
    assert not [one for one in findings(edition) if "notice" in one.text]
    ClinicProfile.objects.update(telephone="")
    assert not found(edition, "no telephone number").blocks
    ClinicProfile.objects.filter(pk=clinic.pk).update(name=" ")
    assert found(edition, "the clinic has no name").blocks


# --- What is worth a look -------------------------------------------------------------------


def test_unchecked_references_are_named_with_their_place():
    checked = ReferenceFactory(key="known", checked_on=timezone.localdate())
    unchecked = ReferenceFactory(key="new")
    ReferenceFactory(key="not-cited")
    edition = EditionFactory(body=f"<p>So [@{checked.key}; @{unchecked.key}].</p>")
    (finding,) = [one for one in findings(edition) if "checked the reference" in one.text]
    assert not finding.blocks
    assert finding.url == reverse("admin:articles_reference_change", args=[unchecked.pk])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<table><tbody><tr><td>1</td></tr></tbody></table>", "no header cells"),
        ('<p>Look <a href="https://example.org">Here</a>.</p>', "only “Here”"),
    ],
)
def test_what_a_screen_reader_stumbles_over_is_advice(body, words):
    edition = EditionFactory(body=body)
    finding = found(edition, words)
    assert not finding.blocks
    assert finding.url == section_of(edition, "part-0")


def test_a_figure_that_is_not_placed_is_advice():
    edition = EditionFactory()
    FigureFactory(edition=edition, key="alone")
    assert not found(edition, "not placed").blocks


def test_what_blocks_comes_first_and_a_good_edition_has_nothing_that_blocks():
    edition = EditionFactory(body="<p>So [@new] and [@nobody].</p>")
    ReferenceFactory(key="new")
    blocks = [one.blocks for one in findings(edition)]
    assert blocks == sorted(blocks, reverse=True)
    assert not any(one.blocks for one in findings(PublishedEditionFactory()))


def test_looking_costs_the_same_for_a_long_text_as_for_a_short_one():
    def cost(count):
        for number in range(count):
            ReferenceFactory(key=f"source-{count}-{number}")
        parts = [("Head", f"<p>So [@source-{count}-{n}].</p>") for n in range(count)]
        edition = Edition.objects.select_related("article").get(pk=EditionFactory(body=parts).pk)
        for _number in range(count):
            FigureFactory(edition=edition, alt="")
        with CaptureQueriesContext(connection) as queries:
            findings(edition)
        return len(queries)

    assert cost(1) == cost(12) <= 5


def test_looking_does_not_freeze_what_the_edition_holds():
    edition = EditionFactory()
    findings(edition)
    edition.sections.all().delete()
    assert found(edition, "no text yet")


# --- The command ----------------------------------------------------------------------------


ARTICLE = "title: Short nights\nsummary: What short nights do.\ntopics: [sleep]\n"
LEVEL = "Sleep is part of your care [@known].\n\n## Short nights {#short-nights}\n\nThey happen.\n"


@pytest.fixture
def folder(tmp_path):
    there = tmp_path / "articles" / "short-nights"
    there.mkdir(parents=True)
    (tmp_path / "topics.yaml").write_text("- slug: sleep\n  name: Sleep\n")
    (tmp_path / "references.yaml").write_text(
        "- key: known\n  title: A study\n  checked_on: 2026-01-01\n"
    )
    (there / "article.yaml").write_text(ARTICLE)
    (there / "fundamentals.md").write_text(LEVEL)
    return tmp_path


def check(capsys, *args):
    """What the command says, and whether it fails."""
    try:
        call_command("check_content", *args)
        failed = False
    except CommandError as error:
        failed = str(error)
        assert error.returncode == 1
    return capsys.readouterr().out, failed


def test_files_are_checked_and_leave_nothing_behind(folder, capsys, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    PublishedEditionFactory(article=ArticleFactory(slug="short-nights"))
    ReferenceFactory(key="elsewhere")
    before = (
        list(Article.objects.values()),
        list(Reference.objects.values()),
        list(User.objects.values("email")),
        Edition.objects.count(),
    )
    said, failed = check(capsys, str(folder))
    assert not failed
    assert said.splitlines()[-1] == "1 editions, 0 findings that block, 1 to look at"
    assert "fundamentals.md" in said
    assert before == (
        list(Article.objects.values()),
        list(Reference.objects.values()),
        list(User.objects.values("email")),
        Edition.objects.count(),
    )
    assert not (tmp_path / "media").exists()


def test_what_blocks_in_a_file_fails_with_file_and_section(folder, capsys):
    (folder / "articles/short-nights/article.yaml").write_text("title: Short nights\n")
    (folder / "articles/short-nights/fundamentals.md").write_text(
        LEVEL + "\n#### Too deep\n\nText.\n"
    )
    said, failed = check(capsys, str(folder))
    assert failed
    blocking = [line for line in said.splitlines() if line.startswith("blocks")]
    assert len(blocking) == 2
    assert re.search(r"fundamentals\.md: A heading level is skipped .*“Short nights”", said)
    assert "has no summary" in said
    assert said.splitlines()[-1].startswith("1 editions, 2 findings that block")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("articles/short-nights/fundamentals.md", "Said [@elsewhere]."),
        ("articles/short-nights/fundamentals.md", "# Wrong"),
        ("articles/short-nights/article.yaml", "title: ["),
        ("references.yaml", "- nonsense"),
        ("glossary.csv", "no,such,columns\n1,2,3\n"),
    ],
)
def test_a_broken_file_fails_with_its_name(file, text, folder, capsys):
    # What is in the database does not make up for what the files lack.
    ReferenceFactory(key="elsewhere")
    (folder / file).write_text(text)
    _said, failed = check(capsys, str(folder))
    assert file.rpartition("/")[2] in failed
    assert Reference.objects.get().key == "elsewhere"


def test_a_folder_that_is_not_there_fails(tmp_path, capsys):
    assert check(capsys, str(tmp_path / "nowhere"))[1]


def test_without_a_path_it_looks_at_what_is_in_the_database(capsys):
    PublishedEditionFactory().retire(ReviewerFactory())
    PublishedEditionFactory()
    said, failed = check(capsys)
    assert not failed
    assert said.splitlines()[-1].startswith("1 editions, 0 findings that block")
    EditionFactory(body="<p>Said [@nobody].</p>")
    said, failed = check(capsys)
    assert failed
    assert said.splitlines()[-1].startswith("2 editions, 1 findings that block")


def test_text_findings_say_nothing_of_the_clinic():
    edition = EditionFactory()
    assert not [one for one in text_findings(edition) if "notice" in one.text]
