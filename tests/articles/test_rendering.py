"""The page that is made of an edition: references, figures, tables, ids, marks."""

import re

import pytest
from django.utils import translation
from lxml import html as lxml_html

from education.articles.models import Level, Section
from education.articles.rendering import cited_keys, is_reserved, placed_figures, render
from education.glossary.annotate import TermIndex
from education.glossary.loading import term_index
from tests.factories import (
    AliasFactory,
    EditionFactory,
    FigureFactory,
    ReferenceFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db

NO_TERMS = TermIndex([])


def page_of(*parts, index=NO_TERMS, level=Level.FUNDAMENTALS, figures=()):
    edition = EditionFactory(
        level=level, body=[part if isinstance(part, tuple) else ("", part) for part in parts]
    )
    for key in figures:
        FigureFactory(edition=edition, key=key, caption=f"About {key}")
    return render(edition, index)


def tree(html):
    return lxml_html.fragment_fromstring(html, create_parent="div")


# --- Sections -------------------------------------------------------------------------------


def test_sections_with_and_without_heading():
    page = page_of(("", "<p>a</p>"), ("Nights & days", "<p>b</p>"))
    assert page.contents == [
        {"key": "part-0", "heading": ""},
        {"key": "part-1", "heading": "Nights & days"},
    ]
    parts = tree(page.body_html).xpath("./section[@class='part']")
    assert [(part.get("id"), part.get("data-section")) for part in parts] == [
        ("part-0", "part-0"),
        ("part-1", "part-1"),
    ]
    assert parts[1].findtext("h2") == "Nights & days"
    assert page.problems == []


def test_headings_have_stable_ids_that_are_unique():
    page = page_of(
        ("One", "<h3>Why [@x]</h3><p>a</p><h3>Why</h3><p>b</p>"), ("Two", "<h3>Why</h3><p>c</p>")
    )
    ids = [element.get("id") for element in tree(page.body_html).iter("h3")]
    assert ids == ["part-0-why", "part-0-why-2", "part-1-why"]


@pytest.mark.parametrize(
    ("parts", "skipped"),
    [
        ([("One", "<h3>a</h3><h4>b</h4>")], False),
        ([("One", "<h4>b</h4>")], True),
        ([("", "<h3>b</h3>")], True),
        ([("One", "<p>a</p>"), ("", "<h3>b</h3>")], False),
    ],
)
def test_skipped_heading_levels_are_a_problem(parts, skipped):
    page = page_of(*parts)
    assert any("skipped" in problem for problem in page.problems) is skipped


def test_an_empty_edition_and_an_empty_section():
    edition = EditionFactory(body=[])
    page = render(edition, NO_TERMS)
    assert (page.contents, page.body_html, page.references_html, page.terms_html) == (
        [],
        "",
        "",
        "",
    )
    assert "no text" in page_of(("Empty", "")).problems[0]


def test_a_key_that_the_page_uses_is_a_problem():
    edition = EditionFactory(body=[])
    Section.objects.create(edition=edition, key="references", body="<p>a</p>")
    assert "references" in render(edition, NO_TERMS).problems[0]
    assert is_reserved("term-x") and not is_reserved("short-nights")


def test_words_are_not_changed():
    body = "<p>TNF-α &lt; 5 &amp; “so”\u00a0it <em>goes</em>, </p>tail"
    page = page_of(body)
    assert tree(page.body_html).text_content().strip() == "TNF-α < 5 & “so”\u00a0it goes, tail"


# --- Citations ------------------------------------------------------------------------------


def test_references_are_numbered_by_first_citation_and_link_both_ways():
    for key in ("aa", "bb", "cc"):
        ReferenceFactory(key=key, title=f"About {key}")
    page = page_of(
        "<p>First. [@bb] <strong>deep <em>x [@aa]</em></strong> [@cc; @bb] end</p>",
        "<p>Again [@aa].</p>",
    )
    root = tree(page.body_html + page.references_html)
    links = root.xpath("//sup[@class='cite']/a")
    assert [(link.text, link.get("href"), link.get("id")) for link in links] == [
        ("1", "#ref-1", "cite-1-1"),
        ("2", "#ref-2", "cite-2-1"),
        ("3", "#ref-3", "cite-3-1"),
        ("1", "#ref-1", "cite-1-2"),
        ("2", "#ref-2", "cite-2-2"),
    ]
    entries = root.xpath("//ol[@class='references']/li")
    assert ["About bb" in entries[0].text_content(), "About aa" in entries[1].text_content()] == [
        True,
        True,
    ]
    ids = [element.get("id") for element in root.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for link in root.xpath("//a[starts-with(@href, '#')]"):
        assert link.get("href")[1:] in ids
        assert link.get("aria-label")
    backlinks = entries[0].xpath(".//span[contains(@class, 'backlinks')]/a/@href")
    assert backlinks == ["#cite-1-1", "#cite-1-2"]
    assert "First.<sup" in page.body_html
    assert page.problems == []


def test_a_reference_in_one_style():
    ReferenceFactory(
        key="r",
        authors="Leproult R, Van Cauter E",
        title="Effect of sleep.",
        container="JAMA",
        year=2011,
        volume="305",
        issue="21",
        pages="2173-2174",
        doi="10.1016/S0140-6736(99)<1>;2-#",
        pmid="21632481",
    )
    page = page_of("<p>a [@r]</p>")
    entry = tree(page.references_html)
    assert (
        entry.text_content()
        .strip()
        .startswith(
            "Leproult R, Van Cauter E. Effect of sleep. JAMA 2011;305(21):2173-2174. doi:10.1016/"
        )
    )
    addresses = entry.xpath(".//a[@rel]/@href")
    assert addresses == [
        "https://doi.org/10.1016/S0140-6736(99)%3C1%3E;2-%23",
        "https://pubmed.ncbi.nlm.nih.gov/21632481/",
    ]


def test_a_reference_with_an_address_only():
    ReferenceFactory(key="r", url="https://www.example.org/x")
    link = tree(page_of("<p>[@r]</p>").references_html).xpath(".//a[@rel]")[0]
    assert (link.get("href"), link.text) == ("https://www.example.org/x", "example.org")


def test_an_unknown_citation_leaves_nothing_and_is_a_problem():
    ReferenceFactory(key="known")
    page = page_of(("Part", "<p>a [@unknown] b [@known; @other] c</p>"))
    text = re.sub("<[^>]*>", "", page.body_html)
    assert "unknown" not in page.body_html and "a b1 c" in text.replace("\u2060", "")
    assert len(page.problems) == 2 and "unknown" in page.problems[0] and "Part" in page.problems[0]


def test_keys_in_a_text():
    assert cited_keys("<p>[@a-2011; @b_c] and [@a-2011] [ @d ]</p> @e [x]") == [
        "a-2011",
        "b_c",
        "d",
    ]
    assert placed_figures("<p>{figure:night}</p>") == ["night"]


# --- Figures --------------------------------------------------------------------------------


def test_figures_stand_where_they_are_placed():
    page = page_of("<p>a</p><p> {figure:one} </p><p>{figure:two}</p>", figures=["one", "two"])
    figures = tree(page.body_html).xpath(".//figure[@class='figure']")
    images = [figure.find("img") for figure in figures]
    assert [figure.get("id") for figure in figures] == ["figure-one", "figure-two"]
    assert images[0].get("src") == "/figures/figure.svg"
    assert images[0].get("alt") == "A curve that rises toward morning."
    assert (images[0].get("width"), images[0].get("height")) == ("360", "240")
    assert [image.get("loading") for image in images] == [None, "lazy"]
    assert figures[1].findtext("figcaption") == "About two"
    assert "{figure" not in page.body_html


def test_a_decorative_figure_has_an_empty_alternative():
    edition = EditionFactory(body="<p>{figure:leaf}</p>")
    FigureFactory(edition=edition, key="leaf", decorative=True, alt="not read")
    assert 'alt=""' in render(edition, NO_TERMS).body_html


def test_missing_and_misplaced_figures_are_problems():
    page = page_of("<p>{figure:none}</p><p>see {figure:one} here</p>", figures=["one"])
    assert len(page.problems) == 2
    assert "figure" not in tree(page.body_html).text_content()


# --- Tables, quotes, callouts, links --------------------------------------------------------

TABLE = (
    '<p class="table-caption">Parts of a <em>night</em> [@r]</p>'
    "<table><tbody><tr><th><p></p></th><th><p>Hormone [@r]</p></th><th>When</th></tr>"
    '<tr><th><p>Deep</p></th><td rowspan="2"><p>GH</p></td><td>early</td></tr>'
    '<tr><th>REM</th><td>late</td></tr><tr><td colspan="2">both</td><td>x</td></tr></tbody></table>'
)


def test_tables_get_head_caption_scopes_and_labels():
    ReferenceFactory(key="r")
    page = page_of(TABLE)
    box = tree(page.body_html).xpath(".//div[@class='table-scroll']")[0]
    assert (box.get("role"), box.get("tabindex"), box.get("aria-labelledby")) == (
        "region",
        "0",
        "table-1",
    )
    caption = box.xpath("./table/caption")[0]
    assert caption.get("id") == "table-1" and caption.text_content().startswith("Parts of a night")
    assert [(cell.tag, cell.get("scope")) for cell in box.xpath(".//thead/tr/*")] == [
        ("td", None),
        ("th", "col"),
        ("th", "col"),
    ]
    rows = box.xpath(".//tbody/tr")
    assert [[cell.get("data-label") for cell in row] for row in rows] == [
        [None, "Hormone", "When"],
        [None, "When"],
        [None, "When"],
    ]
    assert [row[0].get("scope") for row in rows] == ["row", "row", None]
    assert not box.xpath(".//td/p | .//th/p")
    assert "table-caption" not in page.body_html
    assert page.problems == []


def test_a_table_without_caption_and_head():
    page = page_of("<table><tbody><tr><td>a</td><td>b</td></tr></tbody></table>")
    box = tree(page.body_html).xpath(".//div[@class='table-scroll']")[0]
    assert box.get("aria-label") == "Table 1"
    assert not box.xpath(".//thead") and not box.xpath(".//*[@data-label]")


def test_a_caption_without_a_table_is_a_problem():
    assert "caption" in page_of('<p class="table-caption">Lost</p><p>a</p>').problems[0]


def test_quotes_callouts_and_links():
    page = page_of(
        "<blockquote><p>Quote</p></blockquote>"
        '<p class="callout">one</p><p>between</p>'
        '<p class="callout">two</p>\n<p class="callout">three</p>'
        '<p><a href="https://example.org/">out</a> <a href="/journal/">in</a></p>'
    )
    root = tree(page.body_html)
    assert root.xpath(".//blockquote/@class") == ["pull-quote"]
    assert root.xpath(".//p[@class='callout']/text()") == ["one"]
    assert root.xpath(".//div[@class='callout']/p/text()") == ["two", "three"]
    assert root.xpath(".//p/a/@rel") == ["external noopener"]


# --- Terms ----------------------------------------------------------------------------------


def test_terms_are_marked_once_per_section_and_explained_once():
    term = TermFactory(name="insomnia", slug="insomnia", plain_definition="Bad & broken sleep.")
    AliasFactory(term=term, text="sleeplessness")
    page = page_of(
        ("Insomnia", "<p>insomnia and insomnia</p>"), "<p>Sleeplessness</p>", index=term_index()
    )
    assert page.body_html.count('popovertarget="term-insomnia"') == 2
    cards = tree(page.terms_html).xpath("./div[@popover]")
    assert len(cards) == 1
    card = cards[0]
    assert card.get("id") == "term-insomnia"
    assert card.xpath(f".//*[@id='{card.get('aria-labelledby')}']")[0].text == "insomnia"
    assert "Bad & broken sleep." in card.text_content()
    close = card.xpath("./button")[0]
    assert (close.get("popovertarget"), close.get("popovertargetaction")) == (
        "term-insomnia",
        "hide",
    )


@pytest.mark.parametrize(
    ("level", "shown", "behind"),
    [
        ("fundamentals", "Plainly.", None),
        ("academic", "Exactly.", None),
        ("intermediate", "Plainly.", "Exactly."),
    ],
)
def test_definitions_follow_the_level(level, shown, behind):
    TermFactory(name="insomnia", plain_definition="Plainly.", technical_definition="Exactly.")
    card = tree(page_of("<p>insomnia</p>", index=term_index(), level=level).terms_html)
    assert card.xpath("./div/p/text()") == [shown]
    assert card.xpath(".//details/p/text()") == ([behind] if behind else [])


# --- Cost and language ----------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 3])
def test_the_same_three_queries_for_any_size(size, django_assert_num_queries):
    edition = EditionFactory(
        body=[(f"P{n}", f"<p>a [@r{n}]</p><p>{{figure:f{n}}}</p>") for n in range(size)]
    )
    for n in range(size):
        ReferenceFactory(key=f"r{n}")
        FigureFactory(edition=edition, key=f"f{n}")
    with django_assert_num_queries(3):
        render(edition, NO_TERMS)


def test_what_is_stored_does_not_depend_on_who_came_first():
    ReferenceFactory(key="r")
    edition = EditionFactory(body="<p>a [@r]</p>")
    with translation.override("de"):
        assert "Reference 1" in render(edition, NO_TERMS).body_html


def test_nothing_inline_for_the_content_security_policy():
    ReferenceFactory(key="r")
    page = page_of(TABLE + "<p>{figure:one}</p>", figures=["one"])
    for html in (page.body_html, page.references_html, page.terms_html):
        assert not re.search(r"<(?:script|style)|\sstyle=|\son\w+=", html)
