"""What is typed is kept until it is saved, for its writer alone, whatever is sent."""

import json
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import time_machine

from education.journal import drafts
from education.journal.models import Draft, Night, Reflection
from education.journal.models.reflection import LONGEST_REFLECTION
from tests.factories import PatientFactory

URL = "/journal/drafts/"
NEW = "/journal/nights/new/"
LAST_NIGHT = "night:2026-03-03"
SOME_ID = "ffa28a22-1390-4842-8f7a-a7a43a18a1cc"
BACK = "What you typed here before is back. It is not saved yet."
LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tuesday_morning():
    with time_machine.travel(datetime(2026, 3, 3, 8, tzinfo=LONDON), tick=False):
        yield


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def shown_note(html: str) -> bool:
    """Whether the line that something is back stands there for all to see."""
    tag = html[html.index("data-kept-note") :]
    return BACK in html and "hidden" not in tag[: tag.index(">")]


def test_a_night_that_was_begun_is_there_again_until_it_is_saved(client, patient):
    typed = {"diary_date": "2026-03-03", "into_bed": "25:00", "woke": "630", "naps": "two",
             "quality": "4", "free_day": "yes", "words_shared": "on",
             "note": "Half a tho"}  # fmt: skip
    told = client.post(URL, {"draft": LAST_NIGHT, "next": "x", **typed}).json()
    assert (told["words"], told["form"]) == ("Kept 8:00 am", LAST_NIGHT)
    assert told["at"] == 1_772_524_800_000
    assert Draft.objects.get().answers == typed

    html = client.get(NEW).content.decode()
    assert shown_note(html)
    assert 'value="25:00"' in html
    assert 'value="630"' in html
    assert 'value="two"' in html
    assert "Half a tho</textarea>" in html
    assert html.count("checked") == 5  # Two answers, two "No answer", one box.
    assert 'night-more" open' in html

    good = typed | {"into_bed": "2230", "naps": "0"}
    assert client.post(NEW, good).status_code == 302
    assert not Draft.objects.exists()
    assert Night.objects.get().note == "Half a tho"


def test_what_cannot_be_saved_yet_is_kept_without_javascript_too(client):
    response = client.post(NEW, {"diary_date": "2026-03-03", "woke": "6:30", "got_up": "25:00"})
    assert response.status_code == 200
    assert Draft.objects.get().form == LAST_NIGHT
    html = client.get(NEW).content.decode()
    assert shown_note(html)
    assert 'value="25:00"' in html


def test_starting_over_asks_and_then_forgets(client):
    client.post(URL, {"draft": LAST_NIGHT, "woke": "630"})
    html = client.get(NEW).content.decode()
    assert "This removes what you typed here and did not save." in html
    response = client.post(URL, {"draft": LAST_NIGHT, "start_over": "1"}, follow=True)
    assert response.redirect_chain == [(f"{NEW}?date=2026-03-03", 302)]
    assert not shown_note(response.content.decode())
    assert not Draft.objects.exists()


def test_a_draft_moves_along_with_the_chosen_morning(client, patient):
    sent = {"draft": LAST_NIGHT, "woke": "630", "diary_date": "2026-03-01"}
    assert client.post(URL, sent).json()["form"] == "night:2026-03-01"
    assert [one.form for one in Draft.objects.all()] == ["night:2026-03-01"]
    assert drafts.begun(patient) == [
        ("Night of Sat 28 Feb to Sun 1 Mar", f"{NEW}?date=2026-03-01"),
    ]
    # The form of last night leads there; it does not show it.
    html = client.get(NEW).content.decode()
    assert not shown_note(html)
    assert f'href="{NEW}?date=2026-03-01"' in html
    assert shown_note(client.get(f"{NEW}?date=2026-03-01").content.decode())

    # It does not move onto what is there already.
    Night.objects.create(patient=patient, diary_date=date(2026, 2, 20), zone="UTC")
    for taken in ("2026-03-01", "2026-02-20", "2026-02-30"):
        told = client.post(URL, sent | {"diary_date": taken}).json()
        assert told["form"] == LAST_NIGHT
    # Saved from a page whose draft has moved on, both are gone.
    answers = {"diary_date": "2026-03-01", "woke": "6:30", "draft": "night:2026-03-01"}
    assert client.post(NEW, answers).status_code == 302
    assert not Draft.objects.exists()


def test_a_change_of_a_stored_night_is_kept_apart_from_it(client, patient):
    client.post(NEW, {"diary_date": "2026-03-03", "woke": "6:30", "note": "As it was"})
    night = Night.objects.get()
    url = night.get_absolute_url()
    client.post(URL, {"draft": LAST_NIGHT, "woke": "7", "note": "", "diary_date": "2026-03-01"})
    assert Draft.objects.get().form == LAST_NIGHT
    html = client.get(url).content.decode()
    assert shown_note(html)
    assert 'value="7"' in html
    assert "As it was" not in html
    night.refresh_from_db()
    assert night.note == "As it was"
    assert drafts.begun(patient) == [("Night of Mon 2 to Tue 3 Mar", url)]
    # Deleting the night forgets it, too.
    client.post(f"{url}delete/")
    assert not Draft.objects.exists()


