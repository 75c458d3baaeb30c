"""Reading grade and reading time, from prose alone."""

import pytest
import textstat
from hypothesis import given, settings
from hypothesis import strategies as st

from education.articles.readability import (
    LEVEL_RANGES,
    fits,
    grade,
    measure,
    prose,
    reading_minutes,
    sentences,
    syllables,
)

EASY = "The cat sat by the bed. It was dark and warm. She slept well that night. "
MIDDLE = (
    "Adults should regularly sleep for seven hours or longer, although many people cannot "
    "manage that in difficult times. Some hormones follow the body clock, while others rise "
    "only after somebody has fallen asleep. "
)
HARD = (
    "Experimental sleep restriction consistently impairs insulin sensitivity, whereas its "
    "consequences for testosterone secretion remain controversial, particularly because "
    "available investigations recruited predominantly young, healthy participants. "
)


@pytest.mark.parametrize("text", [EASY * 8, MIDDLE * 5, HARD * 6, EASY * 4 + MIDDLE * 3 + HARD * 2])
def test_it_agrees_with_textstat_within_about_a_grade(text):
    assert grade(f"<p>{text}</p>") == pytest.approx(textstat.flesch_kincaid_grade(text), abs=1.2)


def test_harder_text_has_a_higher_grade():
    grades = [grade(f"<p>{text * 8}</p>") for text in (EASY, MIDDLE, HARD)]
    assert grades == sorted(grades)
    assert grades[0] < 4 and grades[2] > 15


def test_the_formula_itself():
    # 100 words of one syllable in 10 sentences: 0.39 * 10 + 11.8 * 1 - 15.59
    assert grade("<p>" + "The cat sat by the big red bed at night. " * 10 + "</p>") == 0.1


@pytest.mark.parametrize(
    "other",
    [
        "<h3>Internationalization of responsibilities</h3>",
        "<table><tr><th>Internationalization</th><td>Responsibilities</td></tr></table>",
        '<p class="table-caption">Internationalization of responsibilities</p>',
        "<blockquote><p>Internationalization of responsibilities</p></blockquote>",
        "<p>{figure:internationalization}</p>",
        "<figure><figcaption>Internationalization</figcaption></figure>",
    ],
)
def test_only_prose_counts(other):
    text = f"<p>{EASY * 8}</p>"
    assert grade(f"{other}{text}{other}") == grade(text)
    assert prose(other) == []


def test_citation_marks_do_not_count():
    html = "<p>Sleep matters. [@internationalization-2020; @b] It heals.[@c]</p>"
    assert prose(html) == ["Sleep matters. It heals."]


def test_list_items_and_callouts_are_prose():
    html = "<ul><li><strong>Light:</strong> go out</li><li>rest<ul><li>well</li></ul></li></ul>"
    assert prose(html) == ["Light: go out", "rest", "well"]
    assert prose('<p class="callout">Ask<br>us</p>') == ["Ask", "us"]


def test_sentences_do_not_end_at_abbreviations_and_decimals():
    text = "It fell by 3.4 percent, e.g. In men. “Was it so?” Dr. Example asked! then it ended."
    assert sentences(text) == [
        "It fell by 3.4 percent, e.g. In men.",
        "“Was it so?”",
        "Dr. Example asked! then it ended.",
    ]


@pytest.mark.parametrize(
    ("word", "count"), [("sleep", 1), ("hormone", 2), ("7", 1), ("well-known", 2)]
)
def test_syllables(word, count):
    assert syllables(word) == count


@pytest.mark.parametrize(
    "html",
    [
        "",
        "   ",
        "<p></p>",
        "<p>Sleep</p>",
        f"<p>{'Sleep is good. ' * 33}</p>",
        f"<p>{'12 345 6.7 ' * 80}</p>",
        f"<p>{'Сон лечит тело. ' * 80}</p>",
        f"<p>{'睡眠对身体很好。' * 80}</p>",
        f"<p>{'النوم مفيد. ' * 80}</p>",
        "<!-- x -->",
        "<p>!!! ??? ...</p>",
    ],
)
def test_not_enough_text(html):
    assert grade(html) is None
    assert reading_minutes(html) >= 1


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (200, 1), (201, 2), (1000, 5)])
def test_minutes(words, minutes):
    assert reading_minutes(f"<p>{'sleep ' * words}</p>") == minutes


@pytest.mark.parametrize(
    ("level", "value", "expected"),
    [
        ("fundamentals", 5.0, True),
        ("fundamentals", 7.5, True),
        ("fundamentals", 7.6, False),
        ("intermediate", 8.0, True),
        ("academic", 11.4, False),
        ("academic", None, False),
    ],
)
def test_levels(level, value, expected):
    assert fits(level, value) is expected


def test_ranges_do_not_overlap():
    bounds = [bound for pair in LEVEL_RANGES.values() for bound in pair]
    assert bounds == sorted(bounds)


@settings(deadline=None)  # a busy machine is no failure
@given(st.text(max_size=300))
def test_nothing_makes_it_stop(text):
    grade(text * 20)
    assert reading_minutes(text) >= 1


def test_deep_nesting_is_no_trouble():
    assert prose("<ul><li>" * 500 + "sleep") == ["sleep"]


# --- Everything at once ---------------------------------------------------------------------


def test_a_measure_says_what_the_single_functions_say():
    html = f"<h3>Title</h3><p>{MIDDLE * 8}</p>"
    measured = measure(html, "fundamentals")
    assert measured.grade == grade(html)
    assert measured.minutes == reading_minutes(html)
    assert measured.sentences == 16
    assert measured.words == 8 * len(MIDDLE.split())


def test_the_hardest_sentences_are_those_above_the_level():
    html = f"<p>{EASY * 4}{HARD}{MIDDLE}[@a-2011]</p>"
    hardest = measure(html, "fundamentals").hardest
    assert hardest[0].text == HARD.strip()
    assert hardest[0].words == len(HARD.split())
    assert all(sentence.grade > 7.5 for sentence in hardest)
    assert [one.grade for one in hardest] == sorted((one.grade for one in hardest), reverse=True)
    assert [one.text for one in measure(html, "academic").hardest] == [HARD.strip()]


def test_there_are_at_most_five_and_none_of_a_few_long_words():
    assert len(measure(f"<p>{HARD * 9}</p>", "fundamentals").hardest) == 5
    assert measure("<p>Internationalization matters.</p>", "fundamentals").hardest == []
    assert measure(f"<p>{'睡眠对身体很好 ' * 40}。</p>", "fundamentals").hardest == []


@pytest.mark.parametrize("html", ["", "<p></p>", "<p>Sleep</p>", "<p>12 34</p>", "<p>😴😴 😴</p>"])
def test_a_measure_of_hardly_anything(html):
    measured = measure(html, "academic")
    assert measured.grade is None and measured.hardest == [] and measured.minutes == 1


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                ["<p>", "</p>", "<li>", "<table>", "<!--", "&", "[@a", "{figure:", "e.g. ", "睡眠",
                 "النوم ", "😴", "Dr. ", "… ", "<h3", "\x00", HARD]
            ),
        ),
        max_size=20,
    ),
    st.sampled_from([None, *LEVEL_RANGES]),
)  # fmt: skip
def test_nothing_stops_a_measure(parts, level):
    measured = measure("".join(parts), level)
    assert measured.words >= 0 and measured.minutes >= 1
    assert len(measured.hardest) <= 5
    assert measured.sentences <= measured.words


def test_abbreviations_are_looked_at_once_each():
    text = "It fell, e.g. At night, " * 4_000
    assert len(sentences(text)) == 1
