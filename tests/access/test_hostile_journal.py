"""Attacks on the journal that once came through."""

import sys
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import CareRelationship
from education.care.caseload import Moment, Which, page_of
from education.care.caseload_rows import rows_of
from education.journal import clock as placing
from education.journal import drafts
from education.journal.importing import read
from education.journal.models import Draft, Night, Reflection
from tests.factories import PromptFactory, PublishedEditionFactory

DRAFTS, NEW, JOURNAL = "/journal/drafts/", "/journal/nights/new/", "/journal/"
TODAY = "2026-11-23"
BACK = "What you typed here before is back."

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(f"{TODAY} 12:00:00+00:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(patient, signed_in):
    return signed_in(patient)


def comes_back(client, url: str) -> bool:
    """Whether a page says that something was typed and not saved."""
    return client.get(url, follow=True).context["draft"] is not None


# --- Drafts -----------------------------------------------------------------------------------


def test_the_last_keystrokes_that_overtake_saving_a_night_are_no_draft(client):
    typed = {"draft": f"night:{TODAY}", "diary_date": TODAY, "zone": "Europe/London",
             "into_bed": "2230", "woke": "6.30 am", "awakenings": " 1", "minutes_awake": "05",
             "quality": "4", "free_day": "yes", "note": "One line\r\n\r\nand another ",
             "words_shared": "on"}  # fmt: skip
    assert client.post(NEW, typed).status_code == 302
    told = client.post(DRAFTS, typed).json()
    assert (told["words"], told["at"]) == ("", 0)
    assert not Draft.objects.exists()
    assert client.get(JOURNAL).context["drafts"] == []
    client.post(DRAFTS, {**typed, "note": "Changed since."})
    assert comes_back(client, NEW)


def test_the_last_keystrokes_that_overtake_saving_a_reflection_are_no_draft(client, clock):
    typed = {"draft": "reflection:new", "text": "I slept\r\nat last. "}
    client.post("/journal/reflections/new/", typed)
    for text in (typed["text"], "I slept\nat la"):
        assert client.post(DRAFTS, {**typed, "text": text}).json()["words"] == ""
        assert not comes_back(client, "/journal/reflections/new/")
    clock.shift(timedelta(minutes=10))
    # Somebody may begin another one with the same word.
    client.post(DRAFTS, {**typed, "text": "I slept"})
    assert comes_back(client, "/journal/reflections/new/")


def test_a_date_in_other_words_is_no_name_of_a_draft(client):
    assert client.post(DRAFTS, {"draft": "night:2026-W48-1", "note": "x"}).status_code == 400
    assert client.get(f"{NEW}?date=2026-W48-1").status_code == 404


@pytest.mark.parametrize("gone", ["prompt", "level", "ask"])
def test_words_to_a_prompt_that_is_gone_can_still_be_reached(client, gone):
    edition = PublishedEditionFactory()
    prompt = PromptFactory(article=edition.article)
    name = f"reflection:prompt:{prompt.pk}:{edition.level}"
    name = "reflection:ask:once-there" if gone == "ask" else name
    client.post(DRAFTS, {"draft": name, "text": "Words of mine."})
    if gone == "prompt":
        prompt.delete()
    elif gone == "level":
        type(edition).objects.filter(pk=edition.pk).update(state="retired")
    [begun] = client.get(JOURNAL).context["drafts"]
    page = client.get(begun.url)
    assert page.status_code == 200 and "Words of mine." in page.content.decode()
    client.post(begun.url, {"draft": name, "text": "Words of mine, saved."})
    assert Reflection.objects.get().text == "Words of mine, saved."
    assert not Draft.objects.exists()


def test_a_wish_for_private_entries_holds_for_those_that_are_begun(client, patient):
    client.post("/journal/sharing/", {"shares_words": "on", "shares_reflections": "on"})
    client.post(DRAFTS, {"draft": f"night:{TODAY}", "note": "Mine.", "words_shared": "on",
                         "numbers_shared": "on"})  # fmt: skip
    client.post(DRAFTS, {"draft": "reflection:new", "text": "Mine.", "shared": "on"})
    client.post("/journal/sharing/", {"shares_reflections": "on"})
    # The numbers were never shared by a wish: who ticked that box meant it.
    night, reflection = (
        drafts.find(patient, name) for name in (f"night:{TODAY}", "reflection:new")
    )
    assert night.answers == {"note": "Mine.", "numbers_shared": "on"}
    assert reflection.answers == {"text": "Mine.", "shared": "on"}


# --- What a clinician learns ------------------------------------------------------------------


def only_words(patient, **fields) -> Night:
    return Night.objects.create(
        patient=patient, diary_date="2026-11-21", zone="Asia/Tokyo", note="Mine.", **fields
    )


def test_numbers_that_nobody_wrote_do_not_tell_of_private_words(patient, clinician, signed_in):
    client = signed_in(clinician)
    CareRelationship.objects.update(started_at=timezone.now() - timedelta(days=9))
    url = f"/patients/{patient.public_id}/"

    def seen() -> list[str]:
        CareRelationship.objects.update(page_opened_at=None)
        pages = [client.get(page) for page in ("/caseload/", f"{url}diary/", url)]
        return ["".join(line for line in page.content.decode().split("\n")
                        if "csrfmiddlewaretoken" not in line) for page in pages]  # fmt: skip

    seen()
    before = seen()
    only_words(patient, numbers_shared=True)
    assert seen() == before
    assert not page_of(clinician, Which("", "shared"), None, Moment.of(clinician)).patients
    Night.objects.update(words_shared=True, words_shared_at=timezone.now())
    assert [night.note for night in Night.objects.visible_to(clinician)] == ["Mine."]


def test_when_words_were_shared_that_nobody_wrote_is_not_told(patient, clinician):
    CareRelationship.objects.update(started_at=timezone.now() - timedelta(days=9))
    Night.objects.create(patient=patient, diary_date="2026-11-20", zone="UTC", quality=3,
                         numbers_shared=True, words_shared=True,
                         numbers_shared_at=timezone.now() - timedelta(days=3),
                         words_shared_at=timezone.now() - timedelta(days=1))  # fmt: skip
    [row] = rows_of(clinician, [patient], Moment.of(clinician))
    assert row.reasons == ["shared a new entry, Fri\xa020\xa0Nov"]


@pytest.mark.parametrize(
    ("shared", "first", "then"),
    [("words", {"quality": "3"}, {"quality": "3", "note": "Later words."}),
     ("numbers", {"note": "Words."}, {"note": "Words.", "quality": "3"})],
)  # fmt: skip
def test_what_is_written_into_a_shared_blank_is_new(patient, client, clock, shared, first, then):
    form = {"diary_date": TODAY, "zone": "UTC"}
    client.post(NEW, {**form, **first, f"{shared}_shared": "on"})
    clock.shift(timedelta(hours=2))
    looked_at = timezone.now()
    clock.shift(timedelta(hours=2))
    assert not Night.objects.newly_shared(looked_at).exists()
    night = Night.objects.get()
    assert client.post(night.get_absolute_url(), {**form, **then}).status_code == 302
    assert Night.objects.newly_shared(looked_at).exists()
    # Changing what is there already is no news.
    looked_at = timezone.now()
    clock.shift(timedelta(hours=2))
    client.post(night.get_absolute_url(), {**form, **then, "note": "Other words.", "quality": "4"})
    assert not Night.objects.newly_shared(looked_at).exists()


def test_searches_and_imports_are_out_of_anybody_elses_reach(
    client, patient, other_patient, signed_in, clinician
):
    Night.objects.create(patient=patient, diary_date="2026-11-20", zone="UTC", note="A secretword.")
    found = client.post("/journal/search/", {"words": "secretword"}).url
    assert "secretword" not in found and "<mark>" in client.get(found).content.decode()
    assert "secretword" not in str([one.get_decoded() for one in Session.objects.all()])
    rows = {"text": "diary_date,quality\n2026-11-19,3"}
    sum_of = client.post("/journal/import/", rows).context["form"].fingerprint
    page = client.post("/journal/import/", {**rows, "do": "import", "checked": sum_of}, follow=True)
    [undo] = [str(one.extra_tags)[5:] for one in page.context["messages"]]
    theirs = signed_in(other_patient)
    assert theirs.get(found).context["is_forgotten"]
    theirs.post(undo)
    assert signed_in(clinician).post(undo).status_code == 403
    assert Night.objects.filter(patient=patient).count() == 2
    key = client.session.session_key
    client.post("/account/logout/")
    assert not Session.objects.filter(pk=key).exists()
    for url in (found, "/journal/export/journal.json", undo):
        assert client.post(url).status_code == client.get(url).status_code == 302


# --- What a small file may cost ---------------------------------------------------------------


def test_a_million_rows_are_counted_and_not_kept():
    sheet = read("diary_date,note\n" + "\n, \n" * 50_000 + "2026-11-20,x")
    assert [(one.number, one.cells["note"]) for one in sheet.lines] == [(100_002, "x")]
    with pytest.raises(ValidationError, match="These are 60,000 rows; 4,000 fit"):
        read("diary_date\n" + "x\n" * 60_000)


def test_a_night_that_is_wrong_is_placed_once_where_no_clock_changes():
    """An import of 4,000 such rows took ten seconds: each was placed in sixteen ways."""
    zone, calls = ZoneInfo("Europe/London"), []
    clocks = dict(zip(placing.IN_ORDER, (time(0), time(23, 59), time(23), time(22)), strict=True))

    def count(frame, event, _argument):
        if event == "call" and frame.f_code is placing._attempt.__code__:
            calls.append(1)

    for day, most in ((date(2026, 11, 20), 1), (date(2026, 10, 25), 16)):
        calls.clear()
        sys.setprofile(count)
        try:
            assert placing.place(day, zone, clocks).errors
        finally:
            sys.setprofile(None)
        assert len(calls) <= most
