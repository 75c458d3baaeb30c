"""The morning form, as a browser sends it."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from education.journal.forms import NightForm
from education.journal.models import Night
from tests.factories import PatientFactory

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 3, 3)
NEW = "/journal/nights/new/"
FULL = {
    "diary_date": "2026-03-03",
    "into_bed": "2200",
    "tried_to_sleep": "22:30",
    "minutes_to_fall_asleep": "18",
    "awakenings": "2",
    "minutes_awake": "30",
    "woke": "6:30",
    "got_up": "06.45 am",
    "quality": "4",
    "note": "Window open.",
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(datetime(2026, 3, 3, 8, tzinfo=LONDON), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def test_the_form_is_empty_but_for_the_date(client):
    html = client.get(NEW).content.decode()
    assert 'value="2026-03-03"' in html
    assert "Night of Mon 2 to Tue 3 Mar" in html
    assert "Europe/London" in html
    for name in ("into_bed", "tried_to_sleep", "woke", "got_up", "awakenings"):
        widget = html[html.index(f'name="{name}"') :]
        assert "value=" not in widget[: widget.index(">")]
    assert html.count("checked") == 4  # "No answer" to each choice


def test_a_full_night_is_saved_and_said_in_words(client, patient):
    response = client.post(NEW, FULL, follow=True)
    assert response.redirect_chain[0][0] == reverse("journal:index")
    night = Night.objects.get()
    assert night.patient == patient
    assert night.zone == "Europe/London"
    assert night.into_bed_at == local("2026-03-02 22:00")
    assert night.tried_to_sleep_at == local("2026-03-02 22:30")
    assert night.woke_at == local("2026-03-03 06:30")
    assert night.got_up_at == local("2026-03-03 06:45")
    assert (night.measures.in_bed, night.measures.asleep) == (525, 432)
    assert not night.numbers_shared
    assert not night.words_shared
    html = response.content.decode()
    assert "Asleep about 7 h 12 min of 8 h 45 min in bed (82%)." in html
    page = client.get(night.get_absolute_url()).content.decode()
    assert "432 ÷ 525 minutes" in page


def test_blank_is_not_zero(client):
    assert client.post(NEW, {"diary_date": "2026-03-03", "woke": "7"}).status_code == 302
    night = Night.objects.get()
    assert night.minutes_to_fall_asleep is None
    assert night.awakenings is None
    assert night.minutes_awake is None
    assert night.quality is None
    page = client.get(night.get_absolute_url()).content.decode()
    assert "not enough answered" in page


def test_a_zero_is_a_zero(client):
    answers = FULL | {"minutes_to_fall_asleep": "0", "awakenings": "0", "minutes_awake": ""}
    assert client.post(NEW, answers).status_code == 302
    night = Night.objects.get()
    assert night.minutes_to_fall_asleep == 0
    assert night.minutes_awake is None
    assert night.measures.asleep == 480


def test_something_has_to_be_answered(client):
    response = client.post(NEW, {"diary_date": "2026-03-03", "numbers_shared": "on"})
    assert response.status_code == 200
    assert "Answer at least one question" in response.content.decode()
    assert not Night.objects.exists()


@pytest.mark.once
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"got_up": "6:15"}, "got_up", "Got up is before woke for good. Is it the next day?"),
        ({"tried_to_sleep": "21:30"}, "tried_to_sleep", "before got into bed"),
        ({"minutes_to_fall_asleep": "300", "minutes_awake": "300"}, "minutes_awake",
         "more time awake than the 480 minutes"),
        ({"minutes_to_fall_asleep": "500", "minutes_awake": ""}, "minutes_to_fall_asleep",
         "more time awake"),
        ({"minutes_to_fall_asleep": "-1"}, "minutes_to_fall_asleep", "less than 0"),
        ({"minutes_awake": "1441"}, "minutes_awake", "1440"),
        ({"awakenings": "9" * 5000}, "awakenings", "whole number"),
        ({"awakenings": "1" * 30}, "awakenings", "99 or less"),
        ({"awakenings": "two"}, "awakenings", "whole number"),
        ({"into_bed": "25:00"}, "into_bed", "such as 22:30"),
        ({"into_bed": "10\x0030"}, "into_bed", "such as 22:30"),
        ({"quality": "6"}, "quality", "Select a valid choice"),
        ({"note": "a\x00b"}, "note", "Null characters"),
        ({"note": "x" * 5001}, "note", "5,001 characters; 5,000 fit"),
        ({"diary_date": "2026-03-04"}, "diary_date", "has not come yet"),
        ({"diary_date": "2025-03-01"}, "diary_date", "more than a year ago"),
        ({"diary_date": "0001-01-01"}, "diary_date", "more than a year ago"),
        ({"diary_date": "9999-12-31"}, "diary_date", "has not come yet"),
        ({"diary_date": "2026-02-29"}, "diary_date", "does not exist"),
        ({"diary_date": "99999-01-01"}, "diary_date", "does not exist"),
        ({"diary_date": ""}, "diary_date", "Choose the morning"),
    ],
)  # fmt: skip
def test_an_error_stands_beside_its_field_and_keeps_what_was_typed(client, changes, field, words):
    sent = FULL | changes
    response = client.post(NEW, sent)
    assert response.status_code == 200
    form = response.context["form"]
    assert list(form.errors) == [field]
    html = response.content.decode()
    assert words in html
    assert f'id="id_{field}_error"' in html
    assert "Window open." in html or field == "note"
    if len(sent[field]) < 100 and "\x00" not in sent[field] and field != "quality":
        assert f'value="{sent[field]}"' in html
    assert not Night.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"tried_to_sleep": "", "into_bed": "4:30", "minutes_to_fall_asleep": "",
          "minutes_awake": "", "awakenings": ""}, "short_night", "got_up"),
        ({"into_bed": "14:00", "tried_to_sleep": "14:00", "got_up": "6:45"},
         "half_day", "into_bed"),
        ({"into_bed": "18:00", "tried_to_sleep": "19:00", "woke": "10:00", "got_up": "10:30"},
         "long_night", "got_up"),
        ({"into_bed": "10:00", "tried_to_sleep": "10:30"}, "half_day", "into_bed"),
        ({"into_bed": "10:00", "tried_to_sleep": ""}, "half_day", "into_bed"),
        ({"woke": "6:30 pm", "got_up": "6:45 pm"}, "half_day", "woke"),
        ({"minutes_to_fall_asleep": "121"}, "latency", "minutes_to_fall_asleep"),
        ({"minutes_awake": ""}, "awake_no_minutes", "minutes_awake"),
        ({"minutes_awake": "0"}, "awake_no_minutes", "minutes_awake"),
        ({"awakenings": ""}, "minutes_not_awake", "awakenings"),
        ({"awakenings": "0"}, "minutes_not_awake", "awakenings"),
    ],
)  # fmt: skip
def test_what_is_unusual_is_asked_back_and_saved_when_confirmed(client, changes, code, field):
    sent = FULL | changes
    response = client.post(NEW, sent)
    assert response.status_code == 200
    assert not Night.objects.exists()
    form = response.context["form"]
    assert not form.errors
    assert [(one.code, one.field) for one in form.open_questions] == [(code, field)]
    html = response.content.decode()
    assert f'name="confirm_{code}"' in html
    assert f"id_{field}_question" in html
    assert "Window open." in html
    assert client.post(NEW, sent | {f"confirm_{code}": "on"}).status_code == 302
    assert Night.objects.exists()


def test_a_slip_of_half_a_day_says_what_was_likely_meant(client):
    html = client.post(NEW, FULL | {"into_bed": "10:00", "tried_to_sleep": "10:30"}).content
    assert "This makes 20 h 45 min in bed. Was it 10:00 pm? Then change the time." in html.decode()


def test_two_questions_are_both_asked_and_a_confirmed_one_stays_confirmed(client):
    sent = FULL | {"minutes_to_fall_asleep": "130", "minutes_awake": "", "confirm_latency": "on"}
    form = client.post(NEW, sent).context["form"]
    assert [one.code for one in form.open_questions] == ["awake_no_minutes"]
    assert [one.code for one in form.questions if one.confirmed] == ["latency"]


def test_a_day_sleeper_is_asked_nothing(client):
    sent = {"diary_date": "2026-03-03", "into_bed": "8:00", "tried_to_sleep": "8:10",
            "woke": "15:00", "got_up": "15:20"}  # fmt: skip
    assert client.post(NEW, sent).status_code == 302
    night = Night.objects.get()
    assert night.into_bed_at == local("2026-03-03 08:00")
    assert night.got_up_at == local("2026-03-03 15:20")


@time_machine.travel(datetime(2026, 3, 29, 9, tzinfo=LONDON))
def test_the_night_in_which_clocks_go_forward(patient, signed_in):
    client = signed_in(patient)
    sent = {"diary_date": "2026-03-29", "into_bed": "23:00", "woke": "7:00", "got_up": "7:00"}
    response = client.post(NEW, sent | {"tried_to_sleep": "1:30"})
    assert "There was no 1:30 am on Sun 29 Mar: the clocks went forward." in (
        response.content.decode()
    )
    assert client.post(NEW, sent).status_code == 302
    assert Night.objects.get().measures.in_bed == 420


@time_machine.travel(datetime(2026, 10, 25, 9, tzinfo=LONDON))
def test_the_night_in_which_clocks_go_back(patient, signed_in):
    client = signed_in(patient)
    sent = {"diary_date": "2026-10-25", "into_bed": "23:00", "tried_to_sleep": "1:30",
            "woke": "7:00", "got_up": "7:00"}  # fmt: skip
    assert client.post(NEW, sent).status_code == 302
    night = Night.objects.get()
    assert night.measures.in_bed == 540
    assert (night.woke_at - night.tried_to_sleep_at) == timedelta(hours=6, minutes=30)
    # Saved once more without a change, it stays the same moment.
    again = client.get(night.get_absolute_url()).context["form"].initial
    assert client.post(night.get_absolute_url(), sent).status_code == 302
    assert str(again["tried_to_sleep"]) == "01:30:00"
    assert Night.objects.get().tried_to_sleep_at == night.tried_to_sleep_at


def test_a_second_entry_for_a_date_is_led_to_the_first(client):
    client.post(NEW, FULL)
    response = client.get(NEW)
    assert response.status_code == 302
    assert response["Location"] == "/journal/nights/2026-03-03/"
    response = client.post(NEW, FULL | {"into_bed": "21:00", "note": "Other words"})
    assert response.status_code == 200
    html = response.content.decode()
    assert "already an entry for this night" in html
    assert 'href="/journal/nights/2026-03-03/"' in html
    assert "Other words" in html
    assert Night.objects.count() == 1


def test_a_second_click_is_as_one(client):
    assert client.post(NEW, FULL).status_code == 302
    response = client.post(NEW, FULL, follow=True)
    assert "Asleep about 7 h 12 min" in response.content.decode()
    assert Night.objects.count() == 1


@pytest.mark.parametrize("note", ["Window open.", "Something else"])
def test_two_tabs_at_the_same_moment(patient, monkeypatch, note):
    """The other tab saves between this one's check and its own saving."""
    forms = [
        NightForm(FULL | {"note": text}, instance=Night(patient=patient, zone="Europe/London"))
        for text in ("Window open.", note)
    ]
    assert all(form.is_valid() for form in forms)
    assert forms[0].save()
    second = forms[1].save()
    assert Night.objects.count() == 1
    if note == "Window open.":
        assert second == Night.objects.get()
    else:
        assert second is None
        assert "already an entry" in str(forms[1].errors)


