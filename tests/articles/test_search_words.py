"""What a search takes for a word, and how it shows a text: pure, without a database."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from education.articles.search import words
from education.articles.search.excerpt import excerpt, marked
from education.articles.search.index import plain_text
from education.articles.search.query import Labels, read
from education.articles.search.words import stem

NO_LABELS = Labels()


@pytest.mark.parametrize(
    "words_alike",
    ["night nights", "study studies", "sleep sleeping sleeps", "hormone hormonal hormones",
     "treat treated treating", "wake waking"],
)  # fmt: skip
def test_endings_do_not_matter(words_alike):
    assert len({stem(word) for word in words_alike.split()}) == 1


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ("Café", "cafe"),
        ("œstrogen’s", "oestrogen"),
        ("patient's", "patient"),
        ("don’t", "dont"),
        ("ﬁre", "fire"),
        ("H₂O", "h2o"),
        ("Ménière", "menier"),
        ("Straße", "strass"),
        ("ΑΒΣ", "αβσ"),
        ("_", ""),
    ],
)
def test_words_without_case_and_accents(raw, word):
    assert words.word_of(raw) == word


def test_an_excerpt_is_text_never_html():
    query = read("sleep", NO_LABELS)
    text = 'No <script>alert("sleep")</script> & no <mark>s for sleep.'
    assert excerpt(text, query) == (
        "No &lt;script&gt;alert(&quot;<mark>sleep</mark>&quot;)&lt;/script&gt; &amp; no "
        "&lt;mark&gt;s for <mark>sleep</mark>."
    )
    assert excerpt("Nothing here.", query) == ""


def test_an_excerpt_is_the_part_that_has_most_of_it():
    filler = "Something else is said in these words, one after another. " * 8
    text = f"Owls are birds. {filler}Larks and owls share the night. {filler}Larks sing."
    result = excerpt(text, read("owls larks night", NO_LABELS))
    assert "<mark>Larks</mark> and <mark>owls</mark> share the <mark>night</mark>." in result
    assert result.startswith("… ") and result.endswith(" …")
    assert len(result) < 400


def test_plain_text_has_neither_tags_nor_citations():
    html = (
        "<p>H<sub>2</sub>O [@a-2020; @b]. A<br>B</p><ul><li>one</li><li>two</li></ul>"
        "<table><tr><th>x</th><td>y</td></tr></table><!-- no --> tail &lt;b&gt;"
    )
    assert plain_text(html).split("\n") == ["H2O. A", "B", "one", "two", "x", "y", "tail <b>"]
    assert plain_text("") == plain_text(" \x00 ") == ""
    assert plain_text("<div>" * 1000 + "deep") == "deep"


@given(text=st.text(max_size=200), question=st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_marking_only_adds_marks(text, question):
    query = read(question, NO_LABELS)
    html = marked(text, query)
    assert "<" not in html.replace("<mark>", "").replace("</mark>", "")
    import html as html_module

    bare = html_module.unescape(html.replace("<mark>", "").replace("</mark>", ""))
    # Django writes these two as entities which come back as they were.
    assert bare == html_module.unescape(text.replace("&", "&amp;"))
    excerpt(text, query)


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_words_are_safe_to_put_into_either_language(text):
    for token in words.tokens(text):
        for form in (token.word, token.exact):
            assert not re.search(r"[\s'\"\\:&|!()<>*\x00\ud800-\udfff]", form)
            assert len(form) <= 2 * words.LONGEST
