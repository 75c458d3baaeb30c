"""What a care team sees: shared on a phone, read at a desk, stopped, and taken back."""

import re

from playwright.sync_api import expect


def test_a_patient_shares_stops_and_takes_back(page, desktop_page, enter, assert_accessible):
    enter(page, "patient2")
    page.goto("/journal/")
    page.get_by_role("link", name="What your care team sees").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What your care team sees")
    expect(page.locator("#team + ul")).to_contain_text("Colin")
    preview = page.locator(".sharing-frame")
    page.get_by_role("button", name="Share the numbers of the last 14 nights").click()
    expect(page.get_by_text("Your care team can now see the numbers of")).to_be_visible()
    shared = preview.locator("figcaption p").first.inner_text()
    assert re.search(r"\d+ shared of 14 nights", shared)
    preview.locator(".number > summary").first.click()
    expect(preview.get_by_text("How it is worked out").first).to_be_visible()
    page.get_by_label("New reflections").check()
    page.get_by_role("button", name="Save for new entries").click()
    expect(page.get_by_text("New entries begin shared as you chose.")).to_be_visible()
    expect(page.get_by_label("New reflections")).to_be_checked()
    assert_accessible(page)

    enter(desktop_page, "clinician2")
    desktop_page.get_by_role("link", name="Peter Probe").click()
    patient_url = desktop_page.url
    section = desktop_page.get_by_role("region", name="Shared from the journal")
    expect(section.locator("figcaption p").first).to_have_text(shared)
    section.get_by_role("link", name="28 and 90 nights of the diary").click()
    desktop_page.get_by_role("link", name="90 nights").click()
    expect(desktop_page.get_by_role("link", name="90 nights")).to_have_attribute(
        "aria-current", "page"
    )
    assert_accessible(desktop_page)

    page.get_by_role("link", name="Stop sharing everything").click()
    expect(page.get_by_text(re.compile(r"From now on .*Colin.* see any more"))).to_be_visible()
    page.get_by_role("button", name="Stop sharing everything").click()
    expect(page.get_by_text("You share nothing at the moment.")).to_be_visible()
    expect(page.get_by_label("New reflections")).not_to_be_checked()
    desktop_page.goto(patient_url)
    expect(section.get_by_text("No numbers are shared from the last 14 nights.")).to_be_visible()
    expect(section.get_by_text("Nothing is shared.")).to_be_visible()
    expect(section.locator("svg.sleep-window")).to_have_count(0)

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Sharing is as it was before.")).to_be_visible()
    expect(page.get_by_label("New reflections")).to_be_checked()
    desktop_page.reload()
    expect(section.locator("figcaption p").first).to_have_text(shared)
    # What was known before is not new.
    expect(section.get_by_text("New since you last looked")).to_have_count(0)
