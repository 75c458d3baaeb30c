"""The journeys of the four people, in a real browser, on the demo's own content.

axe runs on each step in light and dark; the console guard fails a journey on any message,
policy violation or request to another host.
"""

import re

import pytest
from playwright.sync_api import expect


def test_a_patient_reads_and_looks_up_a_term(page, portal, sign_in_by_form, assert_accessible):
    page.goto("/account/login/")
    assert_accessible(page)
    sign_in_by_form(page, "patient@example.org")
    assert_accessible(page)

    page.get_by_role("link", name="Continue").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sleep and hormone treatment")
    assert_accessible(page)

    term = page.locator("button.term").first
    word = term.inner_text()
    term.click()
    card = page.locator(".term-card:popover-open")
    expect(card).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    assert word

    page.get_by_role("link", name="Academic", exact=True).click()
    page.wait_for_url("**/academic/**")
    assert_accessible(page)

    page.get_by_role("button", name="I’ve finished").click()
    expect(page.get_by_text("Marked as finished")).to_be_visible()
    assert_accessible(page)


def test_the_level_switch_keeps_the_section(page, enter):
    enter(page, "patient")
    page.goto("/read/sleep-and-hormone-treatment/fundamentals/#breathing")
    page.get_by_role("link", name="Intermediate", exact=True).click()
    page.wait_for_url("**/intermediate/**")
    expect(page.locator("#breathing")).to_be_in_viewport()


def test_a_clinician_assigns_and_sees_it_read(desktop_page, page, portal, enter, assert_accessible):
    enter(desktop_page, "clinician2")
    assert_accessible(desktop_page)
    desktop_page.get_by_role("link", name="Peter Probe").click()
    assert_accessible(desktop_page)
    desktop_page.get_by_role("link", name=re.compile("withdraw.*Sleep and hormone")).click()
    desktop_page.get_by_role("button", name="Withdraw").click()
    expect(desktop_page.get_by_text("is withdrawn")).to_be_visible()

    desktop_page.get_by_role("link", name="Assign something to read").click()
    desktop_page.get_by_role("link", name=re.compile("Choose.*Sleep and hormone")).click()
    desktop_page.get_by_label("Note to the patient").fill("The first part is the one for you.")
    desktop_page.get_by_role("button", name="Assign to Peter Probe").click()
    expect(desktop_page.get_by_text("is assigned")).to_be_visible()
    assert_accessible(desktop_page)

    enter(page, "patient2")
    expect(page.get_by_text("The first part is the one for you.")).to_be_visible()
    page.get_by_role("link", name="Sleep and hormone treatment", exact=True).first.click()
    page.get_by_role("button", name="I’ve finished").click()
    expect(page.get_by_text("Marked as finished")).to_be_visible()

    desktop_page.reload()
    facts = desktop_page.locator(".card", has_text="Sleep and hormone treatment").first
    expect(facts.locator("dt", has_text="I’ve finished").locator("+ dd")).not_to_have_text(
        "not yet"
    )
    # Nothing follows from it: that they understand is theirs to say.
    expect(facts.locator("dt", has_text="I understand").locator("+ dd")).to_have_text("not yet")


def test_a_patient_logs_a_night_and_shares_it(page, desktop_page, enter, assert_accessible):
    enter(page, "patient2")
    page.get_by_role("link", name="Log last night").click()
    assert_accessible(page)

    page.get_by_label("Got into bed").fill("2200")
    page.get_by_label("Began trying to sleep").fill("10:30 pm")
    page.get_by_label("Minutes to fall asleep").fill("18")
    page.get_by_label("Woke for good").fill("06:30")
    page.get_by_label("Got up").fill("6:15")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Got into bed")).to_have_value("2200")
    expect(page.get_by_role("alert").first).to_be_visible()
    assert_accessible(page)

    page.get_by_label("Got up").fill("6:45")
    page.get_by_label("Times awake").fill("2")
    page.get_by_label("Minutes awake").fill("30")
    page.get_by_label("Note").fill("Rain on the window.")
    page.get_by_label("Share the numbers").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Asleep about 7 h 12 min")).to_be_visible()
    assert_accessible(page)

    enter(desktop_page, "clinician2")
    desktop_page.get_by_role("link", name="Peter Probe").click()
    night = desktop_page.locator("svg g", has_text="10:00 pm – 6:45 am, asleep 7 h 12 min")
    expect(night).to_be_visible()
    expect(desktop_page.locator("svg .total").last).to_have_text("7 h 12")
    expect(desktop_page.get_by_text("Rain on the window.")).to_have_count(0)
    assert_accessible(desktop_page)

    page.locator("summary", has_text="Sharing").first.click()
    page.get_by_role("button", name="Stop sharing the numbers").first.click()
    expect(page.get_by_text("are private again")).to_be_visible()
    desktop_page.reload()
    expect(night).to_have_count(0)


