"""Who sees what of a journal: the owner all, their clinician what is shared, others nothing."""

import uuid
from datetime import UTC, date, datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import CareRelationship
from education.journal.diary import Diary
from education.journal.models import Night, Reflection

pytestmark = pytest.mark.django_db

SECRET = "a-word-nobody-else-reads"
DAY = date(2026, 3, 3)


def make_night(patient, day=DAY, **fields) -> Night:
    return Night.objects.create(
        **{
            "patient": patient,
            "diary_date": day,
            "zone": "Europe/London",
            "into_bed_at": datetime(2026, 3, day.day - 1, 22, 0, tzinfo=UTC),
            "tried_to_sleep_at": datetime(2026, 3, day.day - 1, 22, 30, tzinfo=UTC),
            "minutes_to_fall_asleep": 18,
            "awakenings": 2,
            "minutes_awake": 30,
            "woke_at": datetime(2026, 3, day.day, 6, 30, tzinfo=UTC),
            "got_up_at": datetime(2026, 3, day.day, 6, 45, tzinfo=UTC),
            "quality": 4,
            "note": SECRET,
            **fields,
        }
    )


def make_reflection(patient, **fields) -> Reflection:
    return Reflection.objects.create(**{"patient": patient, "on": DAY, "text": SECRET, **fields})


def test_the_owner_sees_everything(patient):
    night, reflection = make_night(patient), make_reflection(patient)
    assert Night.objects.visible_to(patient).get().note == SECRET
    assert list(Night.objects.visible_to(patient)) == [night]
    assert list(Reflection.objects.visible_to(patient)) == [reflection]


@pytest.mark.parametrize("person", ["other_patient", "other_clinician", "reviewer", "editor",
                                    "administrator"])  # fmt: skip
def test_nobody_else_sees_even_what_is_shared(patient, person, request):
    make_night(patient, numbers_shared=True, words_shared=True)
    make_reflection(patient, shared=True)
    user = request.getfixturevalue(person)
    assert not Night.objects.visible_to(user).exists()
    assert not Night.objects.shared_with(user).exists()
    assert not Reflection.objects.visible_to(user).exists()


def test_nobody_signed_in_sees_nothing(patient):
    make_night(patient, numbers_shared=True)
    make_reflection(patient, shared=True)
    assert not Night.objects.visible_to(AnonymousUser()).exists()
    assert not Reflection.objects.visible_to(AnonymousUser()).exists()


def test_a_clinician_sees_nothing_that_is_not_shared(patient, clinician):
    make_night(patient)
    make_reflection(patient)
    assert not Night.objects.visible_to(clinician).exists()
    assert not Reflection.objects.visible_to(clinician).exists()


def test_numbers_without_words(patient, clinician):
    make_night(patient, numbers_shared=True)
    night = Night.objects.visible_to(clinician).get()
    assert night.measures.asleep == 432
    assert night.note == ""
    assert SECRET not in repr(vars(night))
    assert night.updated_at is None


def test_words_without_numbers(patient, clinician):
    make_night(patient, words_shared=True)
    night = Night.objects.visible_to(clinician).get()
    assert night.note == SECRET
    assert set(vars(night.measures).values()) == {None}
    assert night.quality is None
    assert night.awakenings is None
    assert night.into_bed_at is None


def test_what_a_clinician_got_cannot_be_filled_up_or_saved(patient, clinician):
    make_night(patient, numbers_shared=True)
    night = Night.objects.visible_to(clinician).get()
    night.refresh_from_db()
    assert night.note == ""
    with pytest.raises(TypeError):
        night.save()
    shared = Night.objects.visible_to(clinician)
    for ask in (
        lambda: shared.values(),
        lambda: shared.values_list("note"),
        lambda: shared.filter(diary_date=DAY).values("note"),
        lambda: shared.values_list("updated_at", flat=True),
    ):
        with pytest.raises(TypeError):
            ask()
    assert list(shared.values_list("diary_date", flat=True)) == [DAY]
    for rows in (shared.only("diary_date"), shared.defer("note"), shared.order_by("pk")[:1]):
        assert [night.note for night in rows] == [""]
    assert Night.objects.get().note == SECRET


