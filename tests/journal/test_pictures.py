"""The page of the nights as pictures: 14, 28 and 90 of them, drawn, said and in a table."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from education.journal.diary import Diary
from education.journal.models import Night

from .test_sharing import make_night

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
URL = "/journal/nights/"


@pytest.fixture(autouse=True)
def a_monday():
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def write(patient, nights: int, **fields) -> None:
    """So many nights up to today, 22:30 to 6:45 in UTC."""
    rows = []
    for back in range(nights):
        day = TODAY - timedelta(days=back)
        evening = datetime.combine(day, time(), UTC) - timedelta(hours=1.5)
        rows.append(
            Night(
                **{
                    "patient": patient,
                    "diary_date": day,
                    "zone": "UTC",
                    "into_bed_at": evening,
                    "tried_to_sleep_at": evening + timedelta(minutes=30),
                    "minutes_to_fall_asleep": 20,
                    "awakenings": 1,
                    "minutes_awake": 10 + back % 50,
                    "woke_at": evening + timedelta(hours=8),
                    "got_up_at": evening + timedelta(hours=8.25),
                    "quality": 3,
                    **fields,
                }
            )
        )
    Night.objects.bulk_create(rows)


def page(client, **query) -> str:
    response = client.get(URL, query)
    assert response.status_code == 200
    return response.content.decode()


def svgs(html: str, name: str) -> list[str]:
    return re.findall(rf'<svg class="{name}".*?</svg>', html, re.S)


@pytest.mark.parametrize("days", [14, 28, 90])
def test_pictures_sentences_and_table_hold_the_same_nights(client, patient, days):
    write(patient, 10)
    html = page(client, last=days)
    windows, (asleep, efficiency) = svgs(html, "sleep-window"), svgs(html, "sleep-trend")
    assert len(windows) == 1
    assert windows[0].count('class="asleep"') == 10
    for trend in (asleep, efficiency):
        assert trend.count("<circle") == 10
        assert trend.count('class="joined"') == 9
    for svg in (*windows, asleep, efficiency):
        label = re.search(r'role="img" aria-label="([^"]+)"', svg)[1]
        assert f"{days} nights" in label
        assert "(10 of " in label and "The table has the same numbers." in label
        for position in re.findall(r'(?:x|cx|x1|x2|width)="([\d.-]+)%"', svg):
            assert 0 <= float(position) <= 100
    assert f"(10 of {days} nights answered)" in html
    assert "Asleep 6 h 51 min to 7 h, 6 h 56 min on average" in html
    assert "Asleep for 83% to 85% of the time in bed, 84% on average" in html
    assert html.count('scope="row"') == days + 1
    assert html.count("no entry</td>") == days - 10
    assert html.count('scope="rowgroup"') == (14 if days == 90 else 0)
    assert f'aria-current="page">{days} nights' in html
    assert "style=" not in html[html.index("<main") :]
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_a_broken_line_where_a_night_is_missing(client, patient):
    write(patient, 5)
    Night.objects.filter(diary_date=TODAY - timedelta(days=2)).delete()
    html = page(client)
    assert [svg.count('class="joined"') for svg in svgs(html, "sleep-trend")] == [2, 2]
    assert "Where a night is missing, it breaks." in html


def test_clocks_and_zones_are_marked_and_said(client, patient):
    """London's autumn night, then from the next day on in Tokyo."""
    make = {"minutes_to_fall_asleep": 0, "minutes_awake": 0, "awakenings": 0}
    for day, zone in ((24, "Europe/London"), (25, "Europe/London"), (26, "Asia/Tokyo")):
        ends = datetime(2026, 10, day, 6, tzinfo=UTC)
        Night.objects.create(
            patient=patient, diary_date=date(2026, 10, day), zone=zone, **make,
            into_bed_at=ends - timedelta(hours=8), tried_to_sleep_at=ends - timedelta(hours=8),
            woke_at=ends, got_up_at=ends,
        )  # fmt: skip
    html = page(client, until="2026-10-31")
    (svg,) = svgs(html, "sleep-window")
    assert "Sun 25: clocks went back 1 h" in svg
    assert "from here: Tokyo time" in svg
    assert svg.count('class="asleep"') == 4
    words = html[html.index("<figcaption>") :]
    assert "In the night to Sun 25 Oct the clocks went back 1 h." in words
    assert "From Mon 26 Oct on the times are those of Tokyo, 9 h ahead of London." in words
    table = html[html.index("<table") : html.index("</table>")]
    assert "<td>London, clocks went back 1 h</td>" in table
    assert "<td>Tokyo</td>" in table
    assert "London" not in page(client)


