"""What has changed since the edition before: by section, words marked, never dangerous."""

import re
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from education.articles import comparison, richtext
from education.articles.comparison import compare, edition_before
from education.articles.models import Edition, Section
from tests.factories import (
    EditionFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReviewerFactory,
)


def sides(old, new):
    return comparison._side_by_side(old, new)


def marked(html, tag):
    """The words inside one kind of mark, without the words for the ear."""
    html = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", html)
    inside = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in inside]


def plain(html):
    html = re.sub(r'<span class="visually-hidden">[^<]*</span>', "", html)
    return "".join(re.sub(r"<[^>]*>", " ", html).split())


# --- Words ----------------------------------------------------------------------------------


def test_words_that_went_and_came_are_marked_on_their_side():
    old, new = sides(
        "<p>Sleep helps the body to heal well. It helps you to think.</p>",
        "<p>Sleep helps the body to heal well. It helps you to remember.</p>",
    )
    assert marked(old, "del") == ["think."] and not marked(old, "ins")
    assert marked(new, "ins") == ["remember."] and not marked(new, "del")
    assert "removed:" in old and "added:" in new


def test_blocks_that_stayed_are_not_marked():
    old, new = sides(
        "<p>One.</p><ul><li>Two</li></ul><p>Three.</p>", "<p>One.</p><p>New.</p><p>Three.</p>"
    )
    assert marked(old, "del") == ["Two"]
    assert marked(new, "ins") == ["New."]
    assert "<ul>" in old and "<ul>" not in new


def test_structure_stays_on_both_sides():
    table = "<table><tbody><tr><th>A</th><td>1</td></tr></tbody></table>"
    old, new = sides(f"<p>x</p>{table}", f"<p>y</p>{table.replace('1', '2')}")
    for side in (old, new):
        assert side.count("<table>") == side.count("</table>") == 1
        assert "<td>" in side


@pytest.mark.parametrize(("old", "new"), [("", "<p>x</p>"), ("<p>x</p>", ""), ("", "")])
def test_nothing_on_one_side(old, new):
    left, right = sides(old, new)
    assert (plain(left), plain(right)) == (plain(old), plain(new))


HOSTILE = [
    "<script>alert(1)</script><p>a</p>",
    '<p onclick="alert(1)">a</p>',
    '<p><a href="javascript:alert(1)">a</a></p>',
    '<p style="color:red" class="x">a</p>',
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<ins onmouseover=alert(1)>a</ins><del>b</del>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<table><td><p>a</table><b></p>",
    "<p>a\x00b</p>",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_is_shown_is_clean(hostile):
    for old, new in ((hostile, "<p>b</p>"), ("<p>b</p>", hostile), (hostile, hostile + hostile)):
        for side in sides(old, new):
            for poison in ("<script", "onclick", "onerror", "onload", "javascript:", "style=",
                           "<img", "<svg", "onmouseover"):  # fmt: skip
                assert poison not in side


words = st.sampled_from("sleep night care the a of and <em>hormone</em> &lt;b&gt; [@a-1]".split())
paragraph = st.lists(words, min_size=1, max_size=12).map(" ".join)
block = st.one_of(
    paragraph.map("<p>{}</p>".format),
    st.lists(paragraph, min_size=1, max_size=3).map(
        lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
    ),
    paragraph.map("<h3>{}</h3>".format),
    paragraph.map("<blockquote><p>{}</p></blockquote>".format),
)
text = st.lists(block, max_size=5).map("".join)


@given(old=text, new=text)
@settings(deadline=None)
def test_each_side_says_what_its_edition_says(old, new):
    left, right = sides(old, new)
    assert plain(left) == plain(richtext.clean(old))
    assert plain(right) == plain(richtext.clean(new))
    if plain(old) == plain(new):
        return
    assert marked(left, "del") or marked(right, "ins")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>" + "a " * 90_000 + "</p>", "<p>" + "b " * 90_000 + "</p>"),
        ("<p>x</p>" * 20_000, "<p>y</p>" * 20_000),
        ("<p>" + "night " * 5_900 + "</p>", "<p>" + "night day " * 2_950 + "</p>"),
        ("<p>" + "a" * 190_000 + "</p>", "<p>" + "b" * 190_000 + "</p>"),
        ("<ul><li>a" * 90, "<ol><li>b" * 90),
    ],
)
def test_a_monstrous_section_takes_no_time(old, new):
    start = time.process_time()
    left, right = sides(old, new)
    assert time.process_time() - start < 8
    assert "<del>" in left and "<ins>" in right


