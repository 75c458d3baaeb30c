"""Which words are marked, where, and what stays untouched."""

import html as html_module
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from education.glossary.annotate import (
    TermEntry,
    TermIndex,
    annotate,
    definitions,
    is_abbreviation,
)


def term(slug, *labels, plain="Plain.", technical="Technical."):
    pairs = tuple((text, is_abbreviation(text)) for text in labels)
    return TermEntry(slug, labels[0], plain, technical, pairs)


TERMS = [
    term("gh", "growth hormone", "GH"),
    term("ghrh", "growth hormone-releasing hormone", "GHRH"),
    term("sermorelin", "sermorelin", "GHRH(1-29)"),
    term("hpa", "HPA axis", "hypothalamic–pituitary–adrenal axis"),
    term("hpa-dysfunction", "HPA axis dysfunction"),
    term("sol", "sleep onset latency", "SOL"),
    term("star", "StAR protein", "StAR"),
    term("tnf", "tumor necrosis factor alpha", "TNF-α"),
    term("nfkb", "NF-κB"),
    term("estradiol", "estradiol", "17β-estradiol", "E2"),
    term("lh", "luteinizing hormone", "LH"),
    term("il6", "IL-6"),
    term("insomnia", "insomnia"),
    term("empty", "undefined word", plain="", technical=" "),
]
INDEX = TermIndex(TERMS)


def marks(html, index=INDEX):
    """The marked texts with their terms, in order."""
    found = re.findall(
        r'<button type="button" class="term" popovertarget="term-([^"]+)">(.*?)</button>',
        annotate(html, "academic", index).html,
        re.DOTALL,
    )
    return [(text, slug) for slug, text in found]


def visible(html):
    return html_module.unescape(re.sub(r"<[^>]*>", "", html))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>Growth hormone and GH.</p>", [("Growth hormone", "gh")]),
        ("<p>INSOMNIA</p>", [("INSOMNIA", "insomnia")]),
        # the longest match wins, and its words are spent
        ("<p>Growth hormone-releasing hormone</p>", [("Growth hormone-releasing hormone", "ghrh")]),
        (
            "<p>HPA axis dysfunction, HPA axis dysfunction, HPA axis</p>",
            [("HPA axis dysfunction", "hpa-dysfunction"), ("HPA axis", "hpa")],
        ),
        # names are plain text, not patterns
        ("<p>GHRH(1-29) is given</p>", [("GHRH(1-29)", "sermorelin")]),
        ("<p>GHRH(1x29) GHRH129</p>", [("GHRH", "ghrh")]),
        ("<p>TNF-α rises</p>", [("TNF-α", "tnf")]),
        ("<p>TNF‑α and NF–κB</p>", [("TNF‑α", "tnf"), ("NF–κB", "nfkb")]),
        ("<p>17β-estradiol</p>", [("17β-estradiol", "estradiol")]),
        (
            "<p>hypothalamic-pituitary-adrenal axis</p>",
            [("hypothalamic-pituitary-adrenal axis", "hpa")],
        ),
        # abbreviations match their case only
        ("<p>A star by the Sol, ghrh, tnf-α</p>", []),
        ("<p>StAR</p>", [("StAR", "star")]),
        ("<p>STAR Star</p>", []),
        # whole words
        ("<p>LHRH, GHs, insomniac, IL-60, E2b</p>", []),
        ("<p>(insomnia), “SOL”; insomnia’s</p>", [("insomnia", "insomnia"), ("SOL", "sol")]),
        ("<p>un<em>insomnia</em>, GH<sub>2</sub>, <strong>in</strong>somnia</p>", []),
        ("<p>insomnïa ïnsomnia insomniá</p>", []),
        # joined by a hyphen to what changes the name
        ("<p>LH-RH, 17α-estradiol, estradiol-3</p>", []),
        (
            "<p>IL-6-driven, insomnia-like, non-LH</p>",
            [("IL-6", "il6"), ("insomnia", "insomnia"), ("LH", "lh")],
        ),
        # white space
        ("<p>growth\n  hormone</p>", [("growth\n  hormone", "gh")]),
        ("<p>growth\u00a0hormone</p>", [("growth\u00a0hormone", "gh")]),
        (
            "<p>growth&nbsp;hormone &amp; insomnia</p>",
            [("growth&nbsp;hormone", "gh"), ("insomnia", "insomnia")],
        ),
        ("<p>in\u00adsomnia</p>", [("in\u00adsomnia", "insomnia")]),
        # never across tags
        ("<p>growth <em>hormone</em></p><p>growth</p><p>hormone</p>", []),
        ("<p>undefined word</p>", []),
        ("", []),
        ("insomnia", [("insomnia", "insomnia")]),
        ("<p>a < b insomnia > c</p>", [("insomnia", "insomnia")]),
    ],
)
def test_what_is_marked(html, expected):
    assert marks(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<h2>insomnia</h2>",
        "<h3>about <em>insomnia</em></h3>",
        '<a href="/x/">insomnia</a>',
        "<table><tr><th>insomnia</th></tr></table>",
        "<table><caption>insomnia</caption></table>",
        "<code>insomnia</code>",
        "<button>insomnia</button>",
        '<sup class="cite"><a href="#ref-1">insomnia</a></sup>',
        "<figure><figcaption>insomnia</figcaption></figure>",
        '<img alt="insomnia">',
        '<p title="a > insomnia">x</p>',
    ],
)
def test_where_nothing_is_marked(html):
    assert annotate(html, "fundamentals", INDEX).html == html


