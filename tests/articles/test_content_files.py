"""Articles from files: what is read, what is refused, and that twice is once."""

import io

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from education.articles import readability
from education.articles.content_files import ContentFileError, load_articles, read_folder
from education.articles.content_files.markdown import to_sections
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

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="340" height="252.4" viewBox="0 0 340 252">'
    "<title>A night</title><style>text { fill: url(#p) }</style>"
    '<rect width="10" height="10" fill="url(#p)"/><use href="#p"/></svg>'
)
ARTICLE = """\
title: Short nights
summary: What they do.
topics: [sleep]
audience: Adults
codes: {SNOMED CT: 106168000}
prompts:
  - How was your night?
  - What helped?
"""
LEVEL = """\
---
change_note: First edition.
figures:
  - key: night
    file: night.svg
    alt: A night.
    caption: One night.
---
Opening with "quotes", H~2~O and x^2^. [@aa-2011]

::: callout
Talk to *your* team.
:::

## Short nights {#short-nights}

- **Light:** go out [@aa-2011; @bb]

### Inside

> A quote.

{figure:night}

## {#no-heading}

Table: What is known

| Part | Effect |
|:--|--:|
| Deep | more [link](/journal/) |
"""
REFERENCES = """\
- key: aa-2011
  authors: "Leproult R"
  title: "Effect"
  year: 2011
  volume: 305
  doi: "10.1001/jama.2011.710"
  checked_on: 2026-11-23
- {key: bb, title: Other}
"""


@pytest.fixture
def folder(tmp_path):
    """A content folder with one article at one level."""
    article = tmp_path / "articles" / "short-nights"
    (article / "figures").mkdir(parents=True)
    (tmp_path / "topics.yaml").write_text("- {slug: sleep, name: Sleep}\n")
    (tmp_path / "references.yaml").write_text(REFERENCES)
    (article / "article.yaml").write_text(ARTICLE)
    (article / "fundamentals.md").write_text(LEVEL)
    (article / "figures" / "night.svg").write_text(SVG)
    return tmp_path


def put(folder, name, text):
    path = folder / "articles" / "short-nights" / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def everything():
    models = (Topic, Reference, Article, Prompt, Edition, Section, Figure)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


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


