"""The journal's front page and its line of entries."""

import re
from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ClinicProfile
from education.journal.models import Draft, Night, Reflection
from tests.factories import PublishedEditionFactory

from .test_sharing import make_night

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 30)


@pytest.fixture(autouse=True)
def a_monday():
    with time_machine.travel(datetime(2026, 3, 30, 9), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def write(patient, nights: int, reflections: int = 0) -> None:
    Night.objects.bulk_create(
        Night(patient=patient, zone="UTC", diary_date=TODAY - timedelta(days=back), quality=3)
        for back in range(nights)
    )
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on=TODAY - timedelta(days=back), text=f"thought {back}")
        for back in range(reflections)
    )


def test_an_empty_journal_says_what_to_do(client):
    html = client.get("/journal/").content.decode()
    assert "Begin with last night" in html
    assert "Log last night" in html
    assert "sleep-window" not in html


def test_last_night_is_logged_or_edited(client, patient):
    assert "Log last night" in client.get("/journal/").content.decode()
    write(patient, 1)
    html = client.get("/journal/").content.decode()
    assert "Edit last night" in html
    assert "Log last night" not in html


def test_chart_sentence_and_table_say_the_same(client, patient):
    make_night(patient, date(2026, 3, 28))
    make_night(patient, date(2026, 3, 27), minutes_awake=60)
    make_night(patient, date(2026, 3, 26), minutes_awake=None)
    make_night(patient, date(2026, 3, 25), into_bed_at=None, tried_to_sleep_at=None, woke_at=None,
               got_up_at=None)  # fmt: skip
    html = client.get("/journal/").content.decode()
    assert "Asleep 6 h 57 min on average (2 of 14 nights answered)." in html
    svg = html[html.index('<svg class="sleep-window"') :]
    svg = svg[: svg.index("</svg>")]
    assert 'role="img"' in svg
    assert svg.count("no entry") == 10
    assert svg.count("no times") == 1
    assert svg.count('class="asleep"') == 2
    assert svg.count('class="open"') == 1
    assert svg.count('class="midnight"') == 1
    assert "style=" not in svg
    table = html[html.index("<table") : html.index("</table>")]
    assert "<caption" in table
    assert table.count('scope="row"') == 15
    assert "7 h 12 min" in table
    assert "82%" in table
    for position in re.findall(r'(?:x|cx|x1|width)="([\d.-]+)%"', svg):
        assert 0 <= float(position) <= 100


def test_pages_of_the_line_hold_every_entry_once(client, patient):
    write(patient, 45, 30)
    seen, url = [], "/journal/"
    trail = []
    while url:
        response = client.get(url)
        page = response.context["page"]
        entries = sum(bool(one.night) + len(one.reflections) for one in page.dates)
        assert 0 < entries <= 20
        seen += [one.date for one in page.dates]
        trail.append([one.date for one in page.dates])
        url = f"/journal/?before={page.older_than}" if page.older_than else None
    assert seen == [TODAY - timedelta(days=back) for back in range(45)]
    assert len(trail) > 3
    back = client.get(f"/journal/?after={trail[-1][0]}").context["page"]
    assert back.dates[-1].date == trail[-1][0] + timedelta(days=1)
    while back.newer_than:
        back = client.get(f"/journal/?after={back.newer_than}").context["page"]
    assert [one.date for one in back.dates] == trail[0]


def test_a_day_full_of_reflections_is_a_page(client, patient):
    Reflection.objects.bulk_create(
        Reflection(patient=patient, on=TODAY, text="again") for _ in range(25)
    )
    write(patient, 3)
    page = client.get("/journal/").context["page"]
    assert [one.date for one in page.dates] == [TODAY]
    assert len(page.dates[0].reflections) == 25
    older = client.get(f"/journal/?before={page.older_than}").context["page"]
    assert len(older.dates) == 2
    assert client.get("/journal/?before=2001-01-01").status_code == 200


