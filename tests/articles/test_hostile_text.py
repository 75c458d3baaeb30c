"""Everything a hostile pen could write, in every field that takes words: it comes out harmless.

What patients and editors are shown is parsed as a browser would and looked through: no script,
no handler, no address that runs, no style. How much work was done is counted, never timed.
"""

import html as html_module
import json
import re

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from education.articles import pasted, richtext
from education.articles.content_files.errors import ContentFileError
from education.articles.content_files.markdown import to_sections
from education.articles.content_files.svg import checked as checked_drawing
from education.articles.models import Edition, Level, Prompt
from education.articles.pages import page_of
from education.articles.readability import prose
from education.articles.richtext import clean
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    TermFactory,
)

from .admin_pages import article_data, change_url, form_data
from .hostile import DRAWINGS, HOSTILE, JAVASCRIPT, MARKUP, TAGS, offences, page_offences


def shown_parts(page):
    return [page.body_html, page.references_html, page.terms_html]


def test_the_judge_knows_an_offence():
    for hostile in ["<script>x</script>", "<p onclick=x>", "<p style=x>", "<svg>", "<!-- x -->"]:
        assert offences(hostile)
    for address in ["javascript:x", "data:x", "//evil.example", "/\\evil"]:
        assert offences(f"<a href='{address}'>x</a>"), address
    assert not offences("<p>a <a href='/x'>b</a> <a href='https://example.org/'>c</a></p>")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_sanitiser_leaves_nothing_that_runs(hostile):
    for html in (hostile, f"<p>{hostile}</p>", f"<ul><li>{hostile}</li></ul>", f"<div>{hostile}"):
        cleaned = clean(html)
        assert not offences(cleaned), cleaned
        assert set(re.findall(r"<([a-z0-9]+)", cleaned)) <= TAGS
        classes = set(re.findall(r'class="([^"]*)"', cleaned))
        assert classes <= richtext.PARAGRAPH_CLASSES
        assert clean(cleaned) == cleaned


WILD_TAGS = st.sampled_from(
    "p div h1 h2 h6 ul li strong b i u em table tr td th caption a span blockquote sup script svg "
    "math style template noscript font o:p dl dt dd pre section br center".split()
)
PATTERNS = st.sampled_from(
    ["<{}>", "</{}>", "<{} style='mso-list:l0 level2'>", "<{} onclick=x href='javascript:x'>", "x",
     "&nbsp;", "<{} style='font-weight:700;mso-list:Ignore'>", "<!--", "<![endif]>", "1."]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(PATTERNS, WILD_TAGS), max_size=30))
def test_whatever_is_pasted_comes_out_harmless_and_stays_as_it_is(parts):
    once = clean("".join(pattern.format(tag) for pattern, tag in parts))
    assert not offences(once)
    assert clean(once) == once


# --- Monsters: the work is bounded ----------------------------------------------------------

MONSTERS = {
    "5 MB of nested lists": "<ul><li>" * 600_000 + "word",
    "5 MB of nested lists, closed": "<ul><li>" * 250_000 + "word" + "</li></ul>" * 250_000,
    "100,000 entities": "&amp;" * 100_000 + "word",
    "100,000 unknown entities": "&unknown;" * 100_000 + "word",
    "nested bold": "<b>" * 100_000 + "word",
    "nested tables": "<table><tr><td>" * 30_000 + "word",
    "nested boxes": "<div>" * 100_000 + "word",
    "one endless attribute": f"<p title='{'x' * 1_000_000}'>word</p>",
    "a hundred thousand attributes": f"<p {'a=1 ' * 100_000}>word</p>",
    "endless opening": "<" * 1_000_000 + "word",
    "open comments": "<!--" * 200_000 + "word",
}


@pytest.fixture
def counted(monkeypatch):
    """How many signs the expensive readers were given."""
    given = {"signs": 0, "calls": 0}

    def counting(cleaner):
        class Counted:
            def clean(self, html):
                given["signs"] += len(html)
                given["calls"] += 1
                return cleaner.clean(html)

        return Counted()

    monkeypatch.setattr(richtext, "_CLEANER", counting(richtext._CLEANER))
    monkeypatch.setattr(pasted, "_READER", counting(pasted._READER))
    return given


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_costs_a_bounded_amount_of_work(name, counted):
    cleaned = clean(MONSTERS[name])
    # The sanitiser's time grows with the nesting: it never sees more than this much.
    assert counted["calls"] <= 12
    assert counted["signs"] <= 12 * 1_000_000
    assert not offences(cleaned)
    assert depth(cleaned) <= 110
    if "nested" in name:
        assert cleaned == "<p>word</p>"


def depth(html):
    """How deep the elements stand in each other, counted without recursion."""
    deepest = now = 0
    for tag in re.finditer(r"<(/?)([a-z0-9]+)[^>]*>", html):
        if tag[2] != "br":
            now += -1 if tag[1] else 1
            deepest = max(deepest, now)
    return deepest


@pytest.mark.once
@pytest.mark.django_db
def test_a_monster_never_becomes_a_section(editor, signed_in):
    draft = EditionFactory()
    data = form_data(draft, **{"sections-0-body": "<ul><li>" * 300_000 + "word " * 60_000})
    response = signed_in(editor).post(change_url(draft), data)
    assert response.status_code == 200
    assert "too long to be read" in response.content.decode()


