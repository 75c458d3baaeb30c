"""The journal as files: what stands in them, and that nothing of it is lost or worked out."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from cryptography.fernet import Fernet
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.privacy import cells
from education.journal import columns
from education.journal.models import Night, Reflection
from tests.factories import PromptFactory, PublishedEditionFactory

pytestmark = pytest.mark.django_db

FORMULA = '=HYPERLINK("https://example.org")'


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def spring_night(patient, **fields) -> Night:
    """The night in which London's clocks go forward."""
    return Night.objects.create(
        **{
            "patient": patient,
            "diary_date": date(2026, 3, 29),
            "zone": "Europe/London",
            "into_bed_at": at(2026, 3, 28, 22),
            "tried_to_sleep_at": at(2026, 3, 28, 22, 30),
            "minutes_to_fall_asleep": 18,
            "minutes_awake": 30,
            "woke_at": at(2026, 3, 29, 6, 30),
            "got_up_at": at(2026, 3, 29, 6, 45),
            "free_day": False,
            "note": FORMULA,
            **fields,
        }
    )


def rows_of(answer) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content)
    # Spreadsheets take UTF-8 for something else without this mark.
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_nights_with_units_offsets_and_what_is_worked_out(
    signed_in, patient, other_patient, django_assert_num_queries
):
    spring_night(patient, words_shared=True)
    spring_night(other_patient, note="of somebody else")
    client = signed_in(patient)
    url = reverse("journal:export_nights")
    with django_assert_num_queries(3):
        answer = client.get(url)
        (row,) = rows_of(answer)
    assert "attachment" in answer["Content-Disposition"]
    assert "no-store" in answer["Cache-Control"]
    assert list(row) == [column.name for column in columns.NIGHTS]
    assert row["diary_date"] == "2026-03-29"
    assert row["into_bed_local"] == "2026-03-28T22:00+00:00"
    assert (row["woke_local"], row["woke_utc"]) == ("2026-03-29T07:30+01:00", "2026-03-29T06:30Z")
    assert (row["time_in_bed_minutes"], row["time_asleep_minutes"]) == ("525", "432")
    assert row["sleep_efficiency_percent"] == "82.3"
    # Blank is not zero, and no is not blank.
    assert (row["awakenings"], row["naps"], row["free_day"]) == ("", "", "no")
    assert (row["numbers_shared"], row["words_shared"]) == ("no", "yes")
    # A spreadsheet shows it and does not work it out.
    assert row["note"] == f"'{FORMULA}"
    Night.objects.bulk_create(
        Night(patient=patient, diary_date=date(2025, 1 + n // 28, 1 + n % 28), zone="UTC")
        for n in range(320)
    )
    with django_assert_num_queries(3):
        found = rows_of(client.get(url))
    assert len(found) == 321
    assert found[0]["diary_date"] == "2025-01-01"


def test_everything_as_json_and_reflections_with_where_they_came_from(signed_in, patient, settings):
    edition = PublishedEditionFactory(article__title="Sleep and light")
    prompt = PromptFactory(article=edition.article, text="What helped?")
    answered = {"prompt": prompt, "prompt_text": prompt.text, "edition": edition}
    Reflection.objects.create(
        patient=patient, on=date(2026, 3, 1), text="–1 lamp\nfewer", **answered
    )
    client = signed_in(patient)
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    spring_night(patient, medicine="a tablet", quality=4)
    found = json.loads(b"".join(client.get(reverse("journal:export_json")).streaming_content))
    assert (found["format"], found["version"]) == ("journal", 1)
    (night,), (reflection,) = found["nights"], found["reflections"]
    assert list(night) == [column.name for column in columns.NIGHTS]
    assert (night["note"], night["quality"], night["awakenings"]) == (FORMULA, 4, None)
    assert (night["free_day"], night["sleep_efficiency_percent"]) == (False, 82.3)
    assert reflection["prompt"] == "What helped?"
    assert (reflection["article"], reflection["article_level"]) == (
        "Sleep and light",
        edition.level,
    )
    # Its key is missing: the sentence that stands for the words is not exported as the words.
    assert (reflection["text"], reflection["unreadable"]) == (None, "text")
    (row,) = rows_of(client.get(reverse("journal:export_reflections")))
    assert (row["text"], row["prompt"], row["shared"]) == ("", "What helped?", "no")


@given(st.text(alphabet="'=+-@\t\r\n a1;,\"", max_size=6))
def test_what_looks_like_a_formula_is_escaped_and_comes_back(text):
    escaped = cells.escaped(text)
    assert not escaped.startswith(tuple("=+-@\t\r"))
    assert cells.unescaped(escaped) == text


def test_the_page_explains_every_column(signed_in, patient, django_assert_max_num_queries):
    client = signed_in(patient)
    with django_assert_max_num_queries(5):
        page = client.get(reverse("journal:data")).content.decode()
    for column in columns.NIGHTS + columns.REFLECTIONS:
        assert f"<code>{column.name}</code>" in page
    for name in ("export_json", "export_nights", "export_reflections", "import", "report"):
        assert reverse(f"journal:{name}") in page
