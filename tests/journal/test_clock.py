"""Reading clock times as they are typed, and placing them on the calendar."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from education.journal.clock import (
    AWAKE,
    GOT_UP,
    IN_ORDER,
    INTO_BED,
    TRIED,
    WOKE,
    ClockField,
    parse_clock,
    place,
)
from education.journal.words import clock_words

LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2230", time(22, 30)),
        ("22:30", time(22, 30)),
        ("22.30", time(22, 30)),
        ("22,30", time(22, 30)),
        ("22 30", time(22, 30)),
        ("22h30", time(22, 30)),
        ("22h", time(22)),
        ("10:30 pm", time(22, 30)),
        ("10:30PM", time(22, 30)),
        ("10.30 p.m.", time(22, 30)),
        ("1030pm", time(22, 30)),
        ("10pm", time(22)),
        ("10 p", time(22)),
        ("12am", time(0)),
        ("12 pm", time(12)),
        ("12:40 a.m.", time(0, 40)),
        ("  6:45\t", time(6, 45)),
        ("645", time(6, 45)),
        ("0645", time(6, 45)),
        ("6", time(6)),
        ("0", time(0)),
        ("24:00", time(0)),
        ("2400", time(0)),
        ("22:30", time(22, 30)),
    ],
)
def test_times_people_type(typed, meant):
    assert parse_clock(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["", "x", "25:00", "22:60", "2460", "24:01", "22:3", "13pm", "0am", "13:30 pm", "12345", "-3",
     "22:30:15", "10 pmm", "½", "10:30 xm", "10\x0030", "9" * 5000, "1e3"],
)  # fmt: skip
def test_what_is_no_time(typed):
    with pytest.raises(ValueError):
        parse_clock(typed)
    if typed:
        with pytest.raises(ValidationError):
            ClockField(required=False).clean(typed)


@given(st.text())
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        assert isinstance(parse_clock(text), time)
    except ValueError:
        pass


@given(
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.sampled_from(["en-us", "en-gb"]),
)
def test_what_is_shown_can_be_typed(clock, language):
    with translation.override(language):
        assert parse_clock(clock_words(clock)) == clock


def test_empty_stays_empty():
    assert ClockField(required=False).clean("") is None
    assert ClockField(required=False).clean("   ") is None


def clocks(*texts: str | None) -> dict[str, time]:
    return {name: parse_clock(text) for name, text in zip(IN_ORDER, texts, strict=False) if text}


def placed(texts, on=TUESDAY, zone=LONDON, awake=0):
    placement = place(on, zone, clocks(*texts), awake)
    assert not placement.errors
    return [
        placement.moments[name].strftime("%d %H:%M") if name in placement.moments else None
        for name in IN_ORDER
    ]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("22:30", "23:00", "6:30", "6:45"), ["02 22:30", "02 23:00", "03 06:30", "03 06:45"]),
        (("0:40", "0:50", "6:30", "6:45"), ["03 00:40", "03 00:50", "03 06:30", "03 06:45"]),
        (("23:50", "0:10", "6:30", None), ["02 23:50", "03 00:10", "03 06:30", None]),
        (("8:00", "8:10", "15:00", "15:20"), ["03 08:00", "03 08:10", "03 15:00", "03 15:20"]),
        (("15:00", "15:00", "23:50", "0:20"), ["03 15:00", "03 15:00", "03 23:50", "04 00:20"]),
        (("23:30", "23:30", "4:30", "4:30"), ["02 23:30", "02 23:30", "03 04:30", "03 04:30"]),
        (("22:30", None, None, None), ["02 22:30", None, None, None]),
        (("0:40", None, None, None), ["03 00:40", None, None, None]),
        ((None, "8:00", None, None), [None, "03 08:00", None, None]),
        (("22:30", None, None, "7:00"), ["02 22:30", None, None, "03 07:00"]),
        ((None, None, "6:30", None), [None, None, "03 06:30", None]),
        (("22:30", None, "6:30", None), ["02 22:30", None, "03 06:30", None]),
        ((None, None, None, None), [None, None, None, None]),
    ],
)
def test_times_fall_on_the_right_day(texts, expected):
    assert placed(texts) == expected


@pytest.mark.parametrize(
    ("texts", "field", "words"),
    [
        (("22:00", "22:30", "6:30", "6:15"), GOT_UP, "Is it the next day?"),
        (("22:00", "22:30", "6:30", "6:45 pm"), GOT_UP, "12 hours after"),
        (("22:00", "21:30", "6:30", "6:45"), TRIED, "before got into bed"),
        (("11:00", "23:15", "6:30", "6:45"), TRIED, "am and the other pm"),
        ((None, "6:45", "6:30", None), WOKE, "before began trying"),
        (("6:45", None, "6:30", None), WOKE, "before got into bed"),
        (("20:00", "20:30", "17:00", "20:30"), GOT_UP, "more than a day"),
    ],
)
def test_order_that_cannot_be(texts, field, words):
    errors = place(TUESDAY, LONDON, clocks(*texts)).errors
    assert list(errors) == [field]
    assert words in str(errors[field])


def test_more_awake_than_there_was_night():
    errors = place(TUESDAY, LONDON, clocks("22:00", "22:30", "23:00", "23:30"), 31).errors
    assert list(errors) == [AWAKE]
    assert not place(TUESDAY, LONDON, clocks("22:00", "22:30", "23:00", "23:30"), 30).errors


SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def test_spring_night_is_an_hour_shorter():
    moments = place(SPRING, LONDON, clocks("23:00", "23:00", "7:00", "7:00")).moments
    assert moments[GOT_UP].astimezone(UTC) - moments[INTO_BED].astimezone(UTC) == timedelta(hours=7)


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        (("23:00", "1:30", "7:00", None), TRIED),
        (("1:30", "2:10", "7:00", None), INTO_BED),
        (("23:00", "23:10", "1:30", "2:10"), WOKE),
        (("23:00", "23:10", "0:30", "1:30"), GOT_UP),
        ((None, None, None, "1:30"), GOT_UP),
        (("1:30", None, None, None), INTO_BED),
    ],
)
def test_a_time_that_never_was_is_refused(texts, field):
    errors = place(SPRING, LONDON, clocks(*texts)).errors
    assert list(errors) == [field]
    assert "There was no 1:30 am" in str(errors[field])


def test_a_time_that_came_twice_means_the_first():
    moments = place(AUTUMN, LONDON, clocks("23:00", "1:30", "7:00", "7:00")).moments
    assert moments[TRIED].fold == 0
    assert moments[TRIED].astimezone(UTC) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_time_that_came_twice_means_the_second_where_only_that_keeps_order():
    moments = place(AUTUMN, LONDON, clocks("1:50", "1:10", "7:00", "7:00")).moments
    assert moments[INTO_BED].astimezone(UTC) == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    assert moments[TRIED].astimezone(UTC) == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    moments = place(AUTUMN, LONDON, clocks(None, "1:50", "1:20", None)).moments
    assert moments[WOKE].astimezone(UTC) - moments[TRIED].astimezone(UTC) == timedelta(minutes=30)


def test_minutes_awake_can_decide_which_of_two_it_was():
    moments = place(AUTUMN, LONDON, clocks("0:30", "0:30", "1:30", None), 90).moments
    assert moments[WOKE].astimezone(UTC) - moments[TRIED].astimezone(UTC) == timedelta(hours=2)


minutes_of_day = st.none() | st.integers(0, 1439).map(lambda m: time(m // 60, m % 60))
zones = st.sampled_from(
    [
        "Europe/London",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "UTC",
    ]
).map(ZoneInfo)


@given(
    st.dates(date(2011, 1, 1), date(2030, 12, 31)) | st.sampled_from([SPRING, AUTUMN]),
    zones,
    st.tuples(minutes_of_day, minutes_of_day, minutes_of_day, minutes_of_day),
    st.integers(0, 300),
)
def test_whatever_is_placed_is_what_was_typed_in_order(on, zone, times, awake):
    typed = {name: clock for name, clock in zip(IN_ORDER, times, strict=True) if clock}
    placement = place(on, zone, typed, awake)
    if placement.errors:
        assert all(str(message) for message in placement.errors.values())
        return
    assert set(placement.moments) == set(typed)
    for name, clock in typed.items():
        moment = placement.moments[name]
        assert moment.astimezone(UTC).astimezone(zone).time() == clock
    in_order = [placement.moments[name].astimezone(UTC) for name in IN_ORDER if name in typed]
    assert in_order == sorted(in_order)
    if WOKE in typed:
        assert placement.moments[WOKE].date() == on
    if in_order:
        assert in_order[-1] - in_order[0] <= timedelta(hours=36)
