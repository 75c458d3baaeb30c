"""The desk at which a draft is written: what its scripts ask, and what it shows without them."""

import json

import pytest
from django.urls import reverse

from education.articles.admin.pickers import MOST
from education.articles.models import Level
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    PublishedEditionFactory,
    ReferenceFactory,
)

from .admin_pages import change_url, form_data

pytestmark = pytest.mark.django_db

HARD = (
    "Experimental sleep restriction consistently impairs insulin sensitivity, whereas its "
    "consequences for testosterone secretion remain controversial among investigators."
)


def references_url(edition):
    return reverse("admin:articles_edition_references", args=[edition.pk])


def measure_url(edition):
    return reverse("admin:articles_edition_measure", args=[edition.pk])


def keys(response):
    return [one["key"] for one in response.json()["references"]]


# --- References to cite ---------------------------------------------------------------------


def test_what_the_article_cites_comes_first_and_numbered(editor, signed_in):
    for key in ("aaa", "here-1", "here-2", "other-level", "retired"):
        ReferenceFactory(key=key)
    article = ArticleFactory()
    PublishedEditionFactory(
        article=article, level=Level.ACADEMIC, body="<p>x [@other-level; @here-1]</p>"
    )
    draft = EditionFactory(
        article=article, body="<p>One [@missing; @here-2]. Two [@here-1]. [@here-2]</p>"
    )
    response = signed_in(editor).get(references_url(draft))
    found = response.json()["references"]
    assert [(one["key"], one["number"]) for one in found] == [
        ("here-2", 1), ("here-1", 2), ("other-level", None), ("aaa", None), ("retired", None),
    ]  # fmt: skip
    assert [one["elsewhere"] for one in found] == [False, False, True, False, False]
    assert response.json()["said"] == "3 references of this article, 2 others."
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("leproult", ["one"]),
        ("WEEK testosterone", ["one"]),
        ("2011", ["one"]),
        ("10.1001/jama", ["one"]),
        ("21632481", ["one"]),
        ("nights jama", []),
        ("%", []),
        ("_______", []),
        ("' OR 1=1 --", []),
        ("\x00", []),
        ("x" * 5_000, []),
        ("99999999999999999999", []),
        ("²⁰¹¹", []),
    ],
)
def test_search_finds_every_word_somewhere(query, expected, editor, signed_in):
    ReferenceFactory(
        key="one", authors="Leproult R", title="Effect of one week on testosterone", year=2011,
        container="JAMA", doi="10.1001/jama.2011.710", pmid="21632481",
    )  # fmt: skip
    ReferenceFactory(key="two", authors="Someone", title="Nights", container="Sleep", year=2000)
    response = signed_in(editor).get(references_url(EditionFactory()), {"q": query})
    assert response.status_code == 200
    if query.strip("\x00"):
        assert keys(response) == expected


def test_the_list_is_bounded_and_says_so(editor, signed_in, django_assert_max_num_queries):
    for number in range(MOST + 5):
        ReferenceFactory(key=f"ref-{number:03}")
    draft = EditionFactory()
    client = signed_in(editor)
    client.get(references_url(draft))
    with django_assert_max_num_queries(9):
        response = client.get(references_url(draft), {"q": "ref"})
    assert len(keys(response)) == MOST
    assert response.json()["said"].endswith("There are more: type another word.")


def test_only_who_writes_may_ask(patient, clinician, reviewer, administrator, editor, signed_in):
    draft = EditionFactory()
    for person in (patient, clinician, reviewer, administrator):
        for response in (
            signed_in(person).get(references_url(draft)),
            signed_in(person).post(measure_url(draft), {"text": "x", "at": 0}),
        ):
            assert response.status_code in (302, 403, 404), person.role
            assert b"references" not in response.content or response.status_code == 302
    client = signed_in(editor)
    assert client.post(references_url(draft)).status_code == 405
    assert client.get(measure_url(draft)).status_code == 405
    for url in (references_url, measure_url):
        missing = url(draft).replace(str(draft.pk), "99999999999999999999")
        method = client.get if url is references_url else client.post
        assert method(missing).status_code == 404


