"""From an article's prompt to a reflection, away from it half-way, and back to it later."""

from playwright.sync_api import expect

from accounts.models import User
from education.journal.models import Draft, Reflection


def test_a_thought_is_begun_left_taken_up_again_and_found_later(page, enter, assert_accessible):
    enter(page, "patient")
    page.goto("/read/sleep-and-hormone-treatment/fundamentals/")
    page.get_by_role("link", name="Write about it").first.click()
    page.wait_for_url("**/reflections/new/?prompt=*")
    prompt = page.get_by_role("heading", level=1).inner_text()
    expect(page.get_by_role("link", name="Fundamentals")).to_be_visible()

    # By keyboard alone, and left before it is saved.
    words = page.get_by_label("Your words")
    words.focus()
    page.keyboard.type("An owl called before dawn")
    expect(page.locator("[data-draft-state]")).to_contain_text("Kept")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Leave without saving").click()

    begun = page.get_by_role("region", name="Begun, not saved yet")
    expect(begun).to_be_visible()
    assert_accessible(page)
    begun.get_by_role("link").first.click()
    expect(page.get_by_label("Your words")).to_have_value("An owl called before dawn")
    assert_accessible(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Your reflection is saved.")

    paula = User.objects.get(email="patient@example.org")
    reflection = Reflection.objects.filter(patient=paula).latest("created_at")
    assert (reflection.text, reflection.prompt_text) == ("An owl called before dawn", prompt)
    assert str(reflection.edition.level) == "fundamentals"
    assert not Draft.objects.filter(patient=paula).exists()
    expect(page.get_by_role("region", name="Begun, not saved yet")).to_have_count(0)

    # Another month, with the keyboard.
    page.get_by_label("Go to").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/journal/?month=*")
    expect(page.get_by_role("heading", name="Earlier days")).to_be_visible()

    page.get_by_role("link", name="Search your words").click()
    page.get_by_label("Words to look for").fill("DAWN owl")
    page.keyboard.press("Enter")
    hit = page.locator(".hits .entry")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text(["owl", "dawn"])
    assert "owl" not in page.url
    assert_accessible(page)
    hit.get_by_role("link").click()
    expect(page.get_by_label("Your words")).to_have_value("An owl called before dawn")
    # Coming back shows what was found, and asks for nothing to be sent again.
    page.go_back()
    expect(page.locator(".hits mark").first).to_have_text("owl")

    page.get_by_role("link", name="In a hard moment").click()
    expect(page.get_by_role("link", name="Call 988")).to_be_in_viewport()