def test_editing_keeps_sharing_and_the_zone_of_the_night(client, patient):
    client.post(NEW, FULL | {"numbers_shared": "on"})
    night = Night.objects.get()
    assert night.numbers_shared
    patient.time_zone = "Asia/Kolkata"
    patient.save()
    url = night.get_absolute_url()
    html = client.get(url).content.decode()
    assert "10:00 pm" in html
    assert "Europe/London" in html
    assert client.post(url, FULL | {"note": "Changed", "got_up": "7:00 am"}).status_code == 302
    night.refresh_from_db()
    assert night.note == "Changed"
    assert night.numbers_shared
    assert night.got_up_at == local("2026-03-03 07:00")


def test_an_edit_can_move_the_night_but_not_onto_another(client):
    client.post(NEW, FULL)
    client.post(NEW, FULL | {"diary_date": "2026-03-02"})
    url = "/journal/nights/2026-03-03/"
    response = client.post(url, FULL | {"diary_date": "2026-03-02"})
    assert "already an entry" in response.content.decode()
    assert client.post(url, FULL | {"diary_date": "2026-03-01"}).status_code == 302
    assert sorted(Night.objects.values_list("diary_date", flat=True)) == [
        date(2026, 3, 1),
        date(2026, 3, 2),
    ]
    assert Night.objects.get(diary_date=date(2026, 3, 1)).got_up_at == local("2026-03-01 06:45")