# --- Editions -------------------------------------------------------------------------------


@pytest.fixture
def pair(db, editor):
    published = PublishedEditionFactory(
        body=[(f"Part {n}", f"<p>The text of part number {n} as it was.</p>") for n in range(5)]
    )
    return published, Edition.start(published.article, published.level, editor)


def test_sections_are_matched_by_key_and_said_in_words(pair):
    old, new = pair
    new.sections.get(key="part-1").delete()
    new.sections.filter(key="part-0").update(position=9)
    new.sections.filter(key="part-2").update(heading="Part two")
    new.sections.filter(key="part-3").update(body="<p>The text of part number 3 as it is.</p>")
    Section.objects.create(edition=new, key="more", heading="More", body="<p>x</p>", position=10)
    result = compare(old, new)
    assert {change.key: change.notes for change in result.sections} == {
        "part-0": ["Moved: it was part 1 and is now part 4"],
        "part-1": ["Removed section"],
        "part-2": ["Heading changed"],
        "part-3": ["Text changed"],
        "part-4": [],
        "more": ["New section"],
    }
    by_key = {change.key: change for change in result.sections}
    assert marked(by_key["part-2"].new_heading, "ins")
    assert marked(by_key["part-1"].old_html, "del") and not by_key["part-1"].new_html
    assert by_key["part-0"].only_moved and not by_key["part-3"].only_moved
    assert [change.key for change in result.unchanged] == ["part-4"]


def test_a_copy_is_the_same(pair):
    assert compare(*pair).is_same


def test_figures_and_facts_are_compared(editor):
    body = "<p>{figure:a}</p><p>{figure:b}</p>"
    old = EditionFactory(body=body)
    FigureFactory(edition=old, key="a", alt="A curve that rises.", caption="Same")
    FigureFactory(edition=old, key="b")
    old.submit(old.author)
    old.publish(ReviewerFactory())
    new = Edition.start(old.article, old.level, editor)
    new.figures.get(key="b").delete()
    new.figures.filter(key="a").update(alt="A curve that falls.", image="other.png")
    FigureFactory(edition=new, key="c")
    Edition.objects.filter(pk=new.pk).update(grade_reason="Long names.")
    new.article.title = "<b>Another</b> title"
    new.article.save()
    result = compare(old, Edition.objects.get(pk=new.pk))
    notes = {figure.key: figure.note for figure in result.figures}
    assert notes == {"a": "Changed", "b": "Removed figure", "c": "New figure"}
    changed = next(figure for figure in result.figures if figure.key == "a")
    assert [fact.name for fact in changed.facts] == ["Picture", "alternative text"]
    facts = {fact.name: fact for fact in result.facts}
    assert facts.keys() == {"reason for an unusual reading grade", "title"}
    assert "&lt;b&gt;Another" in facts["title"].new


def test_what_an_edition_is_compared_with(pair, reviewer, editor):
    first, second = pair
    assert edition_before(first) is None
    assert edition_before(second) == first
    second.submit(editor)
    assert edition_before(second) == first
    second.publish(reviewer)
    assert edition_before(second) == first
    third = Edition.start(first.article, first.level, editor)
    assert edition_before(third) == second
    second.retire(editor)
    assert edition_before(third) == second
    assert edition_before(second) == first
    first.refresh_from_db()
    assert edition_before(first) is None


def test_comparing_costs_the_same_for_many_sections_as_for_one(editor):
    def cost(count):
        old = PublishedEditionFactory(body=[("Head", "<p>x</p>")] * count)
        new = Edition.start(old.article, old.level, editor)
        new.sections.update(body="<p>y</p>")
        with CaptureQueriesContext(connection) as queries:
            compare(edition_before(new), new)
        return len(queries)

    assert cost(1) == cost(9) <= 7
