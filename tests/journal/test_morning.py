"""The morning form beyond its core: usual times, time zones, the optional part, preferences."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from cryptography.fernet import Fernet

from education.journal.models import Night, Preferences
from education.journal.usual import usual_times

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 3, 3)
NEW = "/journal/nights/new/"
FIRST = {"diary_date": "2026-03-03", "woke": "6:30"}
MORE = {
    "refreshed": "2",
    "free_day": "no",
    "alarm_used": "yes",
    "naps": "1",
    "nap_minutes": "20",
    "alcoholic_drinks": "0",
    "caffeinated_drinks": "3",
    "medicine": "Melatonin 2 mg\r\nat 21:00",
}
OPEN = 'night-more" open'

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(datetime(2026, 3, 3, 8, tzinfo=LONDON), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def night_before(patient, days: int, zone: str = "Europe/London", **clocks: tuple[int, int]):
    """A stored night `days` before Tuesday; times before noon are of its morning."""
    morning = TUESDAY - timedelta(days=days)
    moments = {}
    for name, (hour, minute) in clocks.items():
        day = morning if hour < 12 else morning - timedelta(days=1)
        moments[f"{name}_at"] = datetime.combine(day, time(hour, minute), ZoneInfo(zone))
    return Night.objects.create(patient=patient, diary_date=morning, zone=zone, **moments)


# --- Usual times ----------------------------------------------------------------------------


def test_usual_times_fill_blank_boxes_and_nothing_else(client, patient):
    night_before(patient, 1, into_bed=(23, 30), woke=(6, 58))
    night_before(patient, 2, into_bed=(0, 40), woke=(7, 4))
    assert "usual times" not in client.get(NEW).content.decode()
    early = client.post(NEW, FIRST | {"usual": "1"}).content.decode()
    assert "There are not enough nights yet" in early

    night_before(
        patient, 3, zone="Asia/Tokyo", into_bed=(23, 50), woke=(7, 2), tried_to_sleep=(0, 0)
    )
    assert "Fill in my usual times" in client.get(NEW).content.decode()
    sent = {"diary_date": "2026-03-03", "woke": "6:3x", "note": "Rain", "usual": "1"}
    response = client.post(NEW, sent)
    form = response.context["form"]
    # The middle of 23:30, 0:40 and 23:50 is midnight, not noon; only three nights tell.
    assert form["into_bed"].value() == "12:00 am"
    assert form["woke"].value() == "6:3x"
    assert (form["tried_to_sleep"].value(), form["got_up"].value()) == ("", "")
    assert (form["minutes_to_fall_asleep"].value(), form["quality"].value()) == ("", "")
    html = response.content.decode()
    assert "the average of your last 3 nights, to the nearest 5 minutes" in html
    assert html.count("is-usual") == 1
    assert "Rain</textarea>" in html
    assert "invalid-feedback" not in html
    assert Night.objects.count() == 3
    assert 'value="12:00 am"' in client.get(NEW).content.decode()  # Kept, not saved.


def test_usual_times_come_from_the_last_fourteen_nights(patient):
    for days in range(1, 15):
        night_before(patient, days, got_up=(7, 0 if days % 2 else 6))
    night_before(patient, 15, got_up=(11, 0))
    Night.objects.create(patient=patient, diary_date=TUESDAY, zone="UTC", quality=3)
    assert usual_times(patient) == ({"got_up": time(7, 5)}, 14)
    Night.objects.all().delete()
    # Times that lie evenly around the clock have no middle.
    for days, hour in enumerate((0, 8, 16), start=1):
        night_before(patient, days, got_up=(hour, 0))
    assert usual_times(patient).clocks == {}


# --- Time zones -----------------------------------------------------------------------------


def test_times_are_placed_in_the_chosen_zone(client, patient):
    html = client.get(NEW).content.decode()
    assert '<option value="Europe/London" selected>London</option>' in html
    assert '<option value="America/Argentina/Buenos_Aires">Buenos Aires</option>' in html
    sent = {"diary_date": "2026-03-03", "into_bed": "2200", "woke": "600", "zone": "Asia/Kolkata"}
    assert client.post(NEW, sent).status_code == 302
    night = Night.objects.get()
    assert night.zone == "Asia/Kolkata"
    assert night.woke_at == datetime(2026, 3, 3, 0, 30, tzinfo=UTC)
    # Changed later, the clock times stay and their moments move.
    url = night.get_absolute_url()
    sent |= {"zone": "America/St_Johns", "woke": "6:00"}
    assert client.post(url, sent).status_code == 302
    night.refresh_from_db()
    assert night.woke_at == datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
    assert night.measures.in_bed is None
    assert client.get(url).context["form"]["woke"].value() == time(6)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../etc/passwd", "Europe/London\x00", "x" * 9999])
def test_a_zone_that_is_none_is_an_error_beside_it(client, zone):
    response = client.post(NEW, FIRST | {"zone": zone})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == ["zone"]
    assert '<details class="ask-zone" open>' in response.content.decode()
    assert not Night.objects.exists()


@time_machine.travel(datetime(2026, 3, 3, 20, tzinfo=LONDON))
def test_after_a_flight_east_tomorrow_is_today(patient, signed_in):
    client = signed_in(patient)
    sent = {"diary_date": "2026-03-04", "into_bed": "23:00", "woke": "4:30"}
    assert "has not come yet" in client.post(NEW, sent).content.decode()
    assert client.post(NEW, sent | {"zone": "Asia/Tokyo"}).status_code == 302
    assert Night.objects.get().woke_at == datetime(2026, 3, 3, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "clocks", "in_bed"),
    [
        ("America/New_York", "2026-03-08", ("22:00", "6:00"), 420),
        ("America/New_York", "2026-11-01", ("22:00", "6:00"), 540),
        ("Australia/Lord_Howe", "2026-04-05", ("22:00", "6:00"), 510),
        ("Europe/London", "2026-03-29", ("8:00", "15:00"), 420),  # The day after a night shift.
        ("Europe/London", "2026-10-25", ("0:30", "8:30"), 540),
    ],
)
@time_machine.travel(datetime(2026, 11, 20, 12, tzinfo=UTC))
def test_nights_and_days_in_which_clocks_change(patient, signed_in, zone, day, clocks, in_bed):
    into_bed, got_up = clocks
    sent = {"diary_date": day, "into_bed": into_bed, "got_up": got_up, "zone": zone}
    assert signed_in(patient).post(NEW, sent).status_code == 302
    assert Night.objects.get().measures.in_bed == in_bed


# --- The optional part ----------------------------------------------------------------------


def test_optional_answers_are_stored_and_the_part_stays_open_from_then_on(client, patient):
    assert OPEN not in client.get(NEW).content.decode()
    assert client.post(NEW, FIRST).status_code == 302
    assert not Preferences.of(patient).asks_more
    night = Night.objects.get()
    assert (night.free_day, night.alarm_used, night.naps, night.medicine) == (None, None, None, "")

    url = night.get_absolute_url()
    assert OPEN not in client.get(url).content.decode()
    assert client.post(url, FIRST | MORE).status_code == 302
    night.refresh_from_db()
    assert (night.refreshed, night.free_day, night.alarm_used) == (2, False, True)
    assert (night.naps, night.nap_minutes) == (1, 20)
    assert (night.alcoholic_drinks, night.caffeinated_drinks) == (0, 3)
    assert night.medicine == "Melatonin 2 mg\nat 21:00"
    html = client.get(url).content.decode()
    assert OPEN in html
    assert html.count("checked") == 4
    assert Preferences.of(patient).asks_more
    assert OPEN in client.get(f"{NEW}?date=2026-03-01").content.decode()
    # Saved as it is shown, nothing changes; blanked, it is unanswered again, not zero.
    assert client.post(url, FIRST | {"naps": "0"}).status_code == 302
    night.refresh_from_db()
    assert (night.naps, night.nap_minutes, night.free_day) == (0, None, None)


@pytest.mark.once
@pytest.mark.parametrize(
    ("answers", "field", "words"),
    [
        ({"naps": "21"}, "naps", "20 or less"),
        ({"nap_minutes": "1441"}, "nap_minutes", "1440"),
        ({"alcoholic_drinks": "100"}, "alcoholic_drinks", "99 or less"),
        ({"caffeinated_drinks": "many"}, "caffeinated_drinks", "whole number"),
        ({"free_day": "maybe"}, "free_day", "Select a valid choice"),
        ({"refreshed": "0"}, "refreshed", "Select a valid choice"),
        ({"medicine": "x" * 501}, "medicine", "501 characters; 500 fit"),
    ],
)
def test_an_error_in_the_optional_part_opens_it(client, answers, field, words):
    response = client.post(NEW, FIRST | answers)
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert words in html
    assert OPEN in html


@pytest.mark.once
@pytest.mark.parametrize(
    ("naps", "minutes", "code", "field"),
    [
        ("1", "", "naps_no_minutes", "nap_minutes"),
        ("1", "0", "naps_no_minutes", "nap_minutes"),
        ("", "20", "minutes_no_naps", "naps"),
        ("0", "20", "minutes_no_naps", "naps"),
    ],
)
def test_half_an_answer_about_naps_is_asked_back(client, naps, minutes, code, field):
    sent = FIRST | {"naps": naps, "nap_minutes": minutes}
    response = client.post(NEW, sent)
    form = response.context["form"]
    assert [(one.code, one.field) for one in form.open_questions] == [(code, field)]
    assert OPEN in response.content.decode()
    assert client.post(NEW, sent | {f"confirm_{code}": "on"}).status_code == 302
    night = Night.objects.get()
    assert night.naps == (int(naps) if naps else None)
    assert night.nap_minutes == (int(minutes) if minutes else None)


def test_words_without_their_key_are_not_offered_and_stay(client, settings):
    old = Fernet.generate_key().decode()
    settings.JOURNAL_KEYS = [old]
    client.post(NEW, FIRST | {"note": "Dreamt of the sea.", "medicine": "Melatonin"})
    url = "/journal/nights/2026-03-03/"
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    html = client.get(url).content.decode()
    assert "Note: these words can’t be read at the moment" in html
    assert "Medicine for sleep: these words" in html
    assert 'name="note"' not in html
    assert client.post(url, FIRST | {"woke": "7", "note": "", "medicine": "x"}).status_code == 302
    settings.JOURNAL_KEYS = [old]
    night = Night.objects.get()
    assert (night.note, night.medicine) == ("Dreamt of the sea.", "Melatonin")
    assert night.woke.time() == time(7)


# --- Sharing and help -----------------------------------------------------------------------


def test_new_entries_start_as_the_patient_chose(client, patient):
    Preferences.objects.create(patient=patient, shares_numbers=True)
    response = client.get(NEW)
    form = response.context["form"]
    assert (form["numbers_shared"].value(), form["words_shared"].value()) == (True, False)
    html = response.content.decode()
    assert "Ticked as you chose for new entries." in html
    assert "In a hard moment" in html
    # A box that is not ticked is not shared, whatever the preference.
    assert client.post(NEW, FIRST).status_code == 302
    assert not Night.objects.get().numbers_shared
