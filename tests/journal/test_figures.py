"""The figures of a night and of a diary: values, what they rest on, and what is missing."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.template.loader import render_to_string

from education.journal.diary import Diary
from education.journal.figures import Figure, diary_figures, night_figures
from education.journal.figures.kinds import KINDS
from education.journal.figures.sources import SOURCES
from education.journal.models import Night

TODAY = date(2026, 3, 16)


@pytest.fixture(autouse=True)
def a_monday():
    with time_machine.travel(datetime(2026, 3, 16, 9, tzinfo=UTC), tick=False):
        yield


def a_night(day: date = TODAY, later: int = 0, **fields) -> Night:
    """22:00, 22:30, 18, 2, 30, 06:30, 06:45; `later` moves the hours by so many minutes."""
    evening = datetime.combine(day - timedelta(days=1), datetime.min.time(), UTC)

    def at(hours: int, minutes: int) -> datetime:
        return evening + timedelta(hours=hours, minutes=minutes + later)

    return Night(
        **{
            "diary_date": day,
            "zone": "UTC",
            "into_bed_at": at(22, 0),
            "tried_to_sleep_at": at(22, 30),
            "minutes_to_fall_asleep": 18,
            "awakenings": 2,
            "minutes_awake": 30,
            "woke_at": at(30, 30),
            "got_up_at": at(30, 45),
            "quality": 4,
            **fields,
        }
    )


def a_diary(*nights: Night, is_shared: bool = False) -> Diary:
    for night in nights:
        night.numbers_shared = is_shared
    return Diary(TODAY, 14, is_shared, list(nights))


def by_code(figures: list[Figure]) -> dict[str, Figure]:
    assert len({figure.code for figure in figures}) == len(figures)
    return {figure.code: figure for figure in figures}


def test_a_night_shows_its_working():
    found = by_code(night_figures(a_night()))
    assert {code: one.value for code, one in found.items()} == {
        "in_bed": "8 h 45 min",
        "asleep": "7 h 12 min",
        "efficiency": "82%",
        "awake_before_getting_up": "15 min",
        "fell_asleep": "10:48 pm",
        "midpoint": "2:39 am",
    }
    assert found["asleep"].working == (
        "From 10:30 pm to 6:30 am is 480 minutes. 480 − 18 − 30 = 432 minutes."
    )
    assert found["efficiency"].working == "432 ÷ 525 minutes = 82.3%"
    assert "Minutes awake in the night: 30 min" in found["efficiency"].inputs
    assert found["in_bed"].inputs == ["Got into bed: 10:00 pm", "Got up: 6:45 am"]
    assert not any(one.missing for one in found.values())


def test_a_night_says_what_is_missing_and_never_guesses():
    found = by_code(night_figures(a_night(minutes_awake=None, got_up_at=None)))
    assert not found["asleep"].is_known
    assert found["asleep"].missing == ["Minutes awake in the night"]
    assert found["asleep"].working == ""
    assert found["efficiency"].missing == ["Minutes awake in the night", "Got up"]
    assert found["midpoint"].is_known
    # Without awakenings the minutes are answered; answers that contradict each other give nothing.
    found = by_code(night_figures(a_night(minutes_awake=None, awakenings=0)))
    assert found["asleep"].value == "7 h 42 min"
    assert "Minutes awake in the night: 0 min" in found["asleep"].inputs
    found = by_code(night_figures(a_night(minutes_awake=900)))
    assert (found["asleep"].value, found["asleep"].missing) == (
        "",
        ["The answers do not fit together"],
    )


def test_the_night_when_clocks_change_says_so():
    night = a_night(date(2026, 3, 29), zone="Europe/London", got_up_at=datetime(
        2026, 3, 29, 6, tzinfo=UTC), woke_at=datetime(2026, 3, 29, 5, tzinfo=UTC))  # fmt: skip
    in_bed = by_code(night_figures(night))["in_bed"]
    assert in_bed.working == (
        "From 10:00 pm to 7:00 am is 480 minutes. "
        "The clocks changed in this night. This is the time that really passed."
    )


def test_a_diary_averages_what_is_answered():
    nights = [a_night(TODAY - timedelta(days=back), 60 * (back % 2)) for back in range(7, -1, -1)]
    for night in nights:
        night.free_day = night.diary_date.weekday() >= 5
    nights[2].minutes_awake = None
    nights[2].quality = 2
    nights[5].minutes_to_fall_asleep = 50
    found = by_code(diary_figures(a_diary(*nights)))
    asleep = found["asleep"]
    assert (asleep.value, asleep.basis) == ("7 h 7 min", "average of 7 of 14 nights")
    assert asleep.working == "2,992 ÷ 7 = 427.4 minutes"
    assert asleep.spread == "varies by 12 min"
    assert len(asleep.inputs) == 7
    assert "Tue 10 Mar: 7 h 12 min" in asleep.inputs
    assert asleep.missing == [
        "Minutes awake in the night: Wed 11 Mar",
        "No entry: 6 of 14 nights",
    ]
    assert found["efficiency"].value == "81%"
    assert "Tue 10 Mar: 432 ÷ 525 min = 82.3%" in found["efficiency"].inputs
    assert found["awakenings"].value == "2.0"
    # 22:00 and 23:00 in turn, and 06:45 and 07:45.
    assert found["into_bed"].value == "10:30 pm"
    assert found["got_up"].value == "7:15 am"
    assert found["got_up"].spread == "varies by 30 min"
    assert "Fisher 1993" in found["got_up"].source
    assert found["regularity"].basis == "7 pairs of nights in a row"
    # An hour at either end differs in each pair, 28 minutes where it took longer to fall asleep.
    assert found["regularity"].value == "85"
    assert found["regularity"].working == "100 − 200 × 776 ÷ 10,080 = 84.6"
    assert found["social_jetlag"].basis == "2 free days, 6 work days"
    assert found["social_jetlag"].value == "8 min"
    assert "Sat 14 Mar, free day: 2:55 am" in found["social_jetlag"].inputs
    assert found["quality"].value == "Good\N{NO-BREAK SPACE}7 · Poor\N{NO-BREAK SPACE}1"
    assert "refreshed" not in found
    assert [one.code for one in KINDS if one.code not in found] == ["refreshed"]


def test_a_diary_without_answers_knows_nothing():
    blank = Night(diary_date=TODAY, zone="UTC", note="Slept at my sister’s.")
    for diary in (a_diary(), a_diary(blank)):
        for figure in diary_figures(diary):
            assert not figure.is_known
            assert figure.missing
            assert figure.basis
            assert not figure.inputs
    figures = by_code(diary_figures(a_diary(blank)))
    assert figures["midpoint"].missing == [
        "Began trying to sleep: Mon 16 Mar",
        "Minutes to fall asleep: Mon 16 Mar",
        "Woke for good: Mon 16 Mar",
        "No entry: 13 of 14 nights",
    ]
    assert figures["regularity"].missing[0] == (
        "It needs 5 pairs of nights in a row; there are 0 so far"
    )
    one = by_code(diary_figures(a_diary(a_night())))
    assert (one["asleep"].value, one["asleep"].spread) == ("7 h 12 min", "")
    opposite = [a_night(), a_night(TODAY - timedelta(days=1), later=720)]
    assert by_code(diary_figures(a_diary(*opposite)))["got_up"].missing[0] == (
        "The times lie opposite each other, so none is the average"
    )
    nearly = [opposite[0], a_night(TODAY - timedelta(days=1), later=700)]
    got_up = by_code(diary_figures(a_diary(*nearly)))["got_up"]
    assert got_up.is_known
    assert "this average says little" in got_up.working


@pytest.mark.django_db
def test_what_a_clinician_gets_rests_on_what_is_shared_alone(
    patient, clinician, django_assert_num_queries
):
    def write(back: int, shared: bool) -> None:
        night = a_night(TODAY - timedelta(days=back), refreshed=3, free_day=True)
        night.patient, night.numbers_shared, night.words_shared = patient, shared, back == 3
        night.save()

    for back in (0, 1, 2):
        write(back, True)
    before = diary_figures(Diary.shared(patient, clinician, TODAY))
    for back in (3, 4, 5, 9):
        write(back, False)
    with django_assert_num_queries(1):
        after = diary_figures(Diary.shared(patient, clinician, TODAY))
    assert after == before
    found = by_code(after)
    assert found["asleep"].basis == "average of 3 shared of 14 nights"
    assert found["asleep"].missing == ["Nothing shared: 11 of 14 nights"]
    assert found["regularity"].basis == "2 pairs of nights in a row, shared"
    assert found["refreshed"].value == "Somewhat\N{NO-BREAK SPACE}3"
    with django_assert_num_queries(1):
        own = by_code(diary_figures(Diary.for_owner(patient, TODAY)))
    assert own["asleep"].basis == "average of 7 of 14 nights"


def test_every_figure_opens_and_no_id_repeats():
    figures = diary_figures(a_diary(a_night(), is_shared=True)) + night_figures(a_night())
    html = render_to_string("journal/_figures.html", {"figures": figures})
    assert html.count("<details") == html.count("<summary>") == len(figures)
    assert html.count("What is missing") == len(figures)
    assert " id=" not in html
    assert "not enough answered" in html
    for figure in figures:
        assert figure.formula
        assert figure.source


@pytest.mark.django_db
def test_the_page_explains_every_figure_to_patients_and_clinicians(
    signed_in, patient, clinician, django_assert_max_num_queries
):
    for person in (patient, clinician):
        client = signed_in(person)
        with django_assert_max_num_queries(6):
            response = client.get("/journal/how-we-calculate/")
        html = response.content.decode()
        assert response.status_code == 200
        for kind in KINDS:
            assert f'id="how-{kind.code}"' in html
        for source in SOURCES:
            assert source.doi in html
        assert "432 ÷ 525 minutes = 82.3%" in html
        assert "not a diagnosis" in html
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))
        targets = set(re.findall(r'href="#([^"]+)"', html))
        assert targets <= set(ids)
    assert client.post("/journal/how-we-calculate/").status_code == 405