def test_sharing_ends_with_the_care_relationship(patient, clinician):
    make_night(patient, numbers_shared=True, words_shared=True)
    make_reflection(patient, shared=True)
    assert Night.objects.visible_to(clinician).exists()
    CareRelationship.objects.update(ended_at=timezone.now())
    assert not Night.objects.visible_to(clinician).exists()
    assert not Reflection.objects.visible_to(clinician).exists()


def test_a_clinician_who_left_sees_nothing(patient, clinician):
    make_night(patient, numbers_shared=True)
    clinician.is_active = False
    clinician.save()
    assert not Night.objects.visible_to(clinician).exists()


def test_a_clinicians_diary_says_the_same_of_private_and_missing_nights(patient, clinician):
    make_night(patient, numbers_shared=True)
    html = {}
    for state in ("none there", "one private"):
        if state == "one private":
            make_night(patient, date(2026, 3, 4))
        diary = Diary.shared(patient, clinician, until=date(2026, 3, 10))
        html[state] = render_to_string("journal/_diary.html", {"diary": diary})
    assert html["none there"] == html["one private"]
    assert "nothing shared" in html["one private"]
    assert "no entry" not in html["one private"]
    assert SECRET not in html["one private"]
    assert "Asleep 7 h 12 min on average (1 shared of 14 nights)." in html["one private"]


def test_a_clinicians_diary_with_words_only(patient, clinician):
    make_night(patient, words_shared=True)
    diary = Diary.shared(patient, clinician, until=date(2026, 3, 10))
    html = render_to_string("journal/_diary.html", {"diary": diary})
    assert SECRET in html
    assert "7 h 12" not in html
    assert '<svg class="sleep-window"' not in html


def test_diaries_cost_one_query_each(patient, clinician, django_assert_num_queries):
    for day in range(2, 10):
        make_night(patient, date(2026, 3, day), numbers_shared=True)
    for build in (
        lambda: Diary.for_owner(patient, until=date(2026, 3, 10)),
        lambda: Diary.shared(patient, clinician, until=date(2026, 3, 10)),
    ):
        with django_assert_num_queries(1):
            render_to_string("journal/_diary.html", {"diary": build()})


# --- The buttons ----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["numbers", "words"])
def test_sharing_and_stopping_take_effect_at_once(patient, clinician, signed_in, part):
    night = make_night(patient)
    client = signed_in(patient)
    url = f"{night.get_absolute_url()}share/"
    response = client.post(url, {part: "share", "next": "/journal/?before=2026-04-01"})
    assert response["Location"] == "/journal/?before=2026-04-01"
    night.refresh_from_db()
    assert getattr(night, f"{part}_shared")
    other = {"numbers": "words", "words": "numbers"}[part]
    assert not getattr(night, f"{other}_shared")
    assert Night.objects.visible_to(clinician).exists()
    client.post(url, {part: "stop"})
    assert not Night.objects.visible_to(clinician).exists()


def test_a_reflection_is_shared_and_taken_back(patient, clinician, signed_in):
    reflection = make_reflection(patient)
    client = signed_in(patient)
    url = f"{reflection.get_absolute_url()}share/"
    response = client.post(url, {"words": "share"}, follow=True)
    assert "Your care team can now see this reflection." in response.content.decode()
    assert Reflection.objects.visible_to(clinician).get() == reflection
    client.post(url, {"words": "stop"})
    assert not Reflection.objects.visible_to(clinician).exists()


@pytest.mark.parametrize(
    "data",
    [{}, {"numbers": "yes"}, {"words": "\x00"}, {"part": "numbers"}, {"numbers_shared": "on"}],
)
def test_a_button_that_is_none_changes_nothing(patient, signed_in, data):
    night, reflection = make_night(patient), make_reflection(patient)
    for entry in (night, reflection):
        response = signed_in(patient).post(f"{entry.get_absolute_url()}share/", data)
        assert response.status_code == 302
    night.refresh_from_db()
    reflection.refresh_from_db()
    assert not (night.numbers_shared or night.words_shared or reflection.shared)


