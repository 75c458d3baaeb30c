"""Articles from files: what is read, what is refused, and that twice is once."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from education.articles import readability
from education.articles.content_files import load_articles
from education.articles.models import (
    Article,
    Edition,
    Figure,
    Prompt,
    Reference,
    Section,
    State,
    Topic,
)
from education.articles.rendering import render
from education.articles.richtext import clean
from education.glossary.loading import load_glossary, term_index
from education.glossary.models import GlossaryVersion, Term
from tests.factories import EditionFactory, PublishedEditionFactory, ReviewerFactory, TopicFactory

from .content_folder import ARTICLE, LEVEL, SVG, everything, put, written


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path)


# --- Reading --------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_article_becomes_a_draft(folder, editor):
    report = load_articles(folder, author=editor)
    assert report.created[-1] == "short-nights, fundamentals"
    edition = Edition.objects.get()
    assert (edition.state, edition.number, edition.author) == (State.DRAFT, 1, editor)
    assert (edition.change_note, edition.reading_minutes) == ("First edition.", 1)
    article = edition.article
    assert (article.title, article.summary, article.audience) == (
        "Short nights",
        "What they do.",
        "Adults",
    )
    assert article.codes == {"SNOMED CT": "106168000"}
    assert [topic.slug for topic in article.topics.all()] == ["sleep"]
    assert [prompt.text for prompt in article.prompts.all()] == [
        "How was your night?",
        "What helped?",
    ]
    reference = Reference.objects.get(key="aa-2011")
    assert (reference.year, reference.volume, str(reference.checked_on)) == (
        2011,
        "305",
        "2026-11-23",
    )
    sections = {part.key: part for part in edition.sections.all()}
    assert list(sections) == ["opening", "short-nights", "no-heading"]
    assert [part.heading for part in sections.values()] == ["", "Short nights", ""]
    assert sections["opening"].body == (
        "<p>Opening with “quotes”, H<sub>2</sub>O and x<sup>2</sup>. [@aa-2011]</p>"
        '<p class="callout">Talk to <em>your</em> team.</p>'
    )
    assert (
        "<li><strong>Light:</strong> go out [@aa-2011; @bb]</li>" in sections["short-nights"].body
    )
    assert "<h3>Inside</h3>" in sections["short-nights"].body
    assert '<p class="table-caption">What is known</p><table>' in sections["no-heading"].body
    assert "<th>Deep</th>" in sections["no-heading"].body
    assert "style" not in sections["no-heading"].body
    figure = edition.figures.get()
    assert (figure.width, figure.height, figure.alt, figure.caption) == (
        340,
        252,
        "A night.",
        "One night.",
    )
    with default_storage.open(figure.image.name) as stored:
        assert stored.read().decode() == SVG
    assert render(edition, term_index()).problems == []


@pytest.mark.django_db
def test_loading_twice_changes_nothing(folder, editor):
    load_articles(folder, author=editor)
    before = everything()
    report = load_articles(folder, author=editor)
    assert not (report.created or report.updated or report.held)
    assert everything() == before


@pytest.mark.django_db
def test_a_draft_is_replaced_in_place(folder, editor):
    load_articles(folder, author=editor)
    key = Edition.objects.get().pk
    put(folder, "fundamentals.md", LEVEL.replace("go out", "go out early"))
    assert load_articles(folder, author=editor).updated == ["short-nights, fundamentals"]
    edition = Edition.objects.get()
    assert edition.pk == key and edition.sections.count() == 3 and edition.figures.count() == 1
    assert "early" in edition.sections.get(key="short-nights").body


@pytest.mark.django_db
def test_what_is_published_or_in_review_stays(folder, editor):
    load_articles(folder, author=editor)
    edition = Edition.objects.get()
    edition.submit()
    put(folder, "fundamentals.md", LEVEL.replace("go out", "go out early"))
    assert load_articles(folder, author=editor).held == ["short-nights, fundamentals"]
    edition.publish(ReviewerFactory())
    published = list(edition.sections.values_list())
    assert load_articles(folder, author=editor).created == ["short-nights, fundamentals"]
    assert list(edition.sections.values_list()) == published
    draft = Edition.objects.get(state=State.DRAFT)
    assert draft.number == 2 and "early" in draft.sections.get(key="short-nights").body
    assert load_articles(folder, author=editor).unchanged[-1] == "short-nights, fundamentals"


@pytest.mark.django_db
def test_levels_share_a_picture(folder, editor):
    put(folder, "academic.md", LEVEL)
    load_articles(folder, author=editor)
    assert len(set(Figure.objects.values_list("image", flat=True))) == 1


@pytest.mark.django_db
def test_prompts_keep_their_answers_when_they_move(folder, editor):
    load_articles(folder, author=editor)
    kept = Prompt.objects.get(text="What helped?").pk
    put(folder, "article.yaml", ARTICLE.replace("  - How was your night?\n", "") + "  - And now?\n")
    load_articles(folder, author=editor)
    assert list(Prompt.objects.values_list("text", flat=True)) == ["What helped?", "And now?"]
    assert Prompt.objects.get(text="What helped?").pk == kept


@pytest.mark.django_db
def test_a_check_by_an_editor_is_not_taken_away(folder, editor):
    load_articles(folder, author=editor)
    Reference.objects.filter(key="bb").update(checked_on="2026-01-02", checked_by=editor)
    load_articles(folder, author=editor)
    assert str(Reference.objects.get(key="bb").checked_on) == "2026-01-02"


@pytest.mark.django_db
def test_photographs_are_decoded_and_stored_without_metadata(folder, editor):
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    put(folder, "figures/night.png", out.getvalue())
    put(folder, "fundamentals.md", LEVEL.replace("night.svg", "night.png"))
    load_articles(folder, author=editor)
    figure = Figure.objects.get()
    assert (figure.width, figure.height) == (30, 20) and figure.image.name.endswith(".png")


# --- The command and the portal's own content -----------------------------------------------


@pytest.mark.django_db
def test_the_command(folder, editor, capsys):
    (folder / "glossary.csv").write_text(
        "term,aliases,plain_definition,technical_definition,source_note\nleptin,,P,T,\n"
    )
    call_command("import_content", str(folder), author=editor.email.upper())
    out = capsys.readouterr().out
    assert "1 terms created" in out and "short-nights, fundamentals" in out
    call_command("import_content", str(folder))
    assert "0 created, 0 updated" in capsys.readouterr().out
    put(folder, "fundamentals.md", "# x")
    with pytest.raises(CommandError, match="line 1"):
        call_command("import_content", str(folder))


@pytest.mark.django_db
def test_the_command_needs_an_editor(folder, clinician):
    with pytest.raises(CommandError, match="no editor"):
        call_command("import_content", str(folder))
    with pytest.raises(CommandError, match="No editor"):
        call_command("import_content", str(folder), author=clinician.email)


# About what is in the files; the demo loads them on both databases.
@pytest.mark.once
@pytest.mark.django_db
def test_the_portals_own_content(settings, editor):
    fixtures = settings.BASE_DIR / "fixtures"
    load_glossary(fixtures / "glossary.csv")
    load_articles(fixtures, author=editor)
    editions = list(Edition.objects.select_related("article"))
    assert {edition.level for edition in editions} == set(readability.LEVEL_RANGES)
    index = term_index()
    for edition in editions:
        page = render(edition, index)
        assert page.problems == [], edition
        assert page.references_html and page.terms_html
        assert readability.fits(edition.level, edition.reading_grade), (
            edition,
            edition.reading_grade,
        )
        for section in edition.sections.all():
            assert clean(section.body) == section.body
    before = everything()
    load_articles(fixtures, author=editor)
    assert everything() == before


# --- Drafts that somebody has written in ----------------------------------------------------


@pytest.mark.django_db
def test_a_draft_in_which_somebody_wrote_is_kept(folder, editor):
    load_articles(folder, author=editor)
    section = Section.objects.get(key="opening")
    section.body = "<p>Written by hand.</p>"
    section.save()
    put(folder, "fundamentals.md", LEVEL.replace("go out", "go out early"))
    before = everything()
    report = load_articles(folder, author=editor)
    assert report.kept == [f"short-nights, fundamentals, by {editor}"]
    assert "--replace-drafts" in str(report) and not report.updated
    assert everything() == before
    report = load_articles(folder, author=editor, replace_drafts=True)
    assert report.updated == ["short-nights, fundamentals"]
    # From here on the draft is the file's again.
    put(folder, "fundamentals.md", LEVEL)
    assert load_articles(folder, author=editor).updated == ["short-nights, fundamentals"]


@pytest.mark.django_db
def test_a_draft_that_no_file_made_is_kept(folder, editor):
    EditionFactory(article__slug="short-nights", author=editor)
    assert load_articles(folder, author=editor).kept == [f"short-nights, fundamentals, by {editor}"]
    call_command("import_content", str(folder), replace_drafts=True)
    assert Edition.objects.get().sections.count() == 3


@pytest.mark.django_db
def test_the_report_says_what_patients_see_at_once(folder, editor):
    PublishedEditionFactory(article__slug="short-nights", level="academic")
    load_articles(folder, author=editor)
    put(
        folder, "article.yaml", ARTICLE.replace("What they do.", "What they do now.") + "  - New?\n"
    )
    report = load_articles(folder, author=editor)
    assert report.updated == [
        "article short-nights: summary (patients see this at once)",
        "article short-nights: prompts (patients see this at once)",
    ]
    assert Article.objects.get().history.count() == 3


@pytest.mark.django_db
def test_new_topics_go_behind_those_that_are_there(folder, editor):
    TopicFactory(slug="first", position=4)
    load_articles(folder, author=editor)
    assert Topic.objects.get(slug="sleep").position == 5


@pytest.mark.django_db
def test_figures_of_terms(folder, editor, tmp_path):
    glossary = folder / "glossary.csv"
    header = "term,aliases,plain_definition,technical_definition,source_note,figure,figure_alt\n"
    glossary.write_text(header + "leptin,,P,T,,leptin.png,A curve.\n")
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    with pytest.raises(CommandError, match="leptin.png"):
        call_command("import_content", str(folder))
    assert not Term.objects.exists()
    (folder / "glossary-figures").mkdir()
    (folder / "glossary-figures" / "leptin.png").write_bytes(out.getvalue())
    call_command("import_content", str(folder))
    term = Term.objects.get()
    assert (term.figure_width, term.figure_alt) == (30, "A curve.")
    version = GlossaryVersion.current()
    call_command("import_content", str(folder))
    assert GlossaryVersion.current() == version
    call_command("export_content", str(tmp_path / "out"))
    assert (tmp_path / "out" / "glossary-figures" / "leptin.png").exists()
    call_command("import_content", str(tmp_path / "out"))
    assert GlossaryVersion.current() == version
    for row in ("leptin,,P,T,,leptin.png,\n", "leptin,,P,T,,../leptin.png,A.\n"):
        glossary.write_text(header + row)
        with pytest.raises(CommandError, match="line 2"):
            call_command("import_content", str(folder))
