"""Sleep measures against the design's vectors and against their properties."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from education.journal import sleep

LONDON = ZoneInfo("Europe/London")


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("answers", "in_bed", "asleep", "efficiency"),
    [
        (("2026-03-02 22:00", "2026-03-02 22:30", 18, 30, "2026-03-03 06:30", "2026-03-03 06:45"),
         525, 432, 82.29),
        (("2026-03-02 23:30", "2026-03-02 23:30", 20, 50, "2026-03-03 04:30", "2026-03-03 04:30"),
         300, 230, 76.67),
    ],
)  # fmt: skip
def test_vectors(answers, in_bed, asleep, efficiency):
    bed, tried, onset, awake, woke, up = answers
    found = sleep.measure(
        into_bed_at=at(bed),
        tried_to_sleep_at=at(tried),
        minutes_to_fall_asleep=onset,
        minutes_awake=awake,
        woke_at=at(woke),
        got_up_at=at(up),
    )
    assert found.in_bed == in_bed
    assert found.asleep == asleep
    assert found.efficiency == pytest.approx(efficiency, abs=0.005)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-28 23:00", "2026-03-29 07:00", 420),
        ("2026-10-24 23:00", "2026-10-25 07:00", 540),
        ("2026-03-02 23:00", "2026-03-03 07:00", 480),
    ],
)
def test_nights_in_which_clocks_change(start, end, minutes):
    assert sleep.time_in_bed(at(start), at(end)) == minutes
    assert sleep.total_sleep_time(at(start), 0, 0, at(end)) == minutes
    assert sleep.midpoint(at(start), 0, at(end)) == at(start).astimezone(UTC) + timedelta(
        minutes=minutes / 2
    )


def test_terminal_wakefulness_and_midpoint():
    bed, woke, up = at("2026-03-02 22:30"), at("2026-03-03 06:30"), at("2026-03-03 06:45")
    assert sleep.terminal_wakefulness(woke, up) == 15
    assert sleep.midpoint(bed, 30, woke) == at("2026-03-03 02:45")


def test_missing_answers_are_never_zero():
    nothing = sleep.measure()
    assert set(vars(nothing).values()) == {None}
    bed, woke = at("2026-03-02 22:30"), at("2026-03-03 06:30")
    for onset, awake in [(None, 10), (10, None), (None, None)]:
        assert sleep.total_sleep_time(bed, onset, awake, woke) is None
    assert sleep.sleep_efficiency(400, None) is None
    assert sleep.sleep_efficiency(0, 0) is None


def test_no_awakenings_answers_the_minutes_awake():
    assert sleep.time_awake_in_the_night(0, None) == 0
    assert sleep.time_awake_in_the_night(None, None) is None
    assert sleep.time_awake_in_the_night(3, None) is None
    assert sleep.time_awake_in_the_night(3, 25) == 25


def test_contradictions_give_nothing():
    bed, woke = at("2026-03-02 22:30"), at("2026-03-02 23:00")
    assert sleep.total_sleep_time(bed, 20, 20, woke) is None
    assert sleep.minutes_between(woke, bed) is None
    assert sleep.sleep_efficiency(500, 400) is None


def test_means_name_their_nights():
    assert sleep.mean([]) == sleep.Mean(None, 0)
    assert sleep.mean([None, None]) == sleep.Mean(None, 0)
    assert sleep.mean([400, None, 440]) == sleep.Mean(420, 2)


zones = st.sampled_from(
    [ZoneInfo(name) for name in ("Europe/London", "America/New_York", "Asia/Kolkata", "UTC",
                                 "Australia/Lord_Howe", "Pacific/Auckland")]
)  # fmt: skip
starts = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)
gaps = st.integers(0, 600)


@given(starts, gaps, gaps, gaps, st.integers(0, 700), st.integers(0, 700), zones, zones)
def test_asleep_is_within_the_time_in_bed_in_whatever_zones(
    start, wait, window, rest, onset, awake, zone, other_zone
):
    bed = start
    tried = bed + timedelta(minutes=wait)
    woke = tried + timedelta(minutes=window)
    up = woke + timedelta(minutes=rest)
    found = sleep.measure(
        into_bed_at=bed.astimezone(zone),
        tried_to_sleep_at=tried.astimezone(other_zone),
        minutes_to_fall_asleep=onset,
        minutes_awake=awake,
        woke_at=woke.astimezone(zone),
        got_up_at=up.astimezone(other_zone),
    )
    assert found.in_bed == wait + window + rest
    assert found.awake_before_getting_up == rest
    if onset + awake > window:
        assert found.asleep is None
        assert found.efficiency is None
    else:
        assert found.asleep == window - onset - awake
        assert 0 <= found.asleep <= found.in_bed
        if found.in_bed:
            assert 0 <= found.efficiency <= 100
            assert found.efficiency == pytest.approx(100 * found.asleep / found.in_bed)
    if onset <= window:
        assert tried <= found.fell_asleep_at <= found.midpoint <= woke


@given(st.lists(st.none() | st.floats(0, 1000)))
def test_means_lie_among_what_was_answered(values):
    answered = [value for value in values if value is not None]
    found = sleep.mean(values)
    assert found.n == len(answered)
    if answered:
        assert min(answered) - 1e-6 <= found.value <= max(answered) + 1e-6
