"""Reading in a real browser: what the screen really showed, and what the patient says."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from education.articles.pages import render_stale
from education.reading.models import Reading
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PatientFactory,
    PublishedEditionFactory,
    ReadingFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "<p>" + "A night has many parts, and each of them counts for something. " * 40 + "</p>"
BODY = [("Dusk", LONG), ("Midnight", LONG), ("Dawn", LONG)]
TOLD = "**/evidence/seen/"


@pytest.fixture
def paula(transactional_db):
    return PatientFactory(email="paula@example.org")


@pytest.fixture
def edition(paula):
    edition = PublishedEditionFactory(
        article__title="Nights and days", body=BODY, grade_reason="Written for a test."
    )
    AssignmentFactory(patient=paula, article=edition.article)
    render_stale()
    return edition


def reached(paula) -> list[str]:
    rows = Reading.objects.filter(patient=paula, sections__isnull=False)
    return sorted(rows.values_list("sections__section__key", flat=True))


def pass_time_until(page, condition: str) -> None:
    """Half seconds of a clock that stands still otherwise, until the page says so."""
    for _half_second in range(60):
        if page.evaluate(condition):
            return
        page.clock.run_for(500)
    raise AssertionError(f"It never came: {condition}")


def noted(kind: str, key: str = "") -> str:
    return f"""() => JSON.parse(sessionStorage.getItem("evidence") ?? '{{"facts":[]}}').facts
        .some(([, kind, key]) => kind === "{kind}" && key === "{key}")"""


def bring(page, part: str) -> None:
    """Scroll there, until the browser has told the page what is in sight."""
    page.locator(part).evaluate(
        """(part) => new Promise((seen) => {
            const watch = ([entry]) => entry.isIntersecting && seen();
            new IntersectionObserver(watch).observe(part);
            part.scrollIntoView();
        })"""
    )


def test_only_what_stays_on_the_screen_counts(
    page, sign_in, paula, edition, live_server, console_guard
):
    page.clock.install()
    sign_in(page, paula.email)
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    page.goto(live_server.url + edition.get_absolute_url())
    with page.expect_response(TOLD) as answer:
        pass_time_until(page, noted("opened"))
        page.clock.run_for(4000)
    assert answer.value.status == 204
    reading = Reading.objects.get()
    assert reading.opened_at and not reading.finished_at
    before = page.locator("[data-n]").inner_text()

    # Scrolled past in a moment, and on the screen while it is printed: neither counts.
    bring(page, "#part-1")
    page.clock.run_for(1000)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.clock.run_for(9000)
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert page.locator("[data-n]").inner_text() == before

    # Without a connection it is kept, also over a reload elsewhere, and told later.
    console_guard.expect("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    bring(page, "#part-2")
    pass_time_until(page, noted("part", "part-2"))
    page.clock.run_for(9000)
    assert page.locator("[data-n]").inner_text() != before
    assert "part-2" not in reached(paula)
    page.context.set_offline(False)
    with page.expect_response(TOLD):
        page.goto(live_server.url + "/today/")
        page.clock.run_for(4000)
    assert "part-2" in reached(paula) and "part-1" not in reached(paula)

    page.goto(live_server.url + edition.get_absolute_url())
    page.get_by_role("link", name="Continue where you left off: Dawn").click()
    expect(page.locator("#part-2 h2")).to_be_in_viewport()


def test_patient_and_clinician_see_the_same(
    page, desktop_page, new_page, sign_in, paula, edition, live_server, assert_accessible
):
    clara = CareRelationshipFactory(patient=paula).clinician
    sign_in(page, paula.email)
    page.goto(live_server.url + edition.get_absolute_url())
    page.get_by_role("button", name="I understand").click()
    expect(page.locator("#done")).to_be_in_viewport()
    expect(page.get_by_text("that you understand this")).to_be_visible()
    page.get_by_role("button", name="I’ve finished").click()
    page.get_by_role("button", name="I have not finished after all").click()
    page.get_by_text("What your care team sees").click()
    assert_accessible(page)
    own = page.locator("#done .facts").inner_text()
    assert own.count("not yet") == 1

    sign_in(desktop_page, clara.email)
    desktop_page.goto(f"{live_server.url}/patients/{paula.public_id}/")
    assert own.split() == desktop_page.locator(".facts").first.inner_text().split()

    # Without scripts what needs a click still works.
    old = new_page(java_script_enabled=False)
    sign_in(old, paula.email)
    old.goto(edition.get_absolute_url())
    old.get_by_role("button", name="I’ve finished").click()
    old.get_by_role("button", name="Undo").click()
    expect(old.get_by_text("Marked as not finished")).to_be_visible()
    old.get_by_role("link", name="I have a question").click()
    old.get_by_label("question").fill("Why at dawn?")
    old.get_by_label("For my visit").check()
    old.get_by_role("button", name=re.compile("Keep|Save")).click()
    old.goto("/today/")
    expect(old.get_by_role("link", name="1 question for your visit")).to_be_visible()


def test_what_has_changed_since(page, sign_in, paula, edition, live_server, assert_accessible):
    ReadingFactory(patient=paula, edition=edition)
    newer = PublishedEditionFactory(
        article=edition.article,
        number=2,
        body=[("Dusk", LONG.replace("each", "every one")), *BODY[1:]],
        change_note="The part about dusk says more.",
        grade_reason="Written for a test.",
    )
    sign_in(page, paula.email)
    expect(page.get_by_text("Changed since you read it")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="See what has changed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What has changed")
    expect(page.locator("ins").first).to_contain_text("every one")
    assert_accessible(page)
    page.get_by_role("link", name="Read the article").click()
    page.wait_for_url(f"**{newer.get_absolute_url()}")
    expect(page.get_by_text("The part about dusk says more.")).to_be_visible()