def test_a_patient_reflects_on_a_prompt(page, enter, assert_accessible):
    enter(page, "patient")
    page.goto("/read/sleep-and-hormone-treatment/fundamentals/")
    page.get_by_role("link", name="Write about it").first.click()
    assert_accessible(page)
    page.get_by_label("Your words").fill("The night after a long walk.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your reflection is saved")).to_be_visible()
    expect(page.get_by_text("The night after a long walk.")).to_be_visible()
    assert_accessible(page)


def test_an_editors_draft_is_not_for_patients(desktop_page, page, enter, assert_accessible):
    enter(desktop_page, "editor")
    desktop_page.goto("/admin/articles/article/")
    assert_accessible(desktop_page)
    desktop_page.get_by_role("link", name="Sleep and hormone treatment").click()
    assert_accessible(desktop_page)
    desktop_page.get_by_role("button", name="Start a new edition").first.click()
    desktop_page.locator(".ProseMirror:visible").first.click()
    desktop_page.keyboard.press("Control+Home")
    desktop_page.keyboard.type("Corrected by an editor. ")
    desktop_page.get_by_role("button", name="Save and preview").click()
    expect(desktop_page.locator(".prose")).to_contain_text("Corrected by an editor.")
    assert_accessible(desktop_page)

    # Patients go on reading what was reviewed; test_keyboard.py goes on to the reviewer.
    draft = desktop_page.url
    enter(page, "patient")
    assert page.goto(draft).status == 404
    page.goto("/read/sleep-and-hormone-treatment/fundamentals/")
    expect(page.locator(".prose")).not_to_contain_text("Corrected by an editor.")


EVERY_PAGE = {
    "patient": [
        "/today/", "/read/", "/read/sleep-and-hormone-treatment/academic/", "/journal/",
        "/journal/nights/new/", "/journal/reflections/new/", "/profile/", "/profile/opened/",
        "/read/?q=night", "/questions/", "/questions/new/", "/questions/settled/", "/visit/",
        "/visit/date/", "/visit/before/", "/glossary/", "/glossary/cortisol/",
        "/help/", "/account/email/", "/account/password/change/", "/no-such-page/",
    ],
    "clinician": ["/caseload/", "/caseload/?show=attention", "/visits/", "/people/invite/",
                  "/people/invitations/", "/people/invite/many/", "/programmes/",
                  "/programmes/new/", "/caseload/?article=sleep-and-hormone-treatment",
                  "/read/sleep-and-hormone-treatment/academic/"],
    "reviewer": ["/admin/", "/admin/articles/edition/"],
    "editor": ["/admin/articles/article/add/", "/admin/glossary/term/",
               "/admin/articles/reference/", "/admin/articles/reference/import/",
               "/admin/glossary/term/import/", "/admin/glossary/term/export/"],
    "admin": ["/admin/accounts/user/", "/admin/accounts/clinicprofile/"],
}  # fmt: skip


@pytest.mark.parametrize("who", EVERY_PAGE)
def test_no_page_breaks_the_policy_or_scrolls_sideways(who, new_page, enter, console_guard):
    """At 320 px; the console guard fails on any violation of the Content-Security-Policy."""
    page = new_page(viewport={"width": 320, "height": 700})
    enter(page, who)
    for path in EVERY_PAGE[who]:
        page.goto(path)
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 320 or path.startswith("/admin/"), f"{path} is {width} px wide"
        console_guard.check()


def test_signing_in_reading_and_logging_work_without_javascript(new_page, portal, sign_in_by_form):
    page = new_page(java_script_enabled=False)
    sign_in_by_form(page, "patient2@example.org")
    page.get_by_role("link", name="Sleep and hormone treatment", exact=True).first.click()
    page.locator("button.term").first.click()
    expect(page.locator(".term-card:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="I’ve finished").click()
    expect(page.get_by_text("Marked as finished")).to_be_visible()
    page.goto("/journal/nights/new/")
    page.get_by_label("Minutes to fall asleep").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is saved")).to_be_visible()