@pytest.mark.once
def test_the_front_page_costs_the_same_with_1_and_30_nights(client, patient):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/journal/")
        return len(captured)

    def begin_to_change(count: int) -> None:
        """Drafts of stored entries are what costs most."""
        for night in Night.objects.all()[:count]:
            Draft.objects.keep(patient, f"night:{night.diary_date}", {"note": "x"})
        for one in Reflection.objects.all()[:count]:
            Draft.objects.keep(patient, f"reflection:{one.public_id}", {"text": "x"})

    write(patient, 1, 1)
    begin_to_change(1)
    few = queries()
    Night.objects.all().delete()
    Reflection.objects.all().delete()
    write(patient, 30, 30)
    edition = PublishedEditionFactory()
    Reflection.objects.update(edition=edition)
    begin_to_change(5)
    assert queries() == few <= 10


# --- Months -----------------------------------------------------------------------------------


def test_the_line_goes_by_month(client, patient):
    write(patient, 60)
    Reflection.objects.create(patient=patient, on=date(2024, 5, 7), text="A long time ago")
    response = client.get("/journal/")
    html = response.content.decode()
    months = re.findall(r'<option value="([\d-]+)"( selected)?>', html)
    assert months[0] == ("2026-03", " selected")
    assert months[-1] == ("2024-05", "")
    assert len(months) == 23
    assert re.findall(r'class="timeline-month"[^>]*>([^<]+)<', html) == ["March 2026"]

    february = client.get("/journal/?month=2026-02")
    html = february.content.decode()
    assert february.context["page"].dates[0].date == date(2026, 2, 28)
    assert '<option value="2026-02" selected>' in html
    assert "sleep-window" not in html
    older = client.get(f"/journal/?before={february.context['page'].older_than}")
    assert re.findall(r'class="timeline-month"[^>]*>([^<]+)<', older.content.decode()) == [
        "February 2026",
        "January 2026",
        "May 2024",
    ]
    nothing = client.get("/journal/?month=2025-01").content.decode()
    assert "Nothing is written down in January 2025." in nothing
    assert "A long time ago" in nothing
    first = client.get("/journal/?month=2001-01").content.decode()
    assert "Nothing is written down in January 2001." in first
    assert "There is nothing earlier." in first


def test_months_that_are_none(client):
    odd = [
        "",
        "2026",
        "2026-13",
        "2026-3",
        "2026-03-01",
        "1999-12",
        "2101-01",
        "%00",
        "２０２６-03",
    ]
    for month in odd:
        assert client.get(f"/journal/?month={month}").status_code == 404
    assert client.get("/journal/?month=2100-12").status_code == 200


def test_what_is_begun_leads_back_to_its_form(client, patient):
    Draft.objects.keep(patient, "reflection:ask:evening", {"text": "Half a thought"})
    Draft.objects.keep(patient, "night:2026-03-28", {"note": "Half a thought"})
    html = client.get("/journal/").content.decode()
    assert "Begun, not saved yet" in html
    assert "/journal/reflections/new/?ask=evening" in html
    assert "/journal/nights/new/?date=2026-03-28" in html
    assert "Half a thought" not in html


# --- In a hard moment -------------------------------------------------------------------------


@pytest.mark.once
def test_help_stands_beside_everything_that_is_written(client, patient):
    clinic = ClinicProfile.current()
    clinic.hard_moment_words = "You are not alone <with it>."
    clinic.hard_moment_telephone = "0800 111 0 222"
    clinic.emergency_words = "Call 112."
    clinic.save()
    reflection = Reflection.objects.create(patient=patient, on=TODAY, text="Heavy")
    pages = ["/journal/", "/journal/reflections/new/", reflection.get_absolute_url()]
    for url in [*pages, "/journal/search/", "/journal/nights/new/"]:
        html = client.get(url).content.decode()
        aside = html[html.index('<aside class="hard-moment"') : html.index("</aside>")]
        assert "You are not alone &lt;with it&gt;." in aside
        assert 'href="tel:08001110222"' in aside
        assert "Call 112." in aside
