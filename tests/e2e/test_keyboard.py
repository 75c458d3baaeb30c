"""An edition from the editor's first word to the patient's phone, without the mouse once.

After signing in every step is a key: Tab until the thing has the focus, Enter, typing.
"""

from playwright.sync_api import expect

ARTICLE = "Keeping a sleep diary your clinic can use"


def tab_to(page, locator, most=400):
    """Press Tab until this has the focus, as somebody does who has no mouse: on a new page over
    the link that skips its frame."""
    # Looked up once: by role takes ten times as long as a Tab.
    element = locator.element_handle()
    focus = "(element) => [element, document.querySelector('.skip-to-content-link')].indexOf("
    for _ in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate(focus + "document.activeElement)", element)
        if where == 0:
            return
        if where == 1:
            page.keyboard.press("Enter")
    raise AssertionError(f"Tab never reached {locator}")


def press(page, locator):
    """Reach a link or button by Tab and press Enter; waits for the page that it leads to."""
    locator.wait_for()
    tab_to(page, locator)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def to_first_section(page):
    """Into the text of the first section, with its cursor at the start."""
    page.locator("#sections-0 .desk-tools").wait_for()
    tab_to(page, page.locator('#sections-0 [contenteditable="true"]'))
    page.keyboard.press("Control+Home")


def submit(page):
    """Save with Ctrl+S, then by the link at the top to the buttons, and submit."""
    with page.expect_navigation():
        page.keyboard.press("Control+S")
    expect(page.locator(".messagelist")).to_contain_text("changed successfully")
    tab_to(page, page.get_by_role("link", name="Save or submit"))
    page.keyboard.press("Enter")
    press(page, page.get_by_role("button", name="Save and submit for review"))


def test_from_the_first_word_to_the_patient(desktop_page, new_page, page, enter, assert_accessible):
    editor, reviewer = desktop_page, new_page(viewport={"width": 1280, "height": 900})

    # The editor starts a new edition, writes, cites, and hands it over.
    enter(editor, "editor")
    press(editor, editor.locator("#content").get_by_role("link", name="Articles", exact=True).last)
    press(editor, editor.get_by_role("link", name=ARTICLE))
    press(editor, editor.get_by_role("button", name="Start a new edition").first)
    to_first_section(editor)
    editor.keyboard.type("A diary is a conversation")
    editor.keyboard.press("Alt+Shift+KeyC")
    dialog = editor.get_by_role("dialog", name="Cite")
    editor.keyboard.type("carney")
    dialog.get_by_text("1 reference found").wait_for()
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Space")
    editor.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    editor.keyboard.type(". ")
    submit(editor)
    expect(editor.locator(".messagelist")).to_contain_text("Submitted")
    expect(editor.locator(".state").first).to_have_text("In review")

    # The reviewer finds it on the front page, sees what has changed, and asks for a reason first.
    enter(reviewer, "reviewer")
    reviewer.goto("/admin/")
    assert_accessible(reviewer)
    press(reviewer, reviewer.locator("#content").get_by_role("link", name=ARTICLE).first)
    added = reviewer.locator("ins", has_text="A diary is a conversation")
    expect(added.first).to_be_visible()
    assert_accessible(reviewer)
    press(reviewer, reviewer.get_by_role("button", name="Send back"))
    reason = reviewer.get_by_label("What should be changed")
    expect(reason).to_have_attribute("aria-invalid", "true")
    assert_accessible(reviewer)
    tab_to(reviewer, reason)
    reviewer.keyboard.type("Say with whom.")
    press(reviewer, reviewer.get_by_role("button", name="Send back"))
    expect(reviewer.locator(".messagelist")).to_contain_text("Sent back")

    # The editor reads the reason, mends the sentence, and submits again.
    editor.reload()
    expect(editor.get_by_text("Say with whom.").first).to_be_visible()
    to_first_section(editor)
    for _ in "A diary is a conversation":
        editor.keyboard.press("ArrowRight")
    editor.keyboard.type(" with your team")
    submit(editor)

    # The reviewer approves.
    reviewer.reload()
    press(reviewer, reviewer.get_by_role("button", name="Approve and publish"))
    expect(reviewer.locator(".messagelist")).to_contain_text("Published.")
    expect(reviewer.get_by_text("Say with whom.").first).to_be_visible()
    assert_accessible(reviewer)

    # And the patient reads it, with who answers for it.
    enter(page, "patient")
    page.goto("/read/keeping-a-sleep-diary/fundamentals/")
    expect(page.locator(".prose")).to_contain_text("A diary is a conversation with your team")
    expect(page.locator(".prose sup.cite").first).to_contain_text("1")
    expect(page.locator(".standing-notice")).to_contain_text("Reviewed by Dr Rhea Reviewer")
    assert_accessible(page)


def test_patients_search_and_find_the_section(page, enter, assert_accessible):
    enter(page, "patient")
    page.goto("/read/")
    page.get_by_role("searchbox").first.fill("oestradiol")
    page.get_by_role("searchbox").first.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    assert_accessible(page)
    page.goto("/read/?q=zzzz")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    assert_accessible(page)
