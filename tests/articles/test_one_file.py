"""A web article of three levels pasted into one Markdown file."""

import pytest
from django.core.management import CommandError, call_command

from education.articles.content_files import ContentFileError, load_articles
from education.articles.content_files.one_file import read_one_file
from education.articles.models import Article, Edition, State
from education.articles.rendering import render
from education.glossary.loading import term_index
from tests.factories import ArticleFactory, PromptFactory, ReferenceFactory, TopicFactory

from .admin_pages import png

PASTED = """\
# Short nights

What they do, in *two* lines
of text.

# Level 1: Fundamentals

Sleep is "part" of your care.[^1]

---

## What *happens*?

Words with `code` and a [link](https://example.org/).

![A curve that falls](pictures/curve.png "One night.")

### More

- one
  - two
- three

## What *happens*?

A second time.

INTERMEDIATE LEVEL
==================

## What happens?

| a | b |
|---|---|
| c | d |

##### Deep

> Said by somebody.

<p onclick="x">Kept <u>words</u></p>

## Table of things

Text. [@smith-2011]

## References

1. Smith A. Sleep. 2011.
2. Jones B.

[^1]: A note with x^2^.

# academic

## Nachts schläft man

## 夜

Text.
"""


@pytest.fixture
def pasted(tmp_path):
    folder = tmp_path / "in"
    (folder / "pictures").mkdir(parents=True)
    (folder / "pictures" / "curve.png").write_bytes(png())
    path = folder / "my-article.md"
    path.write_text(PASTED.replace("## Nachts schläft man\n", "## Nachts schläft man\n\nGut.\n"))
    return path


@pytest.mark.django_db
def test_it_is_imported_as_it_stands(pasted, editor):
    ReferenceFactory(key="smith-2011")
    report = load_articles(pasted, author=editor)
    article = Article.objects.get()
    assert (article.slug, article.title) == ("short-nights", "Short nights")
    assert article.summary == "What they do, in two lines of text."
    assert report.created == [
        "article short-nights",
        "short-nights, fundamentals",
        "short-nights, intermediate",
        "short-nights, academic",
    ]
    parts = {
        edition.level: [(part.key, part.heading) for part in edition.sections.all()]
        for edition in article.editions.all()
    }
    assert parts == {
        "fundamentals": [
            ("opening", ""),
            ("what-happens", "What happens?"),
            ("what-happens-2", "What happens?"),
        ],
        "intermediate": [
            ("what-happens", "What happens?"),
            ("part-table-of-things", "Table of things"),
            ("part-references", "References"),
        ],
        "academic": [("nachts-schlaft-man", "Nachts schläft man"), ("part", "夜")],
    }
    bodies = {
        (edition.level, part.key): part.body
        for edition in article.editions.all()
        for part in edition.sections.all()
    }
    assert bodies["fundamentals", "opening"] == "<p>Sleep is “part” of your care.[^1]</p>"
    happens = bodies["fundamentals", "what-happens"]
    assert "<p>Words with code and a <a" in happens and "<p>{figure:curve}</p>" in happens
    assert "<h3>More</h3><ul><li>one<ul><li>two</li></ul></li><li>three</li></ul>" in happens
    happens = bodies["intermediate", "what-happens"]
    assert "<th>c</th><td>d</td>" in happens and "<h4>Deep</h4>" in happens
    assert "<blockquote>" in happens and "<p>Kept words</p>" in happens
    assert "[^1]: A note with x<sup>2</sup>." in bodies["intermediate", "part-references"]
    figure = article.editions.get(level="fundamentals").figures.get()
    assert (figure.alt, figure.caption) == ("A curve that falls", "One night.")
    for edition in article.editions.all():
        assert edition.is_draft and edition.author == editor
        problems = render(edition, term_index()).problems
        assert [one for one in problems if "level is skipped" not in one] == []


@pytest.mark.django_db
def test_twice_is_once_and_what_it_does_not_say_stays(pasted, editor):
    ReferenceFactory(key="smith-2011")
    load_articles(pasted, author=editor)
    article = Article.objects.get()
    article.topics.add(TopicFactory())
    PromptFactory(article=article)
    Article.objects.update(audience="Adults", codes={"a": "b"})
    report = load_articles(pasted, author=editor)
    assert not (report.created or report.updated or report.held or report.kept)
    article.refresh_from_db()
    assert article.topics.count() == article.prompts.count() == 1
    assert (article.audience, article.codes) == ("Adults", {"a": "b"})


