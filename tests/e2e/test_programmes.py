"""Programmes and inviting many, in a real browser: by keyboard, without scripts, on a phone."""

from accounts.models import User
from education.reading.models import Programme

DIARY, NIGHTS, TREATMENT = (
    "keeping-a-sleep-diary",
    "working-nights",
    "sleep-and-hormone-treatment",
)


def slugs(page):
    return page.locator("[data-step] input[name$=-article]").evaluate_all(
        "fields => fields.map(field => field.value)"
    )


def add(page, slug):
    page.select_option("#pick", slug)
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator(f"[data-step] input[value={slug}]").wait_for(state="attached")


def test_a_programme_is_written_by_keyboard_without_a_reload(
    desktop_page, enter, assert_accessible
):
    page = desktop_page
    enter(page, "clinician")
    page.goto("/programmes/new/")
    page.evaluate("() => { window.same = true }")
    page.get_by_role("textbox", name="Name").fill("First nights")
    for slug in (DIARY, NIGHTS, TREATMENT):
        add(page, slug)
    # Whoever adds goes on with the day of what was added.
    assert page.locator("#id_step-2-days").evaluate("field => field === document.activeElement")
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_role("status").get_by_text("is step 2 of 3 now.").wait_for(state="attached")
    assert slugs(page) == [DIARY, TREATMENT, NIGHTS]
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_role("status").get_by_text("is step 1 of 3 now.").wait_for(state="attached")
    page.get_by_role("button", name="Take out").nth(1).click()
    page.get_by_role("button", name="Put it back").press("Enter")
    page.get_by_role("status").get_by_text("is back as step 2.").wait_for(state="attached")
    assert slugs(page) == [TREATMENT, DIARY, NIGHTS]
    assert page.get_by_role("textbox", name="Name").input_value() == "First nights"
    assert page.evaluate("() => window.same"), "the page was never loaded anew"
    assert_accessible(page)
    page.get_by_role("button", name="Create the programme").click()
    page.get_by_role("heading", name="First nights").wait_for()
    made = Programme.objects.get(name="First nights")
    assert list(made.steps.values_list("article__slug", "days")) == [
        (TREATMENT, 7),
        (DIARY, 14),
        (NIGHTS, 21),
    ]
    page.get_by_role("button", name="Put away").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("is in use.").wait_for()


def test_a_programme_is_written_without_scripts(new_page, enter):
    page = new_page(java_script_enabled=False)
    enter(page, "clinician")
    page.goto("/programmes/new/")
    page.get_by_role("textbox", name="Name").fill("First nights")
    for slug in (DIARY, NIGHTS):
        add(page, slug)
    page.get_by_role("button", name="Move up: ").nth(1).click()
    assert slugs(page) == [NIGHTS, DIARY]
    page.locator("#id_step-0-days").fill("")
    # Enter in a field saves; it presses no button of a step.
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_text("Say by which day after the start").first.wait_for()
    page.locator("#id_step-0-days").fill("3")
    page.get_by_role("button", name="Create the programme").click()
    page.get_by_role("heading", name="First nights").wait_for()
    assert Programme.objects.get(name="First nights").steps.first().days == 3


def test_several_patients_are_invited_from_a_list_on_a_phone(page, enter, assert_accessible):
    enter(page, "clinician")
    page.goto("/people/invite/")
    page.get_by_role("link", name="Invite several patients from a list").click()
    page.get_by_label("CSV file").set_input_files(
        {
            "name": "people.csv",
            "mimeType": "text/csv",
            "buffer": "Name;E-Mail\nNia Neü;nia@example.org\nOla;ola@example\n".encode("cp1252"),
        }
    )
    page.get_by_role("button", name="Check the list").click()
    page.get_by_text("This is no e-mail address: ola@example").wait_for()
    assert_accessible(page)
    page.get_by_role("button", name="Invite 1 person").click()
    page.get_by_text("1 person is invited.").wait_for()
    box = page.get_by_label("The rows")
    assert box.input_value() == "Name;E-Mail\nOla;ola@example"
    box.fill("Ola;ola@example.org")
    page.get_by_role("button", name="Check again").click()
    page.get_by_role("button", name="Invite 1 person").click()
    page.get_by_role("heading", name="Invitations").wait_for()
    assert User.objects.get(email="nia@example.org").name == "Nia Neü"
    assert User.objects.filter(email="ola@example.org").exists()
