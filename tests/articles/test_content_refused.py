"""Content files that are refused as a whole, with file, line and reason."""

import pytest

from education.articles.content_files import ContentFileError, load_articles, read_folder
from education.articles.content_files.markdown import to_sections

from .content_folder import ARTICLE, LEVEL, SVG, everything, put, written


@pytest.fixture
def folder(tmp_path):
    return written(tmp_path)


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


@pytest.mark.once
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
