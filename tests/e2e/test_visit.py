"""The whole story, in two roles: assign, read, ask, log, share, approve, meet, explain, read again.

Each step is looked at in light and dark; the pages of the visit on a phone and at a desk as well.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from education.articles.models import Article, Edition
from education.care import teach_backs, visits
from education.care.models import Question, Visit
from education.care.sheet import MOST_QUESTIONS, MOST_READING, MOST_REFLECTIONS, Sheet
from education.journal.models import Reflection
from education.reading.assigning import assign
from education.reading.models import Wanted

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def both_sizes(assert_accessible):
    """both_sizes(page): axe finds nothing on a phone nor at a desk, light nor dark."""

    def check(page):
        before = page.viewport_size
        for size in (PHONE, DESK):
            page.set_viewport_size(size)
            assert_accessible(page)
        page.set_viewport_size(before)

    return check


def sheets(page, paper):
    """How many sheets of this paper the page prints."""
    return page.pdf(format=paper).count(b"/Type /Page\n")


def test_from_assigning_to_reading_again(page, desktop_page, enter, assert_accessible, both_sizes):
    desk, phone = desktop_page, page
    # The clinician gives something to read, at a level that will prove too hard.
    enter(desk, "clinician2")
    desk.get_by_role("link", name="Peter Probe").click()
    patient_page = desk.url
    desk.goto(f"{patient_page}assign/night-sweats-and-menopause/")
    desk.get_by_role("radio", name="Academic").press("Space")
    desk.get_by_role("button", name="Assign to Peter Probe").click()
    expect(desk.get_by_text("is assigned.")).to_be_visible()
    assert_accessible(desk)

    # The patient reads it, and has a question about a part.
    enter(phone, "patient2")
    phone.get_by_role("link", name=re.compile("Night sweats")).first.click()
    expect(phone.get_by_text("From Dr Colin Colleague")).to_be_visible()
    phone.get_by_role("link", name=re.compile("Ask about this part")).first.click()
    phone.get_by_label("Your question").fill("Why do I wake up warm at three?")
    assert_accessible(phone)
    phone.get_by_role("button", name="Keep it").click()
    expect(phone.get_by_text("Only you can see it.")).to_be_visible()
    phone.get_by_role("button", name="I’ve finished").click()
    expect(phone.get_by_text("Marked as finished")).to_be_visible()
    desk.goto(patient_page)
    expect(desk.get_by_text("Why do I wake up warm at three?")).to_have_count(0)

    # The diary of last night.
    phone.goto("/journal/nights/new/")
    for label, typed in (
        ("Got into bed", "22:00"), ("Began trying to sleep", "22:30"),
        ("Minutes to fall asleep", "18"), ("Woke for good", "06:30"), ("Got up", "06:45"),
    ):  # fmt: skip
        phone.get_by_label(label).fill(typed)
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("is saved")).to_be_visible()

    # The next visit is today; it is prepared on one page.
    phone.get_by_role("link", name="Visit", exact=True).click()
    expect(phone.get_by_role("heading", name="When is your next visit?")).to_be_visible()
    both_sizes(phone)
    phone.get_by_label("Day").fill(timezone.localdate(timezone=_zone()).isoformat())
    phone.get_by_label("Time").fill("10:30")
    phone.get_by_label("With").select_option(label="Dr Colin Colleague")
    phone.get_by_role("button", name="Note it").click()
    expect(phone.get_by_text("Your visit is noted.")).to_be_visible()
    phone.get_by_label("Why do I wake up warm at three?").check()
    phone.get_by_label(re.compile("Share the numbers of")).check()
    both_sizes(phone)
    phone.get_by_role("button", name="Save, and look at the page").click()
    expect(phone.get_by_text("This is exactly what your care team will see")).to_be_visible()
    expect(phone.get_by_role("img", name=re.compile("Asleep|sleep")).first).to_be_visible()
    both_sizes(phone)

    # Before it is approved, the clinician's page has none of it.
    desk.get_by_role("link", name="Visits").click()
    expect(desk.get_by_text("page not approved")).to_be_visible()
    assert_accessible(desk)
    desk.get_by_role("link", name=re.compile("Open the visit page.*Peter Probe")).click()
    expect(desk.get_by_text("has not approved this page yet")).to_be_visible()
    expect(desk.get_by_text("Why do I wake up warm at three?")).to_have_count(0)
    assert_accessible(desk)
    phone.get_by_role("button", name="Approve this page").click()
    expect(phone.get_by_text("Approved. Your care team sees exactly this.")).to_be_visible()
    both_sizes(phone)
    desk.reload()
    expect(desk.get_by_text("Why do I wake up warm at three?")).to_be_visible()
    shown = [one.locator(".sheet-questions, .sheet-diary svg") for one in (phone, desk)]
    assert shown[0].all_inner_texts() == shown[1].all_inner_texts()
    both_sizes(desk)
    # Everything stands on one screen and on one sheet of either paper.
    bottom = desk.locator(".sheet").bounding_box()
    assert bottom["y"] + bottom["height"] <= DESK["height"]
    assert [sheets(desk, paper) for paper in ("A4", "Letter")] == [1, 1]

    # Meeting: it was too hard. The patient explains it, and gets an easier level.
    desk.get_by_role("link", name=re.compile("Teach-back.*Night sweats")).click()
    desk.get_by_label("In their own words").fill("Heat wakes me. Why, I could not say.")
    desk.get_by_role("button", name="Note it").click()
    expect(desk.get_by_role("alert").get_by_text("Choose how it went.")).to_be_visible()
    both_sizes(desk)
    desk.get_by_label("partly understood").check()
    desk.get_by_role("group", name="To read again").get_by_label("Fundamentals").check()
    desk.get_by_role("button", name="Note it").click()
    expect(desk.get_by_text("The article is given to read again: Fundamentals.")).to_be_visible()
    expect(desk.get_by_text("Heat wakes me. Why, I could not say.")).to_be_visible()
    assert_accessible(desk)

    # Afterwards.
    desk.get_by_role("link", name="After the visit").click()
    desk.get_by_label(re.compile("The answer in a line")).fill("The body is warmest then.")
    desk.get_by_label("What we agreed").fill("A lighter blanket. The diary for two more weeks.")
    both_sizes(desk)
    desk.get_by_role("button", name="Save, and finish the visit").click()
    expect(desk.get_by_text("The visit is finished.")).to_be_visible()
    assert_accessible(desk)

    # What the patient keeps, and what is new to read.
    phone.goto("/visit/")
    phone.locator("a[href^='/visits/']").first.click()
    expect(phone.get_by_role("heading", name="What came of your visit")).to_be_visible()
    for words in ("The body is warmest then.", "A lighter blanket.", "Heat wakes me.",
                  "again, after talking about it"):  # fmt: skip
        expect(phone.get_by_text(words).first).to_be_visible()
    both_sizes(phone)
    phone.goto("/today/")
    again = phone.locator(".today-read .card", has_text="Night sweats")
    expect(again.get_by_text("Fundamentals", exact=True)).to_be_visible()
    assert_accessible(phone)
    phone.goto("/profile/opened/")
    expect(phone.get_by_text("noted what you explained").first).to_be_visible()


def _zone():
    return User.objects.get(email="patient2@example.org").zone


def approved_by(patient, today):
    """The page of this patient's visit, approved as it is now."""
    visit = Visit.objects.select_related("patient").get(patient=patient, ended_at=None)
    seen = Sheet.for_patient(visit, today, as_it_is_now=True).things.fingerprint
    assert visits.approve(visit, today, seen)
    return visit.get_absolute_url()