def test_last_keystrokes_that_overtake_the_saving_are_no_draft(client):
    client.post(NEW, {"diary_date": "2026-03-03", "woke": "6:30 am", "quality": "4"})
    same = {"diary_date": "2026-03-03", "zone": "Europe/London", "woke": "6:30 am", "quality": "4"}
    client.post(URL, {"draft": LAST_NIGHT, **same})
    assert not shown_note(client.get("/journal/nights/2026-03-03/").content.decode())
    assert not Draft.objects.exists()


def test_nothing_typed_is_no_draft(client):
    client.post(URL, {"draft": LAST_NIGHT, "woke": "7"})
    blank = {"draft": LAST_NIGHT, "woke": " ", "diary_date": "2026-03-03", "numbers_shared": "on"}
    assert client.post(URL, blank).json() == {"words": "", "form": LAST_NIGHT, "at": 0}
    assert not Draft.objects.exists()


def test_nobody_else_reaches_a_draft(client, patient, signed_in, clinician):
    other = PatientFactory()
    client.post(URL, {"draft": LAST_NIGHT, "note": "Mine alone"})
    theirs = signed_in(other)
    assert "Mine alone" not in theirs.get(NEW).content.decode()
    theirs.post(URL, {"draft": LAST_NIGHT, "start_over": "1"})
    theirs.post(URL, {"draft": LAST_NIGHT, "note": "Another's"})
    assert drafts.find(patient, LAST_NIGHT).answers == {"note": "Mine alone"}
    assert signed_in(clinician).post(URL, {"draft": LAST_NIGHT}).status_code == 403
    reflection = Reflection.objects.create(patient=patient, on=date(2026, 3, 3), text="Mine")
    name = drafts.name_of_reflection(reflection)
    refused = theirs.post(URL, {"draft": name, "text": "x"})
    assert refused.status_code == 400
    assert "this was deleted" in refused.json()["words"]
    assert client.post(URL, {"draft": name, "text": "x"}).status_code == 200


def test_every_kind_of_form_has_a_name_and_a_page(patient):
    fresh = Reflection(patient=patient, on=date(2026, 3, 3))
    stored = Reflection.objects.create(patient=patient, on=date(2026, 3, 3), text="Words")
    names = [
        drafts.name_of_night(date(2026, 3, 3)),
        drafts.name_of_reflection(fresh),
        drafts.name_of_reflection(fresh, ask="this-week"),
        drafts.name_of_reflection(stored),
        "reflection:prompt:12",
        "reflection:prompt:12:academic",
    ]
    for name in names:
        Draft.objects.keep(patient, name, {"text": "x"})
    Draft.objects.keep(patient, "import:nights", {"file": "x"})
    Draft.objects.keep(patient, f"reflection:{SOME_ID}", {"text": "deleted since"})
    assert [url for _words, url in drafts.begun(patient)] == [
        "/journal/reflections/new/?prompt=12&level=academic",
        "/journal/reflections/new/?prompt=12",
        f"/journal/reflections/{stored.public_id}/",
        "/journal/reflections/new/?ask=this-week",
        "/journal/reflections/new/",
        "/journal/nights/new/?date=2026-03-03",
    ]


NO_NAMES = (
    "", "night:", "night:2026-02-30", "night:2026-03-03\x00", "night:٢٠٢٦-03-03", "reflection:",
     "reflection:prompt:", "reflection:prompt:1:novel", "reflection:ask:A b", "reflection:ask:",
     "reflection:636a471b9c234ac9b277d65ed0f6279b", f"reflection:{{{SOME_ID}}}", "import:nights",
     "x" * 100_000, "💤",
)  # fmt: skip


def test_forms_that_are_none(client):
    for name in NO_NAMES:
        for more in ({}, {"start_over": "1"}):
            sent = {"draft": name, "note": "x", "text": "x", **more}
            assert client.post(URL, sent).status_code == 400, name
    assert not Draft.objects.exists()


def test_nothing_sent_breaks_it(client):
    for value in ("\x00", "\ud800".encode("utf-8", "surrogatepass"), "💤" * 99, "9" * 5000, "<b>"):
        for name in ("woke", "quality", "diary_date", "zone", "note", "unknown"):
            body = urlencode([("draft", LAST_NIGHT), ("note", "n"), (name, "first"), (name, value)])
            sent = client.post(URL, body, content_type="application/x-www-form-urlencoded")
            assert sent.status_code == 200
        assert client.get(NEW).status_code == 200
    assert set(Draft.objects.get().answers) <= set(drafts.form_of(LAST_NIGHT).base_fields)
    long = client.post(URL, {"draft": "reflection:new", "text": "x" * 60_000})
    assert long.status_code == 400
    assert "too long" in long.json()["words"]
    fits = client.post(URL, {"draft": "reflection:new", "text": "ж" * LONGEST_REFLECTION})
    assert fits.status_code == 200
    for body in (b"\xff\xfe", b"draft", json.dumps({"draft": LAST_NIGHT}).encode()):
        assert client.post(URL, body, content_type="application/json").status_code == 400
    assert client.get(URL).status_code == 405
