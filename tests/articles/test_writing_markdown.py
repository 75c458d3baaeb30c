"""Rich text to Markdown and back: the same text, whatever was in it."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from education.articles.content_files.markdown import compact, to_sections
from education.articles.content_files.writing import heading_line, to_markdown
from education.articles.richtext import clean

from .test_richtext import RICH


def back(markdown, path):
    (section,) = to_sections(markdown, path)
    return section.body


# What Markdown says without HTML.
READABLE = {
    "<p>One <strong>two</strong> <em>three</em> H<sub>2</sub>O x<sup>2</sup></p>": (
        "One **two** *three* H~2~O x^2^"
    ),
    '<p>a &lt;b&gt; *c* _d_ e_f [g] #h `i` ~j~ k^l \\ "m" n\'o &amp;amp; p|q {figure:x} r</p>': (
        'a \\<b> \\*c\\* \\_d\\_ e_f \\[g\\] #h \\`i\\` \\~j\\~ k\\^l \\\\ \\"m\\" n\\\'o \\&amp; '
        "p|q \\{figure:x} r"
    ),
    "<p># a</p><p>- b</p><p>1. c</p><p>&gt; d</p><p>Table: e</p><p>::: f</p>": (
        "\\# a\n\n\\- b\n\n1\\. c\n\n\\> d\n\nTable\\: e\n\n\\::: f"
    ),
    "<p>α-amylase, 17β-estradiol [@a-2011; @b]</p>": "α-amylase, 17β-estradiol [@a-2011; @b]",
    "<p>a [@a-2011][@b](c) [@d]</p>": "a [@a-2011][@b]\\(c) [@d]",
    "<p>first<br>second</p>": "first\\\nsecond",
    '<p class="callout">a</p><p class="callout">b</p>': "::: callout\na\n\nb\n:::",
    "<h3>A</h3><h4>B #</h4>": "### A\n\n#### B \\#",
    "<blockquote><p>a <em>b</em></p><p>c</p></blockquote>": "> a *b*\n>\n> c",
    "<ul><li>a</li><li><strong>B:</strong> c<ol><li>d</li></ol></li></ul>": (
        "- a\n- **B:** c\n  1. d"
    ),
    "<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>": "- a\n\n  b\n\n- c",
    "<ul><li>a</li></ul><ul><li>b</li></ul>": "- a\n\n* b",
    '<p class="table-caption">C</p><table><thead><tr><th>a|b</th><th>c</th></tr></thead>'
    "<tbody><tr><th>d</th><td>e<br>f</td></tr></tbody></table>": (
        "Table: C\n\n| a\\|b | c |\n| --- | --- |\n| d | e<br>f |"
    ),
    "<p>{figure:night}</p>": "{figure:night}",
    '<p><a href="https://example.org/?a=1&amp;b=2">out</a> <a href="#p">p</a></p>': (
        "[out](https://example.org/?a=1&b=2) [p](#p)"
    ),
}


@pytest.mark.parametrize("html", READABLE)
def test_what_markdown_can_say_it_says(html, tmp_path):
    assert clean(html) == html
    assert to_markdown(html) == READABLE[html]
    assert back(READABLE[html], tmp_path) == html


# What it can't, and what looks like something else.
OTHERS = [
    RICH,
    "words in no block",
    "<strong>a</strong> b<p>c</p>d",
    "<p></p><p>a</p><p><br></p>",
    "<p> a </p><p>b  c</p><p>\td</p><p>\xa0</p>".replace("\xa0", "&nbsp;"),
    "<p><strong> a</strong>b<em>c </em><strong></strong>d</p>",
    "<p>x<sub>a b</sub><sup>*</sup><sub></sub></p>",
    "<p><strong><em>a</em></strong><em><strong>b</strong></em><em>c</em></p>",
    '<p><a href="/a b/(c)?d=&quot;e&quot;&amp;copy;">f]</a>![<a href="é">g</a></p>',
    "<p>&amp;copy; &amp;#42; &amp;</p>",
    "<p>[@a](b) [@a][b] [@a 2011] [@a]: b [^1]</p>",
    "<p>{figure:a} and {figure:b}</p><p>{ figure:c }</p><p><strong>{figure:d}</strong></p>",
    "<ul><li><p>alone</p></li></ul>",
    "<ul><li></li><li><p></p></li><li>a<p>b</p></li></ul>",
    "<ul><li><blockquote><p>q</p></blockquote></li></ul>",
    '<ul><li><p class="callout">a</p></li></ul>',
    '<p class="table-caption">lost</p><p>a</p>',
    '<p class="table-caption">C</p><table><tbody><tr><th colspan="2"><p>A</p></th></tr>'
    '<tr><td rowspan="2">b</td><td>c</td></tr></tbody></table>',
    "<table><tbody><tr><th><p>a</p></th></tr><tr><td><p>b</p><ul><li>c</li></ul></td></tr>"
    "</tbody></table>",
    "<h3>a<br>b</h3><blockquote><h3>c</h3></blockquote><blockquote>bare</blockquote>",
    "<p>a\nb</p><p>c\\\nd</p><p>e<br>- f<br>1. g<br>---<br>a|b<br>-|-</p>",
    "<p>\u2028 a \u2003</p><p>\x85</p>",
    "<ol><li><p>a</p></li><li><p>b</p></li></ol><ol><li><p>c</p></li></ol>",
    "<ul>" + "<li>x<ul>" * 30 + "<li>deep</li>" + "</ul></li>" * 30 + "</ul>",
    "<p>a</p><ul><li>b</li></ul>",
    "<p>(c) -- ... +- 'q' \"r\"</p>",
    "<p>&lt;script&gt; &lt;!-- --&gt; <br></p>",
]


@pytest.mark.parametrize("html", OTHERS)
def test_everything_else_comes_back_as_well(html, tmp_path):
    html = clean(html)
    assert back(to_markdown(html), tmp_path) == compact(html)


def test_a_table_of_the_editor_stands_line_by_line():
    html = clean(
        "<table><tbody><tr><th><p>a</p></th></tr><tr><td><p>b</p></td></tr></tbody></table>"
    )
    assert to_markdown(html) == (
        "<table>\n<tbody>\n<tr><th><p>a</p></th></tr>\n<tr><td><p>b</p></td></tr></tbody>\n</table>"
    )


def test_line_breaks_between_blocks_mean_nothing():
    assert compact("<p>a\nb</p>\n\n<ul>\n<li>c\n<ul>\n<li>d<br>\ne</li>\n</ul></li></ul>\n") == (
        "<p>a\nb</p><ul><li>c<ul><li>d<br>e</li></ul></li></ul>"
    )


# --- Whatever somebody writes -----------------------------------------------------------------

PIECES = [
    *"aαβ2Z .,:;-+=*_~^#|\\`[](){}<>&!\"'@/ \n",
    *(
        "{figure:",
        "[@a-1]",
        "1. ",
        "- ",
        "Table: ",
        "&amp;",
        "http://x.org",
        "  ",
        "\xa0",
        "\u2028",
    ),
]
WORDS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrapped(tag, attributes=""):
    return lambda inside: f"<{tag}{attributes}>{inside}</{tag}>"


LINKS = st.sampled_from(["/a/", "https://e.org/?a=1&amp;b=(2)", "#x y", "mailto:a@e.org", "é*_[]"])
INLINE = st.recursive(
    st.one_of(WORDS.map(escaped), st.just("<br>")),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        *(inner.map(wrapped(tag)) for tag in ("strong", "em", "sub", "sup")),
        st.tuples(LINKS, inner).map(lambda pair: f'<a href="{pair[0]}">{pair[1]}</a>'),
    ),
    max_leaves=4,
)
CELL = st.one_of(
    INLINE.map(wrapped("td")),
    INLINE.map(wrapped("th")),
    INLINE.map(wrapped("p")).map(wrapped("td", ' colspan="2"')),
)
ROW = st.lists(CELL, min_size=1, max_size=2).map("".join).map(wrapped("tr"))
TABLE = st.tuples(
    st.lists(INLINE.map(wrapped("th")), min_size=1, max_size=2).map("".join),
    st.lists(ROW, max_size=2).map("".join),
).map(lambda both: f"<table><thead><tr>{both[0]}</tr></thead><tbody>{both[1]}</tbody></table>")
PARAGRAPH = st.one_of(
    INLINE.map(wrapped("p")),
    INLINE.map(wrapped("p", ' class="callout"')),
    INLINE.map(wrapped("p", ' class="table-caption"')),
    st.just("<p>{figure:night}</p>"),
)
BLOCK = st.recursive(
    st.one_of(PARAGRAPH, INLINE.map(wrapped("h3")), INLINE.map(wrapped("h4")), TABLE, INLINE),
    lambda inner: st.one_of(
        st.lists(inner.map(wrapped("li")), min_size=1, max_size=3).map("".join).map(wrapped("ul")),
        st.lists(inner.map(wrapped("li")), min_size=1, max_size=3).map("".join).map(wrapped("ol")),
        inner.map(wrapped("blockquote")),
        st.lists(inner, min_size=2, max_size=3).map("".join),
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(st.lists(BLOCK, min_size=1, max_size=4).map("".join))
def test_any_text_comes_back_as_it_was(tmp_path, html):
    html = compact(clean(html))
    written = to_markdown(html)
    if not html:
        assert written == ""
        return
    assert back(written, tmp_path) == html
    assert to_markdown(back(written, tmp_path)) == written


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(WORDS.filter(lambda text: text.strip()))
def test_any_heading_comes_back_as_it_was(tmp_path, heading):
    heading = " ".join(heading.split())
    (section,) = to_sections(f"{heading_line('key', heading)}\n\ntext", tmp_path)
    assert re.sub(r"\s+", " ", section.heading) == heading and section.key == "key"
