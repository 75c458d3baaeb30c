"""The nights as pictures on a phone: by keyboard, with what a screen reader gets."""

import re

from playwright.sync_api import expect


def test_pictures_by_keyboard(page, enter, assert_accessible):
    enter(page, "patient")
    page.goto("/journal/nights/")
    # Each picture says what it shows, in its own words.
    windows = page.get_by_role("img", name="One bar for each night")
    expect(windows).to_have_accessible_name(re.compile(r"answered\). The table has the same"))
    expect(page.get_by_role("img", name="One dot for each night")).to_have_count(2)

    page.get_by_text("The same as a table").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="On average", exact=True)).to_be_visible()
    # The page stays as wide as the phone; the table scrolls by itself, and by the arrow keys.
    region = page.get_by_role("region", name="Table: 14 nights")
    page.keyboard.press("Tab")
    expect(region).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(region) => region.scrollLeft > 0", arg=region.element_handle())
    assert_accessible(page)

    choice = page.get_by_role("navigation", name="How many nights")
    choice.get_by_role("link", name="90 nights").focus()
    page.keyboard.press("Enter")
    expect(choice.get_by_role("link", name="90 nights")).to_have_attribute("aria-current", "page")
    expect(windows).to_have_count(1)
    wide = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