@pytest.mark.django_db
def test_front_matter_says_more(pasted, editor):
    TopicFactory(slug="sleep")
    pasted.write_text(
        '---\ntitle: Nights\nslug: nights\ntopics: [sleep]\nprompts: ["How was it?"]\n'
        "summary: In short.\n---\n# Some title\n\n# fundamentals\nWords.\n"
    )
    load_articles(pasted, author=editor)
    article = Article.objects.get(slug="nights")
    assert (article.title, article.summary) == ("Nights", "In short.")
    assert article.topics.get().slug == "sleep" and article.prompts.get().text == "How was it?"


@pytest.mark.django_db
def test_without_a_title_it_is_called_as_its_file(pasted, editor):
    pasted.write_text("# Academic\nWords.\n")
    load_articles(pasted, author=editor)
    assert Article.objects.get().title == "My article"


@pytest.mark.django_db
def test_an_existing_article_gets_a_draft(pasted, editor):
    ArticleFactory(slug="short-nights", title="Old", summary="Old.")
    pasted.write_text("# Short nights\n\n# Fundamentals\nWords.\n")
    report = load_articles(pasted, author=editor)
    assert report.updated == ["article short-nights: title"]
    assert Article.objects.get().summary == "Old."
    assert Edition.objects.get().state == State.DRAFT


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("", 1, "no level"),
        ("# Title\n\n## Section\nWords.", 1, "no level"),
        ("words\n\n# Title\n\nmore", 1, "no level"),
        ("# Fundamentals\na\n\n# Level 1: Fundamentals\nb", 4, "twice"),
        ("# Fundamentals\na\n\n# Expert\nb", 4, "“Expert” is no level"),
        ("# T\n\n# U\n\n# Fundamentals\na", 3, "“U” is no level"),
        ("# Fundamentals\n\n# Academic\na", 1, "has no text"),
        ("# Fundamentals\n\n## A\n\n## B\nb", 3, "no text"),
        ("# T\n\n- a list\n\n# Fundamentals\na", 3, "belongs to no level"),
        ("# T\n\n" + "word " * 120 + "\n\n# Fundamentals\na", 3, "500 characters"),
        ("# Fundamentals\na\n\n![x](https://example.org/x.png)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](//example.org/x.png)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](data:image/png;base64,AA)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](/etc/passwd)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](../x.png)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](%00.png)", 4, "beside the file"),
        ("# Fundamentals\na\n\n![x](missing.png)", 4, "No such file"),
        ("# Fundamentals\na\n\n![x](my-article.md)", 4, "picture"),
        ("# Fundamentals\na ![x](pictures/curve.png) b", 2, "paragraph of its own"),
        ("# Fundamentals\na\n\n<img src=x>", 4, "write a picture"),
        ("# Fundamentals\na\n\n```\ncode\n```", 4, "code"),
        ("# Fundamentals\n[x](javascript:alert(1)) [y](ftp://x)", 2, "nowhere"),
        ("---\ntitle: x\nslug: a/b\n---\n# Fundamentals\na", 3, "address"),
        ("---\nlevels: x\n---\n# Fundamentals\na", 1, "not known"),
        ("# 夜\n\n# Fundamentals\na", None, ""),
    ],
)
def test_what_is_broken_is_refused_with_its_line(pasted, text, line, part):
    pasted.write_text(text)
    if line is None:
        assert read_one_file(pasted).slug == "my-article"
        return
    with pytest.raises(ContentFileError) as caught:
        read_one_file(pasted)
    assert part in caught.value.reason
    assert (caught.value.line, caught.value.file) == (line, pasted)


def test_a_link_out_of_the_folder_is_not_followed(pasted, tmp_path):
    (tmp_path / "outside.png").write_bytes(png())
    (pasted.parent / "inside.png").symlink_to(tmp_path / "outside.png")
    pasted.write_text("# Fundamentals\n![x](inside.png)")
    with pytest.raises(ContentFileError, match="beside the file"):
        read_one_file(pasted)


@pytest.mark.django_db
def test_the_command_takes_a_file(pasted, editor, capsys):
    with pytest.raises(CommandError, match="smith-2011.* is not among the references"):
        call_command("import_content", str(pasted))
    assert not Article.objects.exists()
    ReferenceFactory(key="smith-2011")
    call_command("import_content", str(pasted))
    assert "short-nights, academic" in capsys.readouterr().out
    call_command("import_content", str(pasted))
    assert "0 created, 0 updated" in capsys.readouterr().out
