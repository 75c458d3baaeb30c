"""Somebody is called away from a half-written reflection; nothing of it is lost or shown."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e

WORDS = "What I wrote before the telephone rang."


@pytest.fixture(autouse=True)
def limits(settings):
    settings.IDLE_MINUTES_STAFF, settings.IDLE_MINUTES_PATIENT = 15, 30
    settings.SESSION_HOURS = 12


def go_by(page, minutes):
    """Let time pass for the browser's clock and, in every session, for the portal's."""
    for one in Session.objects.all():
        session = SessionStore(one.session_key)
        session["seen_at"] -= minutes * 60
        session.save()
    page.clock.fast_forward(minutes * 60_000)


def test_a_session_ends_and_nothing_typed_is_lost(
    new_page, enter, sign_in_by_form, assert_accessible
):
    page = new_page()
    page.clock.install()
    enter(page, "patient")
    page.goto("/journal/reflections/new/")
    field = page.locator("textarea[name=text]")
    field.fill(WORDS)
    warning = page.get_by_role("alertdialog", name="Are you still there?")
    go_by(page, 28.5)
    expect(warning).to_be_visible()
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert_accessible(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(warning).to_be_hidden()
    expect(field).to_have_value(WORDS)
    # A click in another tab keeps this one as well.
    other = page.context.new_page()
    go_by(page, 20)
    other.goto("/today/")
    go_by(page, 9)
    expect(warning).to_be_hidden()
    # Nobody clicks anywhere.
    go_by(page, 19.5)
    expect(warning).to_be_visible()
    go_by(page, 12)
    over = page.get_by_role("alertdialog", name="You are signed out")
    expect(over).to_be_visible()
    expect(field).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(over).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="I have signed in").click()
    expect(page.get_by_text("You are not signed in yet.")).to_be_visible()
    # Signed in again in the other tab, the page goes on with what was typed.
    sign_in_by_form(other, "patient@example.org")
    expect(over).to_be_hidden()
    expect(field).to_have_value(WORDS)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(WORDS)).to_be_visible()
    # Somebody else signs in: what was open before is theirs to see no longer.
    page.goto("/journal/")
    other.context.clear_cookies()
    go_by(page, 31)
    expect(over).to_be_visible()
    sign_in_by_form(other, "patient2@example.org")
    page.wait_for_load_state("load")
    expect(page.get_by_text(WORDS)).to_have_count(0)