def test_however_much_there_is_it_fits_one_sheet(desktop_page, enter):
    enter(desktop_page, "clinician2")
    patient = User.objects.get(email="patient2@example.org")
    clinician = User.objects.get(email="clinician2@example.org")
    long = "Could it have to do with the tablet that I take in the evening, after supper? " * 8
    edition = Edition.objects.published().first()
    questions = [
        Question.objects.create(patient=patient, text=long, edition=edition)
        for _ in range(MOST_QUESTIONS)
    ]
    today = timezone.localdate(timezone=patient.zone)
    # Where there is room, nothing is shortened.
    one = Reflection.objects.create(patient=patient, on=today, text=long)
    visits.prepare(
        patient, offered=[], questions=questions[:2], offered_reflections=[], reflections=[one],
        share_until=today,
    )  # fmt: skip
    page_of_it = approved_by(patient, today)
    desktop_page.goto(page_of_it)
    desktop_page.emulate_media(media="print")
    words = desktop_page.locator(".sheet-words > p")
    expect(words).to_have_count(3)
    assert words.evaluate_all("all => all.map(p => p.scrollHeight - p.clientHeight)") == [0] * 3
    assert [sheets(desktop_page, paper) for paper in ("A4", "Letter")] == [1, 1]
    desktop_page.emulate_media(media="null")
    reflections = [
        Reflection.objects.create(patient=patient, on=today, text=long * 5)
        for _ in range(MOST_REFLECTIONS)
    ]
    visits.prepare(
        patient, offered=[], questions=questions, offered_reflections=[one],
        reflections=reflections, share_until=today,
    )  # fmt: skip
    articles = Article.objects.all()[:MOST_READING]
    assign([Wanted(patient, one, "fundamentals", today) for one in articles], by=clinician)
    for one in Edition.objects.published()[:4]:
        teach_backs.note(patient, clinician, edition=one, understood="partly", words=long)
    desktop_page.goto(approved_by(patient, today))
    expect(desktop_page.locator(".sheet-list > li")).to_have_count(MOST_QUESTIONS)
    assert [sheets(desktop_page, paper) for paper in ("A4", "Letter")] == [1, 1]
    # What the sheet has no room for is not left out in silence.
    desktop_page.emulate_media(media="print")
    marks = desktop_page.locator(".sheet-reflection .sheet-words").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::after').content)"
    )
    assert marks == ['"[…]"'] * MOST_REFLECTIONS


def test_half_a_date_is_not_taken_for_none(page, enter):
    enter(page, "patient2")
    page.goto("/visit/")
    day, soon = page.get_by_label("Day"), timezone.localdate() + timedelta(days=30)
    day.focus()
    page.keyboard.type(f"{soon:%m%d}")
    page.get_by_role("button", name="Note it").click()
    expect(page).to_have_url(re.compile("/visit/$"))
    expect(page.get_by_text("Saved, without a day.")).to_have_count(0)
    assert not Visit.objects.filter(patient__email="patient2@example.org", ended_at=None).exists()
    day.focus()
    page.keyboard.type(f"{soon:%m%d%Y}")
    page.get_by_role("button", name="Note it").click()
    expect(page.get_by_text("Your visit is noted.")).to_be_visible()


def test_preparing_and_approving_work_without_javascript(new_page, enter):
    page = new_page(java_script_enabled=False)
    enter(page, "patient2")
    page.goto("/questions/new/")
    page.get_by_label("Your question").fill("Do I need the light?")
    page.get_by_label("For my visit").check()
    page.get_by_role("button", name="Keep it").click()
    page.goto("/visit/")
    expect(page.get_by_label("Do I need the light?")).to_be_checked()
    page.get_by_role("button", name="Save, and look at the page").click()
    page.get_by_role("button", name="Approve this page").click()
    expect(page.get_by_text("Approved. Your care team sees exactly this.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Your care team doesn’t see your questions")).to_be_visible()
