"""Nights from a CSV file: looked at first, then all that are good or none."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from education.journal import exporting, importing
from education.journal.importing import State
from education.journal.models import Night

pytestmark = pytest.mark.django_db

PRIVATE = {"id", "patient", "created_at", "updated_at", "numbers_shared", "words_shared",
           "numbers_shared_at", "words_shared_at"}  # fmt: skip
ANSWERS = [field.name for field in Night._meta.fields if field.name not in PRIVATE]
HEAD = "diary_date,into_bed_local,tried_to_sleep_local,woke_local,got_up_local,note"
GOOD = f"{HEAD}\n2026-03-03,22:00,2230,6:30,06:45,slept\n"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def answers_of(patient) -> list[tuple]:
    nights = Night.objects.filter(patient=patient).order_by("diary_date")
    return [tuple(getattr(night, name) for name in ANSWERS) for night in nights]


def many_kinds_of_nights(patient) -> None:
    """Both nights with a change of clocks, a journey, a day sleeper, and every answer once."""
    make = Night.objects.create
    make(patient=patient, diary_date=date(2015, 10, 25), zone="Europe/London",
         into_bed_at=at(2015, 10, 24, 23), woke_at=at(2015, 10, 25, 1, 30))  # fmt: skip
    make(patient=patient, diary_date=date(2025, 10, 26), zone="Europe/London",
         tried_to_sleep_at=at(2025, 10, 26, 0, 15), woke_at=at(2025, 10, 26, 1, 20),
         got_up_at=at(2025, 10, 26, 1, 40), minutes_to_fall_asleep=0)  # fmt: skip
    make(patient=patient, diary_date=date(2026, 3, 29), zone="Europe/London", alarm_used=True,
         into_bed_at=at(2026, 3, 28, 23), woke_at=at(2026, 3, 29, 6), free_day=False)  # fmt: skip
    make(patient=patient, diary_date=date(2026, 4, 2), zone="Asia/Kolkata", quality=2,
         into_bed_at=at(2026, 4, 2, 4, 15), tried_to_sleep_at=at(2026, 4, 2, 4, 30),
         woke_at=at(2026, 4, 2, 11), got_up_at=at(2026, 4, 2, 11, 5), awakenings=0,
         minutes_awake=0, minutes_to_fall_asleep=9, refreshed=5, naps=2, nap_minutes=45,
         alcoholic_drinks=0, caffeinated_drinks=3, medicine="1; 2\t“3”",
         note='-late, "very" late\n\n\n  =and so on', numbers_shared=True)  # fmt: skip
    make(patient=patient, diary_date=date(2026, 4, 3), zone="UTC", note="'=only words, ñ 🌙")


def exported(patient) -> bytes:
    return b"".join(exporting.nights_csv(patient))


def test_what_was_exported_comes_back_the_same(signed_in, patient, other_patient):
    many_kinds_of_nights(patient)
    client, url = signed_in(other_patient), reverse("journal:import")
    file = SimpleUploadedFile("nights.csv", exported(patient))
    answer = client.post(url, {"do": "check", "file": file})
    assert "5 nights can be imported" in answer.content.decode()
    assert not Night.objects.filter(patient=other_patient).exists()
    form = answer.context["form"]
    sent = {"do": "import", "checked": form.fingerprint, "text": form.shown}
    assert client.post(url, sent | {"text": form.shown + "\n2026-05-01"}).status_code == 200
    assert not Night.objects.filter(patient=other_patient).exists()
    answer = client.post(url, sent, follow=True)
    assert "5 nights are imported. Only you can see them." in answer.content.decode()
    assert answers_of(other_patient) == answers_of(patient)
    assert not Night.objects.filter(patient=other_patient, numbers_shared=True).exists()
    # The second of two clicks.
    answer = client.post(url, sent, follow=True)
    assert "All these nights are in your journal already." in answer.content.decode()
    assert answers_of(other_patient) == answers_of(patient)


@pytest.mark.parametrize(
    ("encoding", "delimiter", "day"),
    [("utf-8-sig", ",", "2026-03-03"), ("utf-16", "\t", "3.3.2026"), ("cp1252", ";", "3/3/2026")],
)
def test_as_programs_save_it(patient, signed_in, encoding, delimiter, day):
    text = GOOD.replace("slept", "früh – “auf”").replace(",", delimiter).replace("2026-03-03", day)
    file = SimpleUploadedFile("nights.csv", text.replace("\n", "\r\n").encode(encoding))
    answer = signed_in(patient).post(reverse("journal:import"), {"do": "check", "file": file})
    (row,) = answer.context["rows"]
    assert row.state is State.READY, row.reasons
    assert row.night.into_bed_at == at(2026, 3, 2, 22)
    assert row.night.note == "früh – “auf”"


def looked_at(patient, text: str) -> list[tuple]:
    rows = importing.check(importing.read(text), patient)
    return [(row.number, row.state, " ".join(map(" ".join, row.reasons))) for row in rows]


@time_machine.travel("2026-06-07 12:00Z")
def test_every_row_says_what_is_wrong_with_it(patient):
    assert Night.objects.bulk_create([
        Night(patient=patient, diary_date=date(2026, 3, 3), zone="Europe/London", note="mine"),
        Night(patient=patient, diary_date=date(2026, 3, 4), zone="Europe/London", naps=1),
    ])  # fmt: skip
    found = looked_at(patient, "\n".join([
        "Diary date;time-zone;into_bed_local;into_bed_utc;woke_local;naps;free_day;note;steps",
        "2026-03-03;;;;;;;other;9",
        "2026-03-04;;;;;1.0;;;9",
        "2026-03-05;Mars/Base;;;;;;;",
        "2026-03-06;;22:00;;25:00;99;maybe;;",
        "2026-03-07;;2026-03-06T22:00+00:00;2026-03-06T23:00Z;;;;;",
        "2026-03-08;;2026-03-01T22:00+00:00;;06:00;;;;",
        "2026-03-09;;2026-03-08T22:00+05:00;;;;;;",
        "2026-03-10;;;2026-03-09;;;;;",
        "2026-03-11;;;;;;;one;",
        "",
        "2026-03-11;;;;;;;two;",
        "2026-03-12;;;;;;;three;;four",
        "2026-03-13;;;;;;;;",
        "2026-02-30;;;;;;;five;",
        "2126-03-13;;;;;;;six;",
        "1826-03-13;;;;;;;seven;",
        "2016-03-13;Asia/Tokyo;10 pm;;6;;TRUE;=eight;",
    ]))  # fmt: skip
    expected = [
        (2, State.DIFFERENT, "note other words"),
        (3, State.THERE, ""),
        (4, State.WRONG, "time_zone This is no name of a time zone."),
        (5, State.WRONG, "woke_local Write a time such as 22:30"),
        (6, State.WRONG, "into_bed_local This is another time than in into_bed_utc."),
        (7, State.WRONG, "into_bed_local This is Sun 1 Mar, 10:00 pm. In this night it can only"),
        (8, State.WRONG, "into_bed_local This offset from UTC is not that of Europe/London"),
        (9, State.WRONG, "into_bed_utc Write date and time in UTC"),
        (10, State.WRONG, "Row 12 is the same night with other answers."),
        (12, State.WRONG, "Row 10 is the same night with other answers."),
        (13, State.WRONG, "This row has more cells than there are headings."),
        (14, State.WRONG, "Answer at least one question"),
        (15, State.WRONG, "diary_date This date does not exist."),
        (16, State.WRONG, "diary_date This morning has not come yet."),
        (17, State.WRONG, "diary_date This is too long ago."),
        (18, State.READY, ""),
    ]
    assert [one[:2] for one in found] == [one[:2] for one in expected]
    for said, wanted in zip(found, expected, strict=True):
        assert wanted[2] in said[2], said
    assert "naps Write 20 or less." in found[3][2]
    assert "free_day" in found[3][2]
    assert "may be two dates" in looked_at(patient, "diary_date,naps\n3/4/2026,1")[0][2]
    assert looked_at(patient, "diary_date,naps\n3/14/2026,1\n3/5/2026,1")[1][1] is State.READY


def test_good_rows_come_in_and_the_others_stay_to_be_corrected(signed_in, patient):
    text = GOOD + "2026-03-04,22:00,22:30,06:30,06:15,too early\n"
    client, url = signed_in(patient), reverse("journal:import")
    shown = client.post(url, {"do": "check", "text": text})
    assert "Got up is before woke for good. Is it the next day?" in shown.content.decode()
    answer = client.post(
        url, {"do": "import", "text": text, "checked": shown.context["form"].fingerprint}
    )
    page = answer.content.decode()
    assert "1 night is imported. Only you can see it." in page
    assert "The rows that were left out are still here." in page
    assert [night.diary_date for night in Night.objects.all()] == [date(2026, 3, 3)]


def test_an_import_is_taken_out_again_but_for_what_was_changed_since(
    signed_in, patient, other_patient
):
    Night.objects.create(patient=patient, diary_date=date(2026, 2, 1), zone="UTC", naps=1)
    client, url = signed_in(patient), reverse("journal:import")
    text = GOOD + "2026-03-04,,,,,second\n2026-03-05,,,,,third\n"
    shown = client.post(url, {"do": "check", "text": text})
    sent = {"do": "import", "text": text, "checked": shown.context["form"].fingerprint}
    page = client.post(url, sent, follow=True)
    (message,) = page.context["messages"]
    undo = message.extra_tags.removeprefix("undo:")
    assert f'action="{undo}"' in page.content.decode()
    assert signed_in(other_patient).post(undo).status_code == 302
    assert client.post(undo.replace("/undo/", "x/undo/")).status_code == 404
    Night.objects.get(diary_date=date(2026, 3, 4)).save()
    Night.objects.filter(diary_date=date(2026, 3, 5)).set_shared("words", True)
    assert "1 night is taken out again." in client.post(undo, follow=True).content.decode()
    dates = Night.objects.order_by("diary_date").values_list("diary_date", flat=True)
    assert list(dates) == [date(2026, 2, 1), date(2026, 3, 4), date(2026, 3, 5)]
    assert "Nothing is left of this import" in client.post(undo, follow=True).content.decode()


def test_all_or_nothing_where_another_tab_is_faster(patient):
    rows = importing.check(importing.read(GOOD + "2026-03-04,,,,,second\n"), patient)
    Night.objects.create(patient=patient, diary_date=date(2026, 3, 4), zone="UTC", naps=1)
    assert importing.store(rows) is None
    assert Night.objects.count() == 1


HOSTILE = [
    b"", b"\x00\x00", b"\xff\xfe\x00", b"PK\x03\x04rest", b"nothing,at,all\n1,2,3", b'"',
    b"diary_date\n", b"diary_date,diary_date\n1,2", b"," * 100_000,
    GOOD.encode() + b'2026-03-04,"never closed\n',
    b"diary_date,woke_local\n" + b"9" * 200_000 + b",1",
    b"diary_date,woke_local,woke_utc\n2026-03-04,9999-12-31T23:59-23:59,0001-01-01T00:00+23:59",
    b"diary_date,woke_local\n2026-03-04,2100-12-31T23:59-23:59\n0001-01-01,05:00\n9999-12-31,5",
    b"diary_date,time_zone,naps\n2026-03-04,../../etc/passwd,1\n2026-03-05,Europe/\x00London,1",
    "diary_date,naps,quality\n２０２６-03-04,٣,²\n2026-03-04,1e9,-1\n2026-03-05,,𝟗".encode(),
    b"x" * (importing.LARGEST_FILE + 1),
    b"diary_date\n" + b"2026-03-04\n" * (importing.MOST_ROWS + 1),
    "diary_date,note\n2026-03-04,\ud800".encode("utf-8", "surrogatepass"),
    b"diary_date,note\n2026-03-04," + b"<script>" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_files_are_answered_in_words(signed_in, patient, content):
    client = signed_in(patient)
    file = SimpleUploadedFile("nights.csv", content)
    answer = client.post(reverse("journal:import"), {"do": "import", "checked": "x", "file": file})
    assert answer.status_code == 200
    assert not Night.objects.exists()
    assert "<script>" not in answer.content.decode().partition("<main")[2]


def test_as_many_queries_for_a_hundred_rows_as_for_one(
    signed_in, patient, django_assert_num_queries
):
    client, url = signed_in(patient), reverse("journal:import")
    many = "".join(
        f"2025-{1 + n // 28:02}-{1 + n % 28:02},22:00,22:30,6:30,7,n\n" for n in range(99)
    )
    for text, count in ((GOOD, 1), (GOOD + many, 100)):
        with django_assert_num_queries(4):
            answer = client.post(url, {"do": "check", "text": text})
        assert answer.context["ready"]["count"] == count