# --- How hard it is -------------------------------------------------------------------------


def test_the_panel_and_the_total_of_what_is_being_written(editor, signed_in):
    draft = EditionFactory()
    texts = [f"<p>{'The cat sat by the bed. ' * 30}</p>", f"<p>{HARD}</p>", ""]
    response = signed_in(editor).post(measure_url(draft), {"text": texts, "at": 1})
    answer = response.json()
    assert HARD in answer["section"] and "Hardest sentences" in answer["section"]
    assert "Grade: not enough text" in answer["section"]
    assert "197 words" in answer["total"] and "Grade" in answer["total"]
    assert "no-store" in response["Cache-Control"]
    empty = signed_in(editor).post(measure_url(draft), {"text": texts, "at": 2}).json()
    assert "0 words" in empty["section"] and "Hardest" not in empty["section"]


@pytest.mark.parametrize(
    "data",
    [{}, {"text": "x"}, {"at": "0"}, {"text": "x", "at": "-1"}, {"text": "x", "at": "1"},
     {"text": "x", "at": "²"}, {"text": "x", "at": "9" * 50}, {"text": ["x"] * 200, "at": "0"}],
)  # fmt: skip
def test_nonsense_is_refused(data, editor, signed_in):
    assert signed_in(editor).post(measure_url(EditionFactory()), data).status_code == 400


def test_too_much_text_is_refused(editor, signed_in):
    response = signed_in(editor).post(
        measure_url(EditionFactory()), {"text": "x" * 1_000_001, "at": "0"}
    )
    assert response.status_code == 413
    assert json.loads(response.content)["error"]


def test_sentences_are_shown_as_text(editor, signed_in):
    text = "<p>" + HARD.replace("sleep", "&lt;script&gt;alert(1)&lt;/script&gt;") + "</p>"
    answer = signed_in(editor).post(measure_url(EditionFactory()), {"text": text, "at": 0}).json()
    assert "<script" not in answer["section"]
    assert "&lt;script&gt;" in answer["section"]


# --- Without JavaScript ---------------------------------------------------------------------


def test_each_section_shows_how_hard_it_is_as_of_the_last_save(editor, signed_in):
    draft = EditionFactory(
        body=[("Nights", f"<p>{HARD}</p>"), ("Days", f"<p>{'The sun is up. ' * 60}</p>")]
    )
    page = signed_in(editor).get(change_url(draft)).content.decode()
    assert page.count("As of the last save.") >= 2
    assert page.count("Grade: not enough text") >= 1
    assert HARD in page
    assert "Plainer than Fundamentals (5 to 7.5)" in page
    assert "Whole level" in page and "257 words" in page


def test_a_refused_save_measures_what_was_typed(editor, signed_in):
    draft = EditionFactory(body="<p>Short.</p>")
    data = form_data(
        draft, **{"sections-0-body": f"<p>{HARD}</p>", "sections-0-heading": "x" * 200}
    )
    response = signed_in(editor).post(change_url(draft), data)
    assert response.status_code == 200
    assert '<span class="hard-sentence">Experimental' in response.content.decode()


@pytest.mark.once
def test_the_page_costs_the_same_however_many_sections(
    editor, signed_in, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(editor)
    counts = []
    for parts in (1, 6):
        draft = EditionFactory(body=[(f"Part {n}", "<p>Sleep.</p>") for n in range(parts)])
        client.get(change_url(draft))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(change_url(draft))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_desk_explains_itself_and_offers_its_buttons(editor, signed_in):
    page = signed_in(editor).get(change_url(EditionFactory())).content.decode()
    for words in (
        "How to write", "Alt Shift C", "Cite a reference (Alt+Shift+C)", "Search all references",
        "Place a figure (Alt+Shift+F)", "Greek letters and signs (Alt+Shift+G)", 'data-sign="κ"',
    ):  # fmt: skip
        assert words in page