def test_marking_goes_on_after_a_place_where_nothing_is_marked():
    html = "<h3>Insomnia</h3><ul><li><strong>Note:</strong> insomnia</li></ul>"
    assert marks(html) == [("insomnia", "insomnia")]


def test_words_in_quotes_callouts_and_cells_are_marked():
    for html in ("<blockquote><p>insomnia</p></blockquote>", '<p class="callout">insomnia</p>',
                 "<table><tr><td>insomnia</td></tr></table>"):  # fmt: skip
        assert marks(html) == [("insomnia", "insomnia")]


def test_a_citation_does_not_become_part_of_a_word():
    html = '<p>insomnia<sup class="cite"><a href="#ref-1">1</a></sup></p>'
    assert marks(html) == [("insomnia", "insomnia")]


def test_terms_are_listed_in_order_of_use():
    result = annotate("<p>IL-6 and GH and IL-6</p>", "academic", INDEX)
    assert [entry.slug for entry in result.terms] == ["il6", "gh"]


def test_a_mark_that_is_there_counts():
    once = annotate("<p>GH and insomnia</p>", "academic", INDEX)
    twice = annotate(once.html + "<p>insomnia, IL-6</p>", "academic", INDEX)
    assert twice.html.count("<button") == 3
    assert [entry.slug for entry in twice.terms] == ["gh", "insomnia", "il6"]


@pytest.mark.parametrize(
    "text", "HRT StAR E2 SE N3 IL-6 TNF-α BMAL1 GHRH(1-29) CBT-I SOL NF-kB".split()
)
def test_abbreviations(text):
    assert is_abbreviation(text)


@pytest.mark.parametrize(
    "text", ["Arimidex", "sleep apnea", "REM sleep", "estradiol", "17β-estradiol", ""]
)
def test_words_that_are_no_abbreviations(text):
    assert not is_abbreviation(text)


@pytest.mark.parametrize(
    ("plain", "technical", "level", "expected"),
    [
        ("P", "T", "fundamentals", ("P", "")),
        ("P", "T", "intermediate", ("P", "T")),
        ("P", "T", "academic", ("T", "")),
        ("", "T", "fundamentals", ("T", "")),
        ("", "T", "intermediate", ("T", "")),
        ("P", "", "intermediate", ("P", "")),
        ("P", "", "academic", ("P", "")),
    ],
)
def test_definitions_by_level(plain, technical, level, expected):
    assert definitions(term("x", "x", plain=plain, technical=technical), level) == expected


# --- For any text ---------------------------------------------------------------------------

LABELS = [text for entry in TERMS for text, _ in entry.labels]
WORDS = st.sampled_from(
    [
        *LABELS,
        "sleep",
        "LH-RH",
        "&amp;",
        "&nbsp;",
        "&lt;b&gt;",
        "x<br>y",
        "-",
        "–",
        "(",
        ")",
        "é",
        "ﬁ",
    ]
)
ANY_TEXT = st.text(max_size=12).map(html_module.escape)
TEXT = st.lists(WORDS | ANY_TEXT, max_size=8).flatmap(
    lambda parts: st.sampled_from(["", " ", "-", "\n"]).map(lambda glue: glue.join(parts))
)
INLINE = st.sampled_from(["em", "strong", "sub", "sup", "a", "code", "button"])
BLOCK = st.sampled_from(["p", "h3", "blockquote", "td", "th", "li", "div", "figcaption"])


def wrapped(inner):
    return st.tuples(INLINE | BLOCK, st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    )


HTML = st.lists(st.recursive(TEXT, wrapped, max_leaves=12), max_size=5).map("".join)


@settings(deadline=None)  # a busy machine is no failure
@given(HTML)
@example("<p>LH-<em>RH</em></p>")
@example("growth growth hormone-releasing hormone hormone")
def test_it_only_adds_marks_of_text_and_none_twice(html):
    result = annotate(html, "intermediate", INDEX)
    added = re.sub(
        r'<button type="button" class="term"[^>]*>(.*?)</button>',
        r"\1",
        result.html,
        flags=re.DOTALL,
    )
    assert added == html
    assert visible(result.html) == visible(html)
    # They never nest and hold text only.
    for inside in re.findall(r'class="term"[^>]*>(.*?)</button>', result.html, flags=re.DOTALL):
        assert "<" not in inside
    for outside in re.findall(
        r"<(?:a|button|code|h3|th|figcaption)>((?:(?!</?(?:a|button)>).)*)", html
    ):
        assert 'class="term"' not in outside
    slugs = re.findall(r'popovertarget="term-([^"]+)"', result.html)
    assert len(slugs) == len(set(slugs))
    assert slugs == [entry.slug for entry in result.terms]
    # Marking twice is marking once.
    assert annotate(result.html, "intermediate", INDEX) == result


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.text(max_size=15), max_size=6), TEXT)
def test_any_label_is_plain_text(labels, html):
    index = TermIndex(
        [TermEntry(f"t{n}", text, "P", "T", ((text, n % 2 == 0),)) for n, text in enumerate(labels)]
    )
    assert visible(annotate(html, "academic", index).html) == visible(html)


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(alphabet="<>\"'&;/!- abpGH", max_size=60))
def test_broken_html_does_no_harm(html):
    marked = annotate(html, "academic", INDEX).html
    assert re.sub(r'<button type="button" class="term"[^>]*>(.*?)</button>', r"\1", marked) == html


@pytest.mark.parametrize(
    "hostile", ["<" * 50_000, "<a " * 20_000, '<a b="' * 10_000, "<!--" * 20_000, "&" * 50_000]
)
def test_hostile_text_takes_no_time(hostile):
    annotate(hostile, "academic", INDEX)
