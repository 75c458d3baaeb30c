"""The editor writes at the desk in a real browser, and without the mouse."""

import re

import pytest
from django.urls import reverse

from education.articles.models import Figure, Section
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    ReferenceFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

HARD = (
    "Experimental sleep restriction consistently impairs insulin sensitivity, whereas its "
    "consequences for testosterone secretion remain controversial among investigators."
)
TEXT = '#sections-0 [contenteditable="true"]'


@pytest.fixture
def desk(desktop_page, sign_in):
    """A draft of two sections, open at the desk."""
    editor = EditorFactory()
    ReferenceFactory(key="leproult-2011", authors="Leproult R", title="One week of short nights")
    ReferenceFactory(key="oster-2017", authors="Oster H", title="The rhythm of cortisol")
    ReferenceFactory(key="hall-2005", authors="Hall JE", title="Brief wake episodes")
    draft = EditionFactory(
        article=ArticleFactory(title="Sleep"),
        author=editor,
        body=[
            ("Nights", f"<p>Sleep matters [@oster-2017].</p><p>{HARD}</p>"),
            ("Days", "<p>Light helps.</p>"),
        ],
    )
    FigureFactory(edition=draft, key="night")
    sign_in(desktop_page, editor.email)
    desktop_page.goto(reverse("admin:articles_edition_change", args=[draft.pk]))
    desktop_page.locator("#sections-1 .desk-tools").wait_for()
    desktop_page.draft = draft
    return desktop_page


def save(page):
    with page.expect_navigation():
        page.locator("input[name=_continue]").press("Enter")
    assert page.locator(".errornote").count() == 0


def to_the_end(page):
    # The editor puts its own cursor back shortly after a script has given it the focus, so the
    # editor itself is asked.
    page.evaluate("(text) => document.querySelector(text).editor.commands.focus('end')", TEXT)
    page.wait_for_function("() => document.activeElement.classList.contains('tiptap')")


def test_citations_are_chosen_from_a_list_by_keyboard(desk):
    to_the_end(desk)
    desk.keyboard.press("Alt+Shift+KeyC")
    dialog = desk.get_by_role("dialog", name="Cite")
    dialog.get_by_text("1 reference of this article, 2 others.").wait_for()
    assert "[1] Oster H. The rhythm of cortisol." in dialog.locator("li").first.inner_text()
    desk.keyboard.type("short nights")
    dialog.get_by_text("1 reference found.").wait_for()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Space")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("Control+A")
    desk.keyboard.type("hall")
    dialog.get_by_text("Brief wake").wait_for()
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Space")
    desk.keyboard.press("Enter")
    assert not dialog.is_visible()
    desk.keyboard.type(" More.")
    save(desk)
    body = Section.objects.get(edition=desk.draft, heading="Nights").body
    assert "[@leproult-2011; @hall-2005] More.</p>" in body


def test_escape_leaves_the_list_and_changes_nothing(desk):
    to_the_end(desk)
    before = desk.locator(TEXT).inner_text()
    desk.keyboard.press("Alt+Shift+KeyC")
    desk.get_by_role("dialog", name="Cite").locator("li").first.wait_for()
    desk.keyboard.press("Escape")
    assert not desk.get_by_role("dialog", name="Cite").is_visible()
    desk.wait_for_function("() => document.activeElement.classList.contains('tiptap')")
    assert desk.locator(TEXT).inner_text() == before


def test_a_figure_and_a_sign_are_placed_by_keyboard(desk):
    to_the_end(desk)
    desk.keyboard.press("Alt+Shift+KeyG")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Alt+Shift+KeyF")
    desk.keyboard.press("Enter")
    save(desk)
    body = Section.objects.get(edition=desk.draft, heading="Nights").body
    assert body.endswith("β</p><p>{figure:night}</p>")
    assert Figure.objects.filter(edition=desk.draft).count() == 1


def test_the_buttons_are_reached_and_left_by_escape(desk):
    to_the_end(desk)
    desk.keyboard.press("Escape")
    assert desk.evaluate("!!document.activeElement.closest('[role=toolbar]')")
    desk.keyboard.press("Enter")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Escape")
    desk.wait_for_function("() => document.activeElement.classList.contains('tiptap')")


def test_the_panel_follows_the_writing_and_shows_where_it_is_hard(desk):
    panel = desk.locator("#sections-0 .section-measure")
    panel.get_by_text("As of the last save.").wait_for()
    panel.locator("button.hard-sentence").press("Enter")
    # The editor takes the focus, and with it the selection, with the next frame.
    desk.wait_for_function("(hard) => document.getSelection().toString() === hard", arg=HARD)
    desk.keyboard.press("Delete")
    desk.keyboard.type("It is short now.")
    panel.get_by_text("As it stands now, not saved yet.").wait_for()
    assert panel.locator(".hard-sentence").count() == 0
    assert re.search(r"\b8 words", desk.locator("[data-total]").inner_text())


def test_sections_are_added_moved_and_removed_by_keyboard(desk):
    desk.get_by_role("button", name="Move down: Nights").press("Enter")
    assert desk.locator("#desk-said").inner_text() == "Section 2 of 2"
    desk.get_by_role("button", name=re.compile("Add another Section")).press("Enter")
    desk.keyboard.type("Naps")
    desk.locator("#sections-2 [contenteditable=true]").wait_for()
    desk.locator("#sections-2 [contenteditable=true]").focus()
    desk.keyboard.type("Short ones.")
    desk.locator("#id_sections-1-DELETE").press("Space")
    save(desk)
    headings = Section.objects.filter(edition=desk.draft).values_list("heading", flat=True)
    assert list(headings) == ["Nights", "Naps"]


def test_what_word_puts_on_the_clipboard_is_a_list_at_once(desk):
    desk.locator(TEXT).focus()
    desk.keyboard.press("Control+A")
    desk.evaluate(
        """(html) => {
            const data = new DataTransfer();
            data.setData("text/html", html);
            const target = document.querySelector('#sections-0 [contenteditable="true"]');
            target.dispatchEvent(new ClipboardEvent("paste",
                { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        """<h1>Title</h1><p style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">1.</span>
        Dark</p><p style="mso-list:l0 level1 lfo1"><span style="mso-list:Ignore">2.</span>Cool</p>
        <p>&nbsp;</p><img src=x onerror="window.hacked=1"><script>window.hacked=1</script>""",
    )
    save(desk)
    body = Section.objects.get(edition=desk.draft, heading="Nights").body
    assert body == "<h3>Title</h3><ol><li><p>Dark</p></li><li><p>Cool</p></li></ol>"
    assert desk.evaluate("window.hacked") is None


def test_the_desk_and_its_dialogs_are_accessible(desk, assert_accessible):
    desk.locator(".how-to-write summary").press("Enter")
    assert_accessible(desk)
    for code, name in (("KeyC", "Cite"), ("KeyF", "Place a figure"), ("KeyG", "Greek letters")):
        to_the_end(desk)
        desk.keyboard.press(f"Alt+Shift+{code}")
        desk.get_by_role("dialog", name=name).get_by_role("button").first.wait_for()
        assert_accessible(desk)
        desk.keyboard.press("Escape")
    desk.set_viewport_size({"width": 320, "height": 720})
    assert_accessible(desk)
