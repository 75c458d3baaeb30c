"""The caseload at a desk and on a phone: finding, choosing, assigning to many, undoing it."""

import re

from playwright.sync_api import expect


def test_a_clinician_assigns_to_many_and_takes_it_back(desktop_page, enter, assert_accessible):
    page = desktop_page
    enter(page, "clinician")
    page.get_by_role("button", name="Assign to selected").click()
    expect(page.get_by_text("Choose at least one patient first.")).to_be_visible()

    page.get_by_role("link", name="Overdue").click()
    page.wait_for_url("**/caseload/?show=overdue")
    boxes = page.locator("input[name=patient]")
    n = boxes.count()
    page.get_by_role("checkbox", name="All on this page").focus()
    page.keyboard.press("Space")
    expect(boxes.last).to_be_checked()
    boxes.last.press("Space")
    expect(page.get_by_role("button", name=f"Assign to selected ({n - 1})")).to_be_visible()
    assert_accessible(page)

    page.get_by_role("button", name="Assign to selected").click()
    page.get_by_role("searchbox", name="Words in the title").fill("working nights")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Choose.*Keeping"))).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("button", name=re.compile("Choose.*Working nights")).click()
    expect(page.get_by_role("radio", name="The level that each of them last read")).to_be_checked()
    page.get_by_label("Read by").fill("2020-01-01")
    page.get_by_role("button", name="See who gets what").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert_accessible(page)
    page.get_by_label("Read by").fill("")
    page.get_by_role("button", name="See who gets what").click()
    assert_accessible(page)
    page.get_by_role("button", name=re.compile(r"Assign to \d+ patient")).click()
    expect(
        page.get_by_text("“Working nights: body clock, cortisol and hormones” is")
    ).to_be_visible()
    assert "show=overdue" in page.url
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("taken back")).to_be_visible()


def test_from_an_article_to_all_that_match_on_a_phone(page, enter, assert_accessible):
    enter(page, "clinician")
    page.goto("/caseload/?article=working-nights&level=intermediate")
    expect(page.get_by_role("heading", name=re.compile("Who should read"))).to_be_visible()
    page.get_by_role("link", name="Needs attention").click()
    page.wait_for_url("**show=attention**")
    page.get_by_role("searchbox", name="Search these patients").fill("paula")
    page.keyboard.press("Enter")
    page.wait_for_url("**found=**")
    expect(page.locator("input[name=patient]")).to_have_count(1)
    assert_accessible(page)
    page.get_by_role("button", name="Assign to the one here").click()
    expect(page.get_by_role("radio", name="Intermediate")).to_be_checked()
    page.get_by_role("button", name="See who gets what").click()
    expect(page.get_by_text("1 patient gets it")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name=re.compile("Who should read"))).to_be_visible()
    page.get_by_role("link", name="Stop choosing").click()
    expect(page.get_by_role("heading", name=re.compile("Who should read"))).to_have_count(0)