# --- Refusing -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "line", "part"),
    [
        ("## Short nights {#short-nights}", "## Short nights", 15, "no key"),
        ("{#short-nights}", "{#Short Nights}", 15, "not a key"),
        ("{#no-heading}", "{#short-nights}", 25, "twice"),
        ("{#no-heading}", "{#references}", 25, "the page itself"),
        ("## Short", "# Short", 15, "two to four"),
        ("## Short nights", "## Short *nights*", 15, "plain text"),
        ("### Inside", "> ## Inside {#inside}", 19, "inside something else"),
        ("> A quote.", "<section>raw</section>", 21, "HTML"),
        ("> A quote.", "<p onclick=x>raw</p>", 21, "HTML"),
        ("> A quote.", "a <b>raw</b>", 21, "HTML"),
        ("> A quote.", "```\ncode\n```", 21, "code"),
        ("> A quote.", "![x](y.png)", 21, "figure"),
        ("> A quote.", "see {figure:night} here", 21, "paragraph of its own"),
        ("> A quote.", "Table: lost", 21, "directly before a table"),
        ("> A quote.", "---", 21, "line across"),
        ("> A quote.", "[x](ftp://example.org)", 21, "nowhere"),
        ("> A quote.", "a [@aa 2011]", 21, "citation"),
        ("{figure:night}", "{figure:day}", 23, "not declared"),
        ("{figure:night}", "", 4, "not placed"),
        ("*your* team.\n:::", "*your* team.\n", 15, "callout"),
        ("Talk to *your* team.", "- Talk", 12, "paragraphs only"),
        ("::: callout", "::: warning", 11, "callout"),
        ("alt: A night.", "alt:", 4, "alternative text"),
        ("night.svg", "../night.svg", 4, "folder figures"),
        ("change_note: First", "change: First", 1, "not known"),
        ("change_note: First edition.", "change_note: [", 4, "expected"),
    ],
)
def test_a_broken_level_is_refused_with_its_line(folder, old, new, line, part):
    assert old in LEVEL
    put(folder, "fundamentals.md", LEVEL.replace(old, new, 1))
    with pytest.raises(ContentFileError) as caught:
        read_folder(folder)
    assert caught.value.file.name == "fundamentals.md"
    assert part in caught.value.reason
    assert caught.value.line == line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("article.yaml", "title: [", "article.yaml, line"),
        ("article.yaml", "- x", "names and values"),
        ("article.yaml", "summary: x", "title is missing"),
        ("article.yaml", ARTICLE.replace("[sleep]", "[waking]"), "waking"),
        ("article.yaml", ARTICLE.replace("title: Short nights", "title: " + "x" * 200), "title"),
        ("article.yaml", b"title: \xff", "UTF-8"),
        ("article.yaml", b"title: a\0b", "binary"),
        ("fundamentals.md", "", "no text"),
        ("fundamentals.md", "---\nchange_note: x\n", "does not end"),
        (
            "fundamentals.md",
            LEVEL.replace("@bb", "@nobody"),
            "“nobody” is not among the references",
        ),
        ("fundamentals.md", LEVEL.replace("night.svg", "nowhere.svg"), "nowhere.svg"),
        ("beginner.md", LEVEL, "a level is one of"),
        ("../../references.yaml", "- {key: a, title: x, doi: 11}", "DOI"),
        ("../../references.yaml", "- {key: a, title: x, checked_on: soon}", "not a date"),
        ("../../references.yaml", "- {key: a, title: x}\n- {key: a, title: y}", "twice"),
        ("../../references.yaml", "- {key: a}", "title is missing"),
        ("../../references.yaml", "key: a", "a list of entries"),
        ("../../topics.yaml", "- {slug: A b, name: x}", "not a key"),
    ],
)
def test_a_broken_file_is_refused_as_a_whole(folder, editor, name, text, part):
    put(folder, name, text)
    with pytest.raises(ContentFileError) as caught:
        load_articles(folder, author=editor)
    assert part in str(caught.value)
    assert all(not rows for rows in everything())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<rect", "<script>alert(1)</script><rect"),
        ("<rect", '<foreignObject width="1"/><rect'),
        ("<rect", '<image href="x.png"/><rect'),
        ("<rect", '<animate attributeName="href" values="javascript:alert(1)"/><rect'),
        ("<rect", '<rect onload="alert(1)"'),
        ('href="#p"', 'href="https://example.org/x.svg#p"'),
        ('href="#p"', 'xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:alert(1)"'),
        ("url(#p) }", "url(https://example.org/x) }"),
        ("text {", "@import 'x'; text {"),
        ('fill="url(#p)"', 'fill="url( x )"'),
        ("<svg", '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/passwd">]><svg'),
        ("<svg", '<?xml-stylesheet href="x.css"?><svg'),
        ("</svg>", ""),
        ('width="340"', 'width="0"'),
        ('width="340"', 'width="99999"'),
        ('width="340" height="252.4" viewBox="0 0 340 252"', ""),
        ('viewBox="0 0 340 252"', 'xmlns:h="http://www.w3.org/1999/xhtml"><h:script/><g'),
        ("http://www.w3.org/2000/svg", "http://example.org/"),
    ],
)
def test_a_drawing_that_could_run_or_load_something_is_refused(folder, old, new):
    assert old in SVG
    put(folder, "figures/night.svg", SVG.replace(old, new, 1))
    with pytest.raises(ContentFileError) as caught:
        read_folder(folder)
    assert caught.value.file.name == "night.svg"


def test_a_picture_that_is_none_is_refused(folder):
    put(folder, "figures/night.png", SVG)
    put(folder, "fundamentals.md", LEVEL.replace("night.svg", "night.png"))
    with pytest.raises(ContentFileError):
        read_folder(folder)


def test_lines_count_without_front_matter(tmp_path):
    with pytest.raises(ContentFileError) as caught:
        to_sections("One\n\n## Two", tmp_path / "x.md")
    assert caught.value.line == 3


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
