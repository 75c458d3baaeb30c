"""Content as files: what goes out comes back, and goes out again as the same bytes."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from PIL import Image

from education.articles.content_files import ContentFileError, export, load_articles, write
from education.articles.content_files.pictures import picture_of
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
from education.articles.richtext import clean
from education.glossary import images
from education.glossary.loading import load_glossary
from education.glossary.models import Alias, Term
from tests.factories import (
    AliasFactory,
    ArticleFactory,
    EditionFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TermFactory,
    TopicFactory,
)

from .test_richtext import RICH

pytestmark = pytest.mark.django_db

TRICKY = [
    ("", clean(RICH).replace("<p>{figure:night}</p>", "")),
    ('“Quotes" & {#keys} #', "<p>a*b*_c_ \\ [d] ~e~ ^f^ `g` | h {figure: #i 'j'</p>"),
    ("", "<p>{figure:photo}</p><p>line<br>break</p>"),
]


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def photo(kind="JPEG", size=(60, 40)):
    out = io.BytesIO()
    image = Image.effect_noise(size, 90).convert("RGB")
    image.save(out, kind, quality=70)
    return images.checked(ContentFile(out.getvalue(), name="photo"))


def write_article(editor, **facts):
    """An article with everything that one can have."""
    article = ArticleFactory(
        slug="nights", title="Nights: all of them", summary="What\n they do.", audience="Adults",
        codes={"SNOMED CT": "1"}, **facts,
    )  # fmt: skip
    article.topics.add(TopicFactory(slug="b", position=7), TopicFactory(slug="a", position=9))
    PromptFactory(article=article, position=1, text="Second?")
    PromptFactory(article=article, position=0, text="- First: “yes”?")
    for key in ("a-2011", "b"):
        ReferenceFactory(key=key, doi="", year=2011, title="Sleep: a study", checked_on=None)
    for level, kind in (("fundamentals", "JPEG"), ("academic", "WEBP")):
        edition = EditionFactory(article=article, level=level, author=editor, body=TRICKY,
                                 change_note="First: edition", grade_reason="")  # fmt: skip
        for key in ("photo", "spare"):
            picture = photo(kind)
            picture.store()
            Figure.objects.create(
                edition=edition, key=key, image=picture.name, width=60, height=40, alt="Noise."
            )
        edition.measure()
    return article


def forget_everything():
    for model in (Section, Figure, Edition, Prompt, Article, Topic, Reference, Alias, Term):
        model.objects.all().delete()


def test_what_goes_out_comes_back_and_goes_out_the_same(editor, tmp_path):
    write_article(editor)
    term = TermFactory(name="Leptin", plain_definition='A, "hormone"\nof fat', source="x")
    AliasFactory(term=term, text="LEP")
    bodies = list(Section.objects.order_by("pk").values_list("key", "heading", "body"))
    pictures = list(Figure.objects.order_by("pk").values_list("key", "image", "alt"))
    write(export(drafts=True), tmp_path / "one")
    forget_everything()
    load_glossary(tmp_path / "one" / "glossary.csv")
    load_articles(tmp_path / "one", author=editor)
    assert list(Section.objects.order_by("pk").values_list("key", "heading", "body")) == bodies
    assert sorted(Figure.objects.values_list("key", "image", "alt")) == sorted(pictures)
    write(export(drafts=True), tmp_path / "two")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    report = load_articles(tmp_path / "one", author=editor)
    assert not (report.created or report.updated or report.held or report.kept)
    for edition in Edition.objects.all():
        edition.submit(editor)
        Edition.objects.filter(pk=edition.pk).update(
            state=State.PUBLISHED, reviewed_by=ReviewerFactory(), reviewed_on="2026-01-01",
            published_at="2026-01-01T00:00Z", next_review_on="2027-01-01",
        )  # fmt: skip
    write(export(), tmp_path / "three")
    assert files_of(tmp_path / "one") == files_of(tmp_path / "three")


# The demo loads the same files on both databases, and the journeys above run on both.
@pytest.mark.once
def test_the_portals_own_content_survives_the_journey(settings, editor, tmp_path):
    def substance():
        return [
            list(Edition.objects.order_by("article__slug", "level").values_list(
                "article__slug", "level", "change_note", "grade_reason", "reading_grade")),
            list(Section.objects.order_by("edition__article__slug", "edition__level", "position")
                 .values_list("position", "key", "heading", "body")),
            list(Figure.objects.order_by("edition__article__slug", "edition__level", "key")
                 .values_list("key", "image", "width", "height", "alt", "caption", "decorative")),
            list(Article.objects.order_by("slug").values_list(
                "slug", "title", "summary", "audience")),
            list(Prompt.objects.order_by("article__slug", "position").values_list(
                "position", "text")),
            list(Topic.objects.values_list("slug", "name", "position")),
            list(Reference.objects.order_by("key").values_list(
                "key", "authors", "title", "container", "year", "volume", "issue", "pages", "doi",
                "pmid", "url", "checked_on")),
            list(Term.objects.order_by("name").values_list(
                "name", "slug", "plain_definition", "technical_definition", "source")),
            list(Alias.objects.order_by("folded").values_list("text", "match_case", "preferred")),
        ]  # fmt: skip

    call_command("import_content", str(settings.BASE_DIR / "fixtures"), author=editor.email)
    before = substance()
    assert before[0]
    call_command("export_content", str(tmp_path / "one"), drafts=True)
    forget_everything()
    call_command("import_content", str(tmp_path / "one"), author=editor.email)
    assert substance() == before
    call_command("export_content", str(tmp_path / "two"), drafts=True)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")


def test_only_what_is_published_goes_out(editor, tmp_path, capsys):
    PublishedEditionFactory(article__slug="out", body="<p>For patients.</p>")
    draft = EditionFactory(article__slug="in", body="<p>For nobody yet.</p>", author=editor)
    call_command("export_content", str(tmp_path / "x"))
    assert "1 editions" in capsys.readouterr().out
    assert [name for name in files_of(tmp_path / "x") if name.startswith("articles")] == [
        "articles/out/article.yaml",
        "articles/out/fundamentals.md",
    ]
    assert (
        files_of(tmp_path / "x")["articles/out/fundamentals.md"]
        == b"## {#part-0}\n\nFor patients.\n"
    )
    call_command("export_content", str(tmp_path / "y"), drafts=True)
    assert "articles/in/fundamentals.md" in files_of(tmp_path / "y")
    with pytest.raises(CommandError, match="nothing of it is published"):
        call_command("export_content", str(tmp_path / "z"), article=[draft.article.slug])
    with pytest.raises(CommandError, match="no article is nowhere"):
        call_command("export_content", str(tmp_path / "z"), article=["nowhere"])
    assert not (tmp_path / "z").exists()


def test_one_article_takes_along_what_it_needs(editor, tmp_path):
    write_article(editor)
    EditionFactory(article__slug="other")
    ReferenceFactory(key="uncited")
    TopicFactory(slug="empty")
    TermFactory()
    done = export(["nights"], drafts=True)
    assert {name.split("/")[1] for name in done.files if "/" in name} == {"nights"}
    assert b"uncited" not in done.files["references.yaml"]
    assert b"key: a-2011" in done.files["references.yaml"]
    assert b"empty" not in done.files["topics.yaml"] and "glossary.csv" not in done.files


def test_the_files_are_pleasant_to_read(editor):
    edition = EditionFactory(
        author=editor, article__slug="x", article__title="Nights", article__summary="",
        body=[("Short nights", "<p>Words [@a].</p><ul><li>one</li><li>two</li></ul>")],
    )  # fmt: skip
    done = export(drafts=True)
    assert done.files["articles/x/fundamentals.md"].decode() == (
        "## Short nights {#part-0}\n\nWords [@a].\n\n- one\n- two\n"
    )
    assert done.files["articles/x/article.yaml"].decode() == (
        "title: Nights\nsummary: ''\ntopics: []\naudience: ''\ncodes: {}\nprompts: []\n"
    )
    assert done.editions == [f"x, fundamentals, edition {edition.number}"]


def test_what_an_import_would_refuse_is_said(editor, tmp_path, capsys):
    EditionFactory(author=editor, body="<p>{figure:nowhere}</p>")
    call_command("export_content", str(tmp_path / "x"), drafts=True)
    assert "not declared" in capsys.readouterr().err


def test_a_folder_with_other_things_in_it_is_left_alone(editor, tmp_path):
    PublishedEditionFactory(article__slug="one")
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_content", str(tmp_path))
    old = tmp_path / "articles" / "gone"
    old.mkdir(parents=True)
    (old / "academic.md").write_text("old")
    (tmp_path / "articles" / "mine").mkdir()
    (tmp_path / "articles" / "mine" / "notes.md").write_text("mine")
    call_command("export_content", str(tmp_path), force=True)
    assert not old.exists()
    assert sorted(files_of(tmp_path)) == [
        "articles/mine/notes.md",
        "articles/one/article.yaml",
        "articles/one/fundamentals.md",
        "notes.txt",
    ]


def test_nothing_is_written_outside_the_folder(editor, tmp_path):
    PublishedEditionFactory()
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "articles").symlink_to(tmp_path / "outside")
    with pytest.raises(CommandError, match="links are not followed"):
        call_command("export_content", str(tmp_path / "inside"), force=True)
    assert not list((tmp_path / "outside").iterdir())
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="not a folder"):
        call_command("export_content", str(tmp_path / "file"), force=True)


def test_a_lost_picture_is_said_before_anything_is_written(editor, tmp_path):
    article = write_article(editor)
    Figure.objects.filter(edition__article=article).update(image="lost.png")
    with pytest.raises(CommandError, match="lost.png"):
        call_command("export_content", str(tmp_path / "x"), drafts=True)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_stays_the_same_picture(kind, tmp_path):
    picture = photo(kind)
    path = tmp_path / f"x.{picture.name.split('.')[1]}"
    path.write_bytes(picture.content)
    again = picture_of(path)
    assert (again.name, again.content) == (picture.name, picture.content)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_picture_with_something_in_it_is_drawn_anew(kind, tmp_path):
    plain = photo(kind)
    exif = Image.Exif()
    exif[0x010E] = "secret words"
    out = io.BytesIO()
    Image.open(io.BytesIO(plain.content)).save(out, kind, exif=exif)
    for data in (out.getvalue(), plain.content + b"<script>secret words</script>"):
        path = tmp_path / "x.jpg"
        path.write_bytes(data)
        assert b"secret" in data
        try:
            assert b"secret" not in picture_of(path).content
        except ContentFileError:
            pass
