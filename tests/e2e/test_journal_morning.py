"""The morning form on a phone: kept while it is typed, one step at a time, saved."""

import re

from playwright.sync_api import expect


def test_a_night_survives_the_death_of_the_phone(new_page, enter, assert_accessible, console_guard):
    phone = new_page()
    enter(phone, "patient2")
    phone.get_by_role("link", name="Log last night").click()
    phone.get_by_label("Got into bed").fill("2200")
    phone.get_by_label("Began trying to sleep").fill("22:3")
    phone.get_by_text("Good", exact=True).click()
    phone.get_by_text("Work or school").click()
    phone.get_by_label("Note").fill("Rain on the wind")
    expect(phone.locator("[data-draft-state]")).to_have_text(re.compile(r"^Kept \d"))
    phone.get_by_label("Minutes to fall asleep").fill("18")
    # No goodbye: the battery is empty a moment after it was kept.
    with phone.expect_response("**/journal/drafts/"):
        pass
    phone.context.close()

    page = new_page()
    enter(page, "patient2")
    page.goto("/journal/nights/new/")
    expect(page.get_by_text("What you typed here before is back.")).to_be_visible()
    expect(page.get_by_label("Got into bed")).to_have_value("2200")
    expect(page.get_by_label("Began trying to sleep")).to_have_value("22:3")
    expect(page.get_by_label("Minutes to fall asleep")).to_have_value("18")
    expect(page.get_by_label("Good", exact=True)).to_be_checked()
    expect(page.get_by_label("Work or school")).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("Rain on the wind")
    assert_accessible(page)

    # Without a connection it stays in this tab, and is sent once there is one again.
    state = page.locator("[data-draft-state]")
    console_guard.expect("net::ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.get_by_label("Note").fill("Rain on the window.")
    expect(state).to_have_text("Not kept: no connection. It stays on this page.")
    page.context.set_offline(False)
    expect(state).to_have_text(re.compile(r"^Kept \d"))

    # One step at a time, by keyboard; the wrong time leads to its own step.
    page.get_by_role("button", name="One step at a time").click()
    expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    expect(page.get_by_role("heading", name="Going to bed")).to_be_focused()
    page.get_by_label("Got into bed").press("Enter")
    expect(page.get_by_role("heading", name="In the night")).to_be_focused()
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Woke for good").fill("630")
    page.get_by_label("Got up").fill("645")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    expect(page.get_by_label("Began trying to sleep")).to_have_value("22:3")
    expect(page.get_by_label("Woke for good")).to_be_hidden()
    page.get_by_label("Began trying to sleep").fill("22:30")
    for _step in range(4):
        page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Step 5 of 5")).to_be_visible()
    expect(page.get_by_role("button", name="Next")).to_be_hidden()
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved")).to_be_visible()

    page.get_by_role("link", name="Edit last night").click()
    expect(page.get_by_text("What you typed here before is back.")).to_be_hidden()
    expect(page.get_by_text("Step 1 of 5")).to_be_visible()
    page.get_by_role("button", name="All on one page").click()
    expect(page.get_by_label("Note")).to_have_value("Rain on the window.")
