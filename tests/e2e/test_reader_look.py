"""The reader, level by level: staying in place, Back and Forward, the look, without scripts."""

import pytest

from accounts.models import User
from education.articles.models import Edition

pytestmark = pytest.mark.django_db(transaction=True)

ARTICLE = "/read/sleep-and-hormone-treatment"
SAME_PAGE = "() => window.__same === true"

# Where the reader is: the part at the top third of the screen, and where it begins.
PLACE = """() => {
    const parts = [...document.querySelectorAll(".prose section[id]")];
    const part = parts.findLast((one) => one.getBoundingClientRect().top < innerHeight / 3);
    return part ? [part.id, Math.round(part.getBoundingClientRect().top)] : [null, scrollY];
}"""


@pytest.fixture
def reader(portal, enter):
    """reader(page) opens the article at its first level, marked so that a load would show."""

    def open_it(page):
        enter(page, "patient")
        page.goto(f"{portal}{ARTICLE}/fundamentals/")
        page.evaluate("() => { window.__same = true }")
        return page

    return open_it


def level(page, name):
    return page.get_by_role("navigation", name="Level").get_by_role("link", name=name)


def arrived(page, name):
    page.locator(".levels [aria-current]", has_text=name).wait_for()
    page.wait_for_url(f"**{ARTICLE}/{name.lower()}/**")
    assert f"· {name} ·" in page.title()


def scroll_to(page, key, into=0):
    page.evaluate("([key, into]) => scrollTo(0, document.getElementById(key)"
                  ".getBoundingClientRect().top + scrollY + into - 200)", [key, into])  # fmt: skip


def test_another_level_in_place_and_back(desktop_page, reader, assert_accessible):
    page = reader(desktop_page)
    scroll_to(page, "breathing")
    before = page.evaluate(PLACE)
    assert before == ["breathing", 200]
    level(page, "Intermediate").focus()
    page.keyboard.press("Enter")
    arrived(page, "Intermediate")
    assert page.evaluate(PLACE) == before, "the part stays where it was on the screen"
    assert page.evaluate("() => document.activeElement.textContent") == "Intermediate"
    said = page.locator("body > [role=status]")
    assert said.text_content().startswith("Now at the level Intermediate. ")
    # Far into a part, the other level begins it, below the bar.
    scroll_to(page, "short-nights", into=260)
    before = page.evaluate(PLACE)
    assert before == ["short-nights", -60]
    level(page, "Academic").click()
    arrived(page, "Academic")
    part, top = page.evaluate(PLACE)
    assert part == "short-nights" and 100 < top < 200
    scroll_to(page, "inflammation")
    deep = page.evaluate(PLACE)
    page.go_back()
    arrived(page, "Intermediate")
    assert page.evaluate(PLACE) == before
    page.go_back()
    arrived(page, "Fundamentals")
    assert page.evaluate(PLACE) == ["breathing", 200]
    page.go_forward()
    page.go_forward()
    arrived(page, "Academic")
    page.wait_for_function(f"([part, top]) => ({PLACE})().join() === [part, top].join()", arg=deep)
    assert page.evaluate(SAME_PAGE), "all of this without a load"
    # Gone elsewhere and come back, the place is still known.
    page.get_by_role("link", name="Journal").click()
    page.wait_for_url("**/journal/")
    page.go_back()
    arrived(page, "Academic")
    assert page.evaluate(PLACE) == deep
    page.locator("details.look > summary").click()
    assert_accessible(page)


def test_each_way_to_another_level_leads_to_what_it_names(page, reader):
    reader(page)
    ways = page.locator("#breathing + .part-ways")
    ways.get_by_role("link", name="In more depth").tap()
    arrived(page, "Intermediate")
    assert page.url.endswith("#breathing")
    assert page.evaluate("() => document.activeElement.closest('section').id") == "breathing"
    part, top = page.evaluate(PLACE)
    assert part == "breathing" and 40 < top < 140, "the bar does not cover its heading"
    page.locator(".go-deeper a").tap()
    arrived(page, "Academic")
    assert page.evaluate("() => [scrollY, document.activeElement.tagName]") == [0, "H1"]
    assert page.evaluate(SAME_PAGE)
    # What came in works like what was loaded: buttons to print, words, ways, the end.
    assert page.get_by_role("button", name="Print").is_visible()
    page.get_by_role("button", name="I’ve finished").tap()
    page.get_by_text("Marked as finished.").wait_for()
    patient = User.objects.get(email="patient@example.org")
    done = patient.readings.get(finished_at__isnull=False, edition__level="academic").edition
    assert done.article.slug in ARTICLE
    # A level that has gone since, and a session that has: a load shows what is there.
    Edition.objects.get(article=done.article, level="intermediate").retire(
        User.objects.get(email="reviewer@example.org")
    )
    page.evaluate("() => { window.__same = true }")
    level(page, "Intermediate").tap()
    page.wait_for_function("() => !window.__same && document.readyState === 'complete'")
    assert level(page, "Intermediate").count() == 0
    page.context.clear_cookies()
    page.locator(".levels a:not([aria-current])").tap()
    page.wait_for_url("**/account/login/**")


def test_the_look_with_and_without_scripts(page, new_page, reader, portal, console_guard):
    reader(page)
    page.locator("details.look > summary").tap()
    size = "() => parseFloat(getComputedStyle(document.querySelector('.prose')).fontSize)"
    usual = page.evaluate(size)
    page.get_by_role("button", name="Largest").tap()
    assert page.evaluate(size) > usual
    page.locator(".look").get_by_role("button", name="Dark").tap()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.keyboard.press("Escape")
    assert page.evaluate("() => document.activeElement.matches('.look:not([open]) > summary')")
    assert page.evaluate(SAME_PAGE)
    # Nothing is lost to a level that can't be fetched.
    console_guard.expect("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    level(page, "Academic").tap()
    page.locator("[data-offline]").wait_for()
    assert page.evaluate(SAME_PAGE) and page.url.endswith("/fundamentals/")
    page.context.set_offline(False)
    level(page, "Academic").tap()
    arrived(page, "Academic")

    plain = new_page(java_script_enabled=False)
    plain.context.add_cookies(page.context.cookies())
    plain.goto(f"{portal}{ARTICLE}/fundamentals/")
    plain.locator("details.look > summary").tap()
    assert plain.get_by_role("button", name="Largest").get_attribute("aria-pressed") == "true"
    plain.get_by_role("button", name="Wide").tap()
    plain.locator("html[data-lines=wide][data-text='4']").wait_for()
    # The panel is open again, so that one sees what has been chosen.
    plain.locator("details.look[open] > summary").tap()
    level(plain, "Intermediate").tap()
    plain.wait_for_url("**/intermediate/")
