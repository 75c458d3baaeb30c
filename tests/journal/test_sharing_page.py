"""What your care team sees: the preview, what new entries begin with, and many entries at once."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import CareRelationship
from education.journal.models import Draft, Night, Preferences, Reflection
from tests.factories import CareRelationshipFactory

pytestmark = pytest.mark.django_db

PAGE, STOP, UNDO = "/journal/sharing/", "/journal/sharing/stop/", "/journal/sharing/undo/"
LAST_NIGHTS = "/journal/sharing/last-nights/"
NOW = "2026-11-23 12:00:00+00:00"
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def at_noon():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def make_night(patient, days_ago: int = 0, **fields) -> Night:
    day = TODAY - timedelta(days=days_ago)
    return Night.objects.create(patient=patient, diary_date=day, zone="UTC", quality=3, **fields)


def make_reflection(patient, **fields) -> Reflection:
    return Reflection.objects.create(patient=patient, on=TODAY, text="My words.", **fields)


def state(patient) -> tuple[list, list, list]:
    """Everything that says what is shared and since when."""
    nights = Night.objects.filter(patient=patient).order_by("pk")
    flags = ("numbers_shared", "numbers_shared_at", "words_shared", "words_shared_at")
    wishes = ("shares_numbers", "shares_words", "shares_reflections")
    return (
        list(nights.values_list("pk", *flags)),
        list(Reflection.objects.filter(patient=patient).values_list("shared", "shared_at")),
        list(Preferences.objects.filter(patient=patient).values_list(*wishes)),
    )


def lines_between(page: str, start: str, end: str) -> list[str]:
    part = page.partition(start)[2].partition(end)[0]
    return [line.strip() for line in part.splitlines() if line.strip()]


# --- The preview ----------------------------------------------------------------------------


def test_the_preview_is_what_the_clinician_sees(patient, clinician, signed_in):
    looked_at = timezone.now() - timedelta(days=1)
    CareRelationship.objects.update(page_opened_at=looked_at)
    make_night(patient, 2, note="Not for them.", numbers_shared=True)
    make_night(patient, 3, note="A note.", medicine="Drops.", words_shared=True)
    make_night(patient, 4, numbers_shared=True, numbers_shared_at=looked_at, note="Private.")
    make_night(patient, 5, note="Also private.")
    make_night(patient, 50, numbers_shared=True)
    make_reflection(patient, shared=True, prompt_text="What helped?")
    make_reflection(patient)

    client = signed_in(patient)
    own_page = client.get(PAGE).content.decode()
    own_90 = client.get(f"{PAGE}?last=90").content.decode()
    seen_page = (
        signed_in(clinician).get(reverse("care:patient", args=[patient.public_id])).content.decode()
    )
    diary_url = reverse("care:patient_diary", args=[patient.public_id])
    seen_90 = signed_in(clinician).get(f"{diary_url}?last=90").content.decode()

    preview = lines_between(own_page, '<div class="sharing-frame">', '<p class="sharing-change">')
    assert preview.pop() == "</div>"
    seen = lines_between(seen_page, "Shared from the journal</h2>", '<p class="shared-more">')
    assert preview == seen and len(seen) > 50
    text = "\n".join(seen)
    assert "New since you last looked" in text and "3 nights:" in text
    assert "A note." in text and "Drops." in text and "What helped?" in text
    assert "rivate." not in text and "Not for them." not in text

    preview = lines_between(own_90, '<div class="sharing-frame">', '<p class="sharing-change">')
    assert preview.pop() == "</div>"
    seen = lines_between(seen_90, "Shared from the journal</h2>", "</section>")
    assert preview == seen and len(seen) > 50


def test_it_names_who_can_see_it_and_shows_each_ones_page(patient, clinician, signed_in):
    colleague = CareRelationshipFactory(patient=patient).clinician
    left = CareRelationshipFactory(patient=patient, ended_at=timezone.now()).clinician
    away = CareRelationshipFactory(patient=patient, clinician__is_active=False).clinician
    make_reflection(patient, shared=True, shared_at=timezone.now() - timedelta(days=1))
    CareRelationship.objects.filter(clinician=clinician).update(page_opened_at=timezone.now())
    CareRelationship.objects.filter(clinician=colleague).update(
        started_at=timezone.now() - timedelta(days=9)
    )
    client = signed_in(patient)
    page = client.get(f"{PAGE}?for={clinician.public_id}").content.decode()
    assert clinician.name in page and colleague.name in page
    assert left.name not in page and away.name not in page
    assert "New since" not in page
    page = client.get(f"{PAGE}?for={colleague.public_id}").content.decode()
    assert "New since your care began" in page
    for wrong in (f"for={left.public_id}", f"for={uuid4()}", "for=%00", "for=", "last=15", "last="):
        assert client.get(f"{PAGE}?{wrong}").status_code == 404
    CareRelationship.objects.all().delete()
    page = client.get(PAGE).content.decode()
    assert "Nobody is in your care team at the moment." in page and "My words." in page


@pytest.mark.once
@pytest.mark.parametrize("entries", [1, 100])
def test_queries_do_not_grow(patient, clinician, signed_in, django_assert_max_num_queries, entries):
    CareRelationshipFactory.create_batch(2, patient=patient)
    for index in range(entries):
        make_night(patient, index, note="Words.", numbers_shared=True, words_shared=True)
        make_reflection(patient, shared=True)
    client = signed_in(patient)
    client.get(PAGE)
    for url, most in ((PAGE, 10), (f"{PAGE}?last=90", 8), (STOP, 7)):
        with django_assert_max_num_queries(most):
            client.get(url)


# --- New entries ----------------------------------------------------------------------------


def test_a_standing_wish_is_for_new_entries_only(patient, clinician, signed_in):
    make_night(patient, 3, note="Old.")
    make_reflection(patient)
    Preferences.objects.create(patient=patient, asks_more=True)
    client = signed_in(patient)
    before = state(patient)[:2]
    response = client.post(
        PAGE, {"shares_numbers": "on", "shares_reflections": "\x00"}, follow=True
    )
    assert "What you wrote before stays as it was." in response.content.decode()
    assert state(patient) == (*before, [(True, False, True)])
    assert Preferences.objects.get().asks_more
    assert not Night.objects.visible_to(clinician).exists()
    assert client.get("/journal/nights/new/").context["form"]["numbers_shared"].value() is True
    assert client.get("/journal/nights/new/").context["form"]["words_shared"].value() is False
    assert client.get("/journal/reflections/new/").context["form"]["shared"].value() is True
    client.post(PAGE, {})
    assert state(patient) == (*before, [(False, False, False)])


# --- Many at once ---------------------------------------------------------------------------


def test_the_numbers_of_two_weeks_are_shared_and_taken_back(
    patient, other_patient, clinician, signed_in
):
    for days_ago in (0, 5, 13, 14):
        make_night(patient, days_ago, note="Words.")
    yesterday = timezone.now() - timedelta(days=1)
    make_night(patient, 3, numbers_shared=True, numbers_shared_at=yesterday)
    make_night(other_patient, 1)
    before = state(patient)
    client = signed_in(patient)
    page = client.post(LAST_NIGHTS, follow=True).content.decode()
    assert "the numbers of 3 more nights." in page and f'action="{UNDO}"' in page
    seen = Night.objects.visible_to(clinician)
    days = [0, 3, 5, 13]
    assert [(TODAY - one.diary_date).days for one in seen] == days
    assert {one.note for one in seen} == {""}
    # What was shared before is not news.
    assert Night.objects.get(numbers_shared_at=yesterday)
    after = state(patient)
    assert "No night of the last 14" in client.post(LAST_NIGHTS, follow=True).content.decode()
    assert state(patient) == after
    # A change of the entry since then does not keep it shared.
    Night.objects.filter(patient=patient).update(updated_at=timezone.now() + timedelta(minutes=1))
    client.post(UNDO)
    assert state(patient) == before


def test_everything_is_stopped_at_once_and_taken_back_as_it_was(
    patient, other_patient, clinician, signed_in
):
    long_ago = timezone.now() - timedelta(days=30)
    make_night(patient, 40, numbers_shared=True, numbers_shared_at=long_ago, note="Old words.")
    make_night(patient, 2, numbers_shared=True, words_shared=True, note="Words.")
    make_night(patient, 1, words_shared=True)
    make_reflection(patient, shared=True, shared_at=long_ago)
    make_reflection(patient)
    Preferences.objects.create(patient=patient, shares_words=True, asks_more=True)
    Draft.objects.keep(patient, "night:2026-11-23", {"quality": "4", "numbers_shared": "on"})
    make_night(other_patient, 2, numbers_shared=True)
    before, theirs = state(patient), state(other_patient)
    client = signed_in(patient)

    question = client.get(STOP).content.decode()
    assert "the numbers of 2 nights" in question and "your words about 1 night<" in question
    assert "1 reflection<" in question and clinician.name in question
    assert state(patient) == before
    page = client.post(STOP, follow=True).content.decode()
    assert "Nothing is shared any more." in page and "You share nothing at the moment." in page
    assert not Night.objects.visible_to(clinician).exists()
    assert not Reflection.objects.visible_to(clinician).exists()
    assert not any(Preferences.objects.values_list("shares_words", flat=True))
    assert Preferences.objects.get().asks_more
    assert Draft.objects.get(form="night:2026-11-23").answers == {"quality": "4"}
    # What can be taken back is no entry that was begun.
    assert len(client.get("/journal/").context["drafts"]) == 1
    assert state(other_patient) == theirs
    assert "Nothing is shared." in client.post(STOP, follow=True).content.decode()

    assert "Sharing is as it was before." in client.post(UNDO, follow=True).content.decode()
    assert state(patient) == before
    page = client.post(UNDO, follow=True).content.decode()
    assert "nothing to take back any more" in page
    assert state(patient) == before


def test_taking_back_never_goes_against_a_later_wish(patient, signed_in, at_noon):
    edited = make_night(patient, 1, note="Words.", words_shared=True)
    kept = make_night(patient, 2, note="Words.", words_shared=True)
    client = signed_in(patient)

    def shared() -> list[Night]:
        return list(Night.objects.filter(words_shared=True))

    client.post(STOP)
    at_noon.shift(timedelta(minutes=5))
    client.post(edited.get_absolute_url(), {"diary_date": "2026-11-22", "note": "For me now."})
    client.post(UNDO)
    assert shared() == [kept]
    for wish in (
        lambda: client.post(f"{kept.get_absolute_url()}share/", {"words": "stop"}),
        lambda: client.post(PAGE, {}),
        lambda: at_noon.shift(timedelta(hours=2)),
    ):
        Night.objects.filter(pk=kept.pk).set_shared("words", True)
        client.post(STOP)
        wish()
        client.post(UNDO)
        assert shared() == []


def test_a_second_click_on_a_button_is_no_news(patient, clinician, signed_in, at_noon):
    night, reflection = make_night(patient, note="Words."), make_reflection(patient)
    client = signed_in(patient)
    for entry, part in ((night, "numbers"), (night, "words"), (reflection, "words")):
        client.post(f"{entry.get_absolute_url()}share/", {part: "share"})
    before = state(patient)
    looked_at = timezone.now()
    at_noon.shift(timedelta(minutes=1))
    for entry, part in ((night, "numbers"), (night, "words"), (reflection, "words")):
        client.post(f"{entry.get_absolute_url()}share/", {part: "share"})
    assert state(patient) == before
    assert not Night.objects.newly_shared(looked_at).exists()