def test_deleting_asks_first(client):
    client.post(NEW, FULL)
    url = "/journal/nights/2026-03-03/delete/"
    assert "Delete this night?" in client.get(url).content.decode()
    assert Night.objects.exists()
    assert client.post(url).status_code == 302
    assert not Night.objects.exists()
    assert client.get("/journal/nights/2026-03-03/").status_code == 404


def test_another_night_by_address(client):
    assert 'value="2026-02-20"' in client.get(f"{NEW}?date=2026-02-20").content.decode()


@pytest.mark.once
def test_american_and_british_times(client, patient):
    client.post(NEW, FULL)
    url = "/journal/nights/2026-03-03/"
    assert 'value="10:00 pm"' in client.get(url).content.decode()
    patient.language = "en-gb"
    patient.save()
    html = client.get(url).content.decode()
    assert 'value="22:00"' in html
    assert 'inputmode="numeric"' in html


@pytest.mark.once
@pytest.mark.parametrize(
    "path",
    [
        "nights/2027-02-29/",
        "nights/2026-13-01/",
        "nights/0000-01-01/",
        "nights/1999-12-31/",
        "nights/2101-01-01/",
        "nights/99999-01-01/",
        "nights/2026-3-3/",
        "nights/٢٠٢٦-03-03/",
        "nights/2026-03-03/",
        "nights/2026-03-03/delete/",
        "nights/new/?date=2027-02-29",
        "nights/new/?date=%00",
        "nights/new/?date=" + "9" * 400,
        "?before=yesterday",
        "?after=2026-02-30",
        "reflections/1/",
        "reflections/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_addresses_that_are_none(client, path):
    assert client.get(f"/journal/{path}").status_code == 404


@pytest.mark.parametrize("name", [*FULL, "numbers_shared", "confirm_latency", "next"])
@pytest.mark.parametrize(
    "value", ["\x00", "9" * 400, "-" * 9, "💤" * 99, "\ud800".encode("utf-8", "surrogatepass")]
)
def test_nothing_sent_breaks_the_form(client, name, value):
    body = urlencode({**FULL, name: value})
    response = client.post(NEW, body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (200, 302)


def test_a_very_long_text_is_refused_without_breaking(client):
    response = client.post(NEW, FULL | {"note": "x" * 10_000_000})
    assert response.status_code in (200, 400, 413)


def test_the_form_costs_the_same_with_many_nights(client, patient):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(f"{NEW}?date=2026-03-03").status_code == 200
        return len(captured)

    few = queries()
    Night.objects.bulk_create(
        Night(patient=patient, zone="UTC", diary_date=TUESDAY - timedelta(days=back))
        for back in range(1, 31)
    )
    assert queries() == few <= 8


def test_a_user_with_a_strange_zone_still_gets_a_form(signed_in):
    patient = PatientFactory(time_zone="UTC")
    type(patient).objects.filter(pk=patient.pk).update(time_zone="Nowhere/Land")
    assert signed_in(patient).get(NEW).status_code == 200
