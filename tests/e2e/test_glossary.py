"""Words explained, in a real browser: by mouse, by touch, by keyboard, and switched off."""

import pytest
from playwright.sync_api import expect

from education.articles.pages import render_stale
from education.glossary.models import TermLookups
from tests.factories import AliasFactory, PatientFactory, PublishedEditionFactory, TermFactory

pytestmark = pytest.mark.django_db(transaction=True)

FILLER = "<p>" + "A night has many parts, and each of them counts for something. " * 12 + "</p>"


@pytest.fixture
def paula(transactional_db):
    return PatientFactory(email="paula@example.org")


@pytest.fixture
def edition(transactional_db):
    term = TermFactory(
        name="cortisol", slug="cortisol", plain_definition="A hormone that wakes you.",
        technical_definition="A glucocorticoid.",
    )  # fmt: skip
    AliasFactory(term=term, text="hydrocortisone")
    TermFactory(name="leptin", slug="leptin", plain_definition="A hormone that says full.")
    edition = PublishedEditionFactory(
        article__title="Nights and days", level="intermediate", grade_reason="Written for a test.",
        body=[("First", FILLER), ("Hormones", "<p>Cortisol is low, leptin is high.</p>" + FILLER)],
    )  # fmt: skip
    render_stale()
    return edition


@pytest.fixture
def reader(sign_in, paula, edition, live_server):
    def open_it(page):
        sign_in(page, paula.email)
        page.goto(live_server.url + edition.get_absolute_url())
        return page

    return open_it


def word(page, name):
    return page.locator(f"button.term[popovertarget=term-{name}]")


def card(page, name):
    return page.locator(f"#term-{name}")


def focused(page):
    return page.evaluate("() => document.activeElement.getAttribute('popovertarget')")


def test_by_keyboard(desktop_page, reader, assert_accessible):
    page = reader(desktop_page)
    word(page, "cortisol").focus()
    assert not card(page, "cortisol").is_visible(), "focus alone opens nothing"
    page.keyboard.press("Enter")
    assert card(page, "cortisol").is_visible()
    assert_accessible(page)
    # What is in the card comes next: the technical words, the glossary, Close.
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.matches('#term-cortisol summary')")
    page.keyboard.press("Enter")
    assert page.get_by_text("A glucocorticoid.").is_visible()
    page.keyboard.press("Escape")
    assert not card(page, "cortisol").is_visible()
    assert focused(page) == "term-cortisol"
    page.keyboard.press("Tab")
    assert focused(page) == "term-leptin"
    page.keyboard.press("Space")
    assert card(page, "leptin").is_visible()


def test_by_mouse(desktop_page, reader):
    page = reader(desktop_page)
    word(page, "cortisol").hover()
    assert not card(page, "cortisol").is_visible(), "nothing covers the text unasked"
    word(page, "cortisol").click()
    card(page, "cortisol").hover()
    assert card(page, "cortisol").is_visible()
    # Opening another closes this one; a click beside it closes the other.
    word(page, "leptin").click()
    assert card(page, "leptin").is_visible() and not card(page, "cortisol").is_visible()
    page.locator("h1").click()
    assert not card(page, "leptin").is_visible()


def test_by_touch_and_counted_once_per_page(page, reader, assert_accessible):
    reader(page)
    for _ in range(2):
        word(page, "cortisol").tap()
        assert card(page, "cortisol").is_visible()
        box, words = card(page, "cortisol").bounding_box(), word(page, "cortisol").bounding_box()
        assert words["y"] + words["height"] <= box["y"] + 1, "the card covers its word"
        card(page, "cortisol").get_by_role("button", name="Close").tap()
        assert not card(page, "cortisol").is_visible()
    page.wait_for_function("() => performance.getEntriesByType('resource').some("
                           "(one) => one.name.endsWith('/cortisol/opened/'))")  # fmt: skip
    with page.expect_response("**/leptin/opened/") as answer:
        word(page, "leptin").tap()
    assert answer.value.status == 204
    assert dict(TermLookups.objects.values_list("term__slug", "count")) == {
        "cortisol": 1,
        "leptin": 1,
    }
    assert_accessible(page)


def test_switched_off_nothing_is_left_to_focus(page, reader):
    reader(page)
    page.locator("details.look > summary").tap()
    page.get_by_role("button", name="Off").tap()
    word(page, "cortisol").wait_for(state="detached")
    assert card(page, "cortisol").count() == 0
    # The panel stays open, and the button has the focus that it had.
    assert page.evaluate("() => document.activeElement.matches('details[open] [value=off]')")
    page.reload()
    assert word(page, "cortisol").count() == 0
    page.locator("details.look > summary").tap()
    page.get_by_role("button", name="On", exact=True).tap()
    word(page, "cortisol").wait_for()


def test_without_scripts_words_open_and_the_switch_works(new_page, reader):
    plain = reader(new_page(java_script_enabled=False))
    word(plain, "cortisol").tap()
    assert card(plain, "cortisol").is_visible()
    plain.keyboard.press("Escape")
    plain.locator("details.look > summary").tap()
    with plain.expect_navigation():
        plain.get_by_role("button", name="Off").tap()
    assert word(plain, "cortisol").count() == 0


def test_a_word_is_asked_about_where_it_is_read(page, reader, paula, assert_accessible):
    reader(page)
    word(page, "cortisol").tap()
    card(page, "cortisol").get_by_role("link", name="Ask about this word").tap()
    page.wait_for_url("**/questions/new/**")
    page.get_by_label("Your question").fill("Is it high in me?")
    assert_accessible(page)
    page.get_by_role("button", name="Keep it").tap()
    page.wait_for_url("**/read/**")
    # What was said is in sight, though the page is scrolled to the part.
    expect(page.get_by_text("Only you can see it.")).to_be_in_viewport()
    page.mouse.wheel(0, 2000)
    expect(page.get_by_text("Only you can see it.")).to_be_hidden()
    question = paula.questions.get()
    assert question.term.slug == "cortisol" and question.edition and question.section


def test_the_glossary_leads_from_word_to_term_to_article(page, reader, assert_accessible):
    reader(page)
    word(page, "cortisol").tap()
    card(page, "cortisol").get_by_role("link", name="In the glossary").tap()
    page.wait_for_url("**/glossary/cortisol/")
    assert_accessible(page)
    page.get_by_role("link", name="Intermediate").tap()
    page.wait_for_url("**/intermediate/")
    page.goto(page.url.partition("/read/")[0] + "/glossary/?q=hydrocort")
    assert page.locator(".glossary dt").all_inner_texts() == ["cortisol"]
    assert_accessible(page)