def test_optional_answers_are_in_the_table_where_there_are_any(client, patient):
    write(patient, 3)
    assert "Naps" not in page(client)
    Night.objects.filter(diary_date=TODAY).update(
        naps=2, nap_minutes=40, alcoholic_drinks=0, refreshed=3, free_day=True, alarm_used=False
    )
    table = re.search(r"<table.*?</table>", page(client), re.S)[0]
    for words in (
        "Naps",
        "<td>Somewhat</td>",
        "2, 40 min",
        ">0</td>",
        "Free day",
        "<td>yes</td>",
        "<td>no</td>",
    ):
        assert words in table
    assert "caffeine" not in table


@pytest.mark.once
def test_one_empty_half_and_untimed_nights_are_said(client, patient):
    assert "No entries in the last 14 nights." in page(client)
    assert "Log last night" in page(client)
    assert "<svg class=" not in page(client).partition("<main")[2].partition("</main")[0].replace(
        '<svg class="icon', ""
    )
    make_night(patient, TODAY, into_bed_at=None, tried_to_sleep_at=None, woke_at=None,
               got_up_at=None)  # fmt: skip
    html = page(client, last=28)
    assert "Not enough answered to draw the time asleep." in html
    assert svgs(html, "sleep-window")[0].count("no times") == 1
    assert svgs(html, "sleep-trend") == []
    Night.objects.all().delete()
    write(patient, 1)
    html = page(client)
    assert "Asleep 7 h in one night, to Mon 23 Nov (1 of 14 nights answered)." in html
    assert [svg.count('class="joined"') for svg in svgs(html, "sleep-trend")] == [0, 0]


def test_earlier_nights_and_back(client, patient):
    write(patient, 40)
    html = page(client, last=28)
    assert "Later nights" not in html
    earlier = re.search(r'href="([^"]+)" rel="prev"', html)[1].replace("&amp;", "&")
    assert earlier == "/journal/nights/?last=28&until=2026-10-26"
    html = client.get(earlier).content.decode()
    assert "(12 of 28 nights answered)" in html
    assert 'rel="prev"' not in html
    assert 'href="/journal/nights/?last=28" rel="next"' in html
    # What is asked for after today is what there is up to today.
    assert client.get(URL, {"until": "2090-01-01"}).context["diary"].until == TODAY
    assert "No entries in these nights." in page(client, until="2000-01-01", last=90)


@pytest.mark.once
@pytest.mark.parametrize(
    "query",
    ["last=15", "last=", "last=%00", "last=9e9", "last=-14", "last=٩٠", "until=yesterday",
     "until=2026-02-30", "until=99999-01-01", "until=%ED%A0%80", "last[]=14&last=0014"],
)  # fmt: skip
def test_other_pictures_do_not_exist(client, query):
    assert client.get(f"{URL}?{query}").status_code == 404


@pytest.mark.once
def test_queries_do_not_grow_with_the_years(client, patient):
    counts = []
    for nights in (1, 400):
        Night.objects.all().delete()
        write(patient, nights)
        for days in (14, 90):
            with CaptureQueriesContext(connection) as queries:
                page(client, last=days)
            counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 10


def test_a_night_that_is_not_shared_leaves_no_trace_in_any_picture(patient, clinician):
    """Not even by its time zone, or as the neighbor of one that is shared."""
    write(patient, 9, numbers_shared=True)
    hidden = Night.objects.filter(diary_date=TODAY - timedelta(days=4))
    html = {}
    for state in ("private", "missing"):
        if state == "private":
            hidden.update(numbers_shared=False, zone="Asia/Tokyo", naps=3, note="unseen")
        else:
            hidden.delete()
        diary = Diary.shared(patient, clinician, until=TODAY, days=28)
        html[state] = "".join(
            render_to_string(f"journal/{name}.html", {"diary": diary, "figures": diary.figures})
            for name in ("_diary", "_trends", "_diary_table", "_figures")
        )
    assert html["private"] == html["missing"]
    assert "(8 shared of 28 nights)" in html["private"]
    assert "Tokyo" not in html["private"]
    assert [svg.count('class="joined"') for svg in svgs(html["private"], "sleep-trend")] == [6, 6]


def test_notes_and_medicine_of_a_shared_diary_unless_compact(patient, clinician):
    write(patient, 1, numbers_shared=True, words_shared=True, note="a warm room", medicine="none")
    diary = Diary.shared(patient, clinician, until=TODAY)
    full = render_to_string("journal/_diary.html", {"diary": diary})
    assert "a warm room" in full and "Medicine for sleep: none" in full
    compact = render_to_string("journal/_diary.html", {"diary": diary, "compact": True})
    assert "a warm room" not in compact and "diary-measures" not in compact
    assert "<table" in compact