@pytest.mark.django_db
def test_many_equal_headings_are_numbered_without_trying_all_numbers():
    from education.articles import rendering

    tries = 0

    class Counting(set):
        def __contains__(self, name):
            nonlocal tries
            tries += 1
            return super().__contains__(name)

    page = rendering._Page([], {}, {}, Level.ACADEMIC, None)
    page.ids = Counting()
    names = {page._free_id("same") for _ in range(5_000)}
    assert len(names) == 5_000
    assert tries <= 3 * 5_000


def test_text_that_only_looks_like_citations_is_read_in_one_go():
    # Each unclosed mark once searched the whole rest of the text for its end.
    assert prose(f"<p>{'[@' * 50_000}</p>") == ["[@" * 50_000]


# --- Every field, through the admin's forms -------------------------------------------------


def short(hostile, length):
    return hostile.replace("\n", " ").replace("\r", " ")[:length]


# What databases make of hostile text is asked in tests/access/test_hostile_content.py.
@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize(
    "hostile", [*MARKUP[::5], *[f'<a href="{one}">x</a>' for one in JAVASCRIPT[::8]]]
)
def test_an_article_written_by_a_hostile_pen_is_harmless_everywhere(hostile, signed_in, reviewer):
    editor = EditorFactory()
    client = signed_in(editor)
    article = ArticleFactory()
    data = article_data(
        article,
        title=short(hostile, 150) or "x", summary=short(hostile, 250), audience=short(hostile, 80),
        codes=json.dumps({short(hostile, 40): short(hostile, 40)}),
        **{
            "prompts-TOTAL_FORMS": 1, "prompts-0-text": short(hostile, 200),
            "prompts-0-position": 0,
        },
    )  # fmt: skip
    client.post(reverse("admin:articles_article_change", args=[article.pk]), data)
    article.refresh_from_db()
    draft = EditionFactory(article=article, author=editor)
    FigureFactory(edition=draft, key="night")
    reference = ReferenceFactory(
        key="hostile", authors=short(hostile, 200), title=short(hostile, 200),
        container=short(hostile, 100), volume=short(hostile, 20), issue=short(hostile, 20),
        pages=short(hostile, 40), doi="10.1000/" + re.sub(r"\s", "", hostile)[:80],
    )  # fmt: skip
    TermFactory(
        name="melatonin", plain_definition=hostile, technical_definition=hostile, slug="melatonin"
    )
    body = f"<p>Melatonin [@hostile] rises.</p>{hostile}<p>{{figure:night}}</p><p>[@{hostile}]</p>"
    answer = client.post(
        change_url(draft),
        form_data(
            draft,
            change_note=short(hostile, 150),
            grade_reason=short(hostile, 150),
            **{
                "sections-0-heading": short(hostile, 150),
                "sections-0-body": body,
                "figures-0-alt": short(hostile, 300),
                "figures-0-caption": short(hostile, 300),
            },
        ),  # fmt: skip
        follow=True,
    )
    assert answer.status_code == 200
    draft = Edition.objects.get(pk=draft.pk)
    for part in shown_parts(page_of(draft)):
        assert not offences(part), part
    addresses = [
        change_url(draft),
        reverse("admin:articles_article_change", args=[article.pk]),
        reverse("admin:articles_article_changelist"),
        reverse("admin:articles_reference_change", args=[reference.pk]),
        reverse("admin:articles_reference_changelist"),
        reverse("glossary:index"),
        draft.get_absolute_url(),
    ]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        assert not page_offences(response), address
    assert not page_offences(signed_in(reviewer).get(change_url(draft)))


@pytest.mark.django_db
def test_all_of_it_at_once_as_the_patient_reads_it(patient, signed_in):
    article = ArticleFactory(title="<script>alert(1)</script>", summary=MARKUP[0])
    Prompt.objects.create(article=article, text="<img src=x onerror=alert(1)>", position=0)
    body = [("<svg onload=alert(1)>", f"<p>Words. {one}</p>") for one in HOSTILE[:50]]
    # Written past the forms, as a careless script would: the page cleans nothing that the
    # sections' own cleaning has not, so the sections are cleaned here as every form does.
    body = [(heading, clean(text)) for heading, text in body]
    edition = PublishedEditionFactory(article=article, body=body)
    response = signed_in(patient).get(reverse("reading:reader", args=[article.slug, edition.level]))
    assert response.status_code == 200
    assert not page_offences(response)
    assert "<script>alert" not in response.content.decode()


# --- Files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_content_file_brings_nothing_that_runs(hostile, tmp_path):
    for text in (hostile, f"a {hostile} b", f"- {hostile}", f"> {hostile}", f"[x](<{hostile}>)"):
        try:
            sections = to_sections(f"Words.\n\n{text}\n", tmp_path / "x.md")
        except ContentFileError:
            continue  # refused as a whole, which is as good
        for section in sections:
            assert not offences(section.body), section.body


@pytest.mark.parametrize("part", DRAWINGS)
def test_a_drawing_that_could_run_or_load_is_refused(part, tmp_path):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">{part}</svg>'
    with pytest.raises(ContentFileError):
        checked_drawing(svg.encode(), tmp_path / "x.svg")


def test_a_drawing_with_entities_is_refused(tmp_path):
    entities = '<!DOCTYPE svg [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'
    bomb = f'{entities}<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1">&b;</svg>'
    with pytest.raises(ContentFileError):
        checked_drawing(bomb.encode(), tmp_path / "x.svg")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HOSTILE), st.sampled_from(HOSTILE))
def test_two_at_once_do_not_help_each_other(one, other):
    for html in (one + other, one[:-4] + other, html_module.unescape(one) + other):
        assert not offences(clean(html))
