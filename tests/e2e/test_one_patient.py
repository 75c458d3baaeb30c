"""One patient: assigning and changing at a desk, a question on a phone, handing over."""

import re

from playwright.sync_api import expect


def test_a_clinician_assigns_changes_and_takes_back(desktop_page, enter, assert_accessible):
    page = desktop_page
    enter(page, "clinician2")
    page.get_by_role("link", name="Peter Probe").click()
    page.get_by_role("link", name="Assign something to read").click()
    page.get_by_role("searchbox", name="Words to find in the articles").fill("working nights")
    page.keyboard.press("Enter")
    page.wait_for_url("**/assign/?q=*")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("Choose.*Working nights")).click()
    page.get_by_role("radio", name="Academic").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("radio", name="Intermediate")).to_be_checked()
    with page.expect_popup() as preview:
        page.get_by_role("link", name=re.compile("Preview.*Intermediate")).click()
    expect(preview.value.get_by_role("heading", level=1)).to_contain_text("Working nights")
    preview.value.close()
    page.get_by_label("Note to the patient").fill("The first part is the one for you.")
    assert_accessible(page)
    page.get_by_role("button", name="Assign to Peter Probe").click()
    expect(page.get_by_text("is assigned.")).to_be_visible()
    expect(page.get_by_text("The first part is the one for you.")).to_be_visible()

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 article is taken back")).to_be_visible()
    expect(page.get_by_text("The first part is the one for you.")).to_have_count(0)

    page.get_by_role("link", name="Change or withdraw").first.click()
    page.get_by_label("Note to the patient").fill("Another note.")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("Another note.")).to_be_visible()
    page.get_by_role("link", name="Change or withdraw").first.click()
    assert_accessible(page)
    page.get_by_label("Reason").fill("We read it together.")
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("is withdrawn.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("is assigned again")).to_be_visible()


def test_a_question_from_a_phone_reaches_the_clinicians_page(
    page, desktop_page, enter, assert_accessible
):
    enter(page, "patient2")
    page.goto(
        "/questions/new/?article=sleep-and-hormone-treatment&level=fundamentals&part=breathing"
    )
    expect(page.get_by_text("This is not a way to reach us")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Write down your question.").first).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Your question").fill("Should I sleep on my side?")
    page.get_by_label("For my visit").check()
    page.get_by_role("button", name="Keep it").click()
    expect(page).to_have_url(
        f"{page.url.partition('/read/')[0]}/read/sleep-and-hormone-treatment/fundamentals/#breathing"
    )
    page.goto("/questions/")
    expect(page.get_by_text("Should I sleep on my side?").first).to_be_visible()

    enter(desktop_page, "clinician2")
    desktop_page.get_by_role("link", name="Peter Probe").click()
    question = desktop_page.locator(".kept-questions li", has_text="Should I sleep on my side?")
    expect(question.get_by_text("new", exact=True)).to_be_visible()
    expect(question.get_by_role("link")).to_have_attribute(
        "href", "/read/sleep-and-hormone-treatment/fundamentals/#breathing"
    )

    assert_accessible(desktop_page)

    page.get_by_role("link", name=re.compile("Delete.*Should I sleep")).click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The question is deleted.")).to_be_visible()
    expect(page.get_by_text("Should I sleep on my side?")).to_have_count(0)


def test_a_patient_is_shared_and_handed_over(desktop_page, enter, assert_accessible):
    page = desktop_page
    enter(page, "clinician2")
    page.get_by_role("link", name="Peter Probe").click()
    page.get_by_role("link", name="Share, hand over or end the care").click()
    assert_accessible(page)
    page.get_by_label("Colleague").select_option(label="Dr Rhea Reviewer · reviewer@example.org")
    page.get_by_role("button", name="Share with this colleague").click()
    expect(page.get_by_text("now cares for Peter Probe as well")).to_be_visible()

    page.get_by_role("link", name="Hand over to a colleague").click()
    page.get_by_label("Colleague").select_option(label="Dr Clara Clinician · clinician@example.org")
    page.get_by_role("button", name="Hand over Peter Probe").click()
    expect(page.get_by_text("Peter Probe is handed over")).to_be_visible()
    expect(page.get_by_role("link", name="Peter Probe")).to_have_count(0)