@pytest.mark.parametrize("target", ["https://example.com/", "//example.com", "/read/"])
def test_a_button_never_leads_away(patient, signed_in, target):
    night = make_night(patient)
    response = signed_in(patient).post(
        f"{night.get_absolute_url()}share/", {"numbers": "share", "next": target}
    )
    assert response["Location"] == "/journal/"


@pytest.mark.parametrize("person", ["clinician", "other_clinician", "editor", "administrator"])
def test_no_other_role_has_pages_of_the_journal(patient, person, signed_in, request):
    night = make_night(patient, numbers_shared=True, words_shared=True)
    reflection = make_reflection(patient, shared=True)
    client = signed_in(request.getfixturevalue(person))
    for url in ("/journal/", night.get_absolute_url(), reflection.get_absolute_url()):
        assert client.get(url).status_code == 403
    assert client.post(f"{night.get_absolute_url()}share/", {"numbers": "stop"}).status_code == 403


def test_another_patients_entries_do_not_exist(patient, other_patient, signed_in):
    night = make_night(patient, numbers_shared=True)
    reflection = make_reflection(patient, shared=True)
    client = signed_in(other_patient)
    for entry in (night, reflection):
        url = entry.get_absolute_url()
        assert client.get(url).status_code == 404
        assert client.post(url, {"text": "x", "diary_date": "2026-03-03"}).status_code == 404
        for action in ("delete/", "share/"):
            assert (
                client.post(url + action, {"numbers": "stop", "words": "stop"}).status_code == 404
            )
    assert SECRET not in client.get("/journal/").content.decode()
    assert Night.objects.get().numbers_shared
    assert Reflection.objects.get().shared


# --- What the database promises ---------------------------------------------------------------


def refused(patient, **fields) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        make_night(patient, **fields)
    return str(caught.value)


def test_the_database_refuses_what_cannot_be(patient):
    early, late = datetime(2026, 3, 2, 20, tzinfo=UTC), datetime(2026, 3, 3, 20, tzinfo=UTC)
    for fields, name in [
        ({"into_bed_at": late, "woke_at": None, "got_up_at": None},
         "journal_night_into_bed_then_tried_to_sleep"),
        ({"tried_to_sleep_at": None, "into_bed_at": late, "got_up_at": None},
         "journal_night_into_bed_then_woke"),
        ({"tried_to_sleep_at": None, "woke_at": None, "into_bed_at": late},
         "journal_night_into_bed_then_got_up"),
        # Two of them refuse it, and each database names the one it looks at first.
        ({"woke_at": early, "into_bed_at": None},
         ("journal_night_tried_to_sleep_then_woke", "journal_night_awake_fits")),
        ({"woke_at": None, "into_bed_at": None, "tried_to_sleep_at": late},
         "journal_night_tried_to_sleep_then_got_up"),
        ({"woke_at": late}, "journal_night_woke_then_got_up"),
        ({"quality": 6}, "journal_night_quality_known"),
        ({"quality": 0}, "journal_night_quality_known"),
        ({"minutes_to_fall_asleep": 1441, "woke_at": None},
         "journal_night_minutes_to_fall_asleep_bounds"),
        ({"minutes_awake": 1441, "woke_at": None}, "journal_night_minutes_awake_bounds"),
        ({"awakenings": 100}, "journal_night_awakenings_bounds"),
        ({"zone": ""}, "journal_night_has_zone"),
    ]:  # fmt: skip
        said = refused(patient, **fields)
        assert any(one in said for one in ([name] if isinstance(name, str) else name))
    make_night(patient)
    assert "unique" in refused(patient).casefold()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_reflection(patient, text="")
    with pytest.raises(IntegrityError), transaction.atomic():
        shared_id = uuid.uuid4()
        make_reflection(patient, public_id=shared_id)
        make_reflection(patient, public_id=shared_id)


def test_an_empty_night_is_in_order(patient):
    assert Night.objects.create(patient=patient, zone="UTC", diary_date=DAY).measures.asleep is None


def test_names_hold_nothing_personal(patient):
    for entry in (make_night(patient), make_reflection(patient)):
        assert SECRET not in str(entry)
        assert patient.name not in str(entry)
