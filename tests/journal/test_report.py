"""The diary on paper: what is on it, and only what was wanted."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.journal.models import Night

pytestmark = pytest.mark.django_db


@pytest.fixture
def long_diary(patient):
    today = timezone.localdate(timezone=patient.zone)
    nights = []
    for back in range(100):
        day = today - timedelta(days=back)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        nights.append(
            Night(
                patient=patient,
                diary_date=day,
                zone="Europe/London",
                into_bed_at=midnight - timedelta(hours=2),
                tried_to_sleep_at=midnight - timedelta(hours=1),
                minutes_to_fall_asleep=10,
                awakenings=0,
                woke_at=midnight + timedelta(hours=5),
                got_up_at=midnight + timedelta(hours=6),
                note=f"note of {back} days ago",
                medicine="a tablet",
            )
        )
    Night.objects.bulk_create(nights)


def test_the_nights_that_are_wanted_with_notes_only_on_request(
    signed_in, patient, long_diary, django_assert_max_num_queries
):
    client, url = signed_in(patient), reverse("journal:report")
    for days in (14, 28, 90):
        with django_assert_max_num_queries(6):
            page = client.get(url, {"last": days}).content.decode()
        assert f"Sleep diary of {patient.name}" in page
        assert f"{days} of {days} nights written down" in page
        assert page.count('<svg class="sleep-') == 3
        assert "note of" not in page
        assert "tablet" not in page
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
    page = client.get(url, {"last": 28, "notes": "on"}).content.decode()
    assert "note of 27 days ago" in page
    assert "note of 28 days ago" not in page
    assert "Medicine for sleep: a tablet" in page
    earlier = timezone.localdate(timezone=patient.zone) - timedelta(days=50)
    page = client.get(url, {"until": earlier.isoformat(), "notes": "on"}).content.decode()
    assert "note of 50 days ago" in page
    assert "note of 49 days ago" not in page


@pytest.mark.parametrize(
    "query", [{"last": "15"}, {"last": "14\x00;"}, {"last": ""}, {"until": "2026-02-30"}]
)
def test_there_is_no_such_report(signed_in, patient, query):
    answer = signed_in(patient).get(reverse("journal:report"), query)
    # A NUL is dropped on the way in.
    assert answer.status_code == 404


def test_an_empty_diary_says_so(signed_in, patient):
    client = signed_in(patient)
    for query in ({}, {"notes": "on"}, {"until": "2000-01-01"}):
        page = client.get(reverse("journal:report"), query).content.decode()
        assert "No entries in the last 14 nights." in page
