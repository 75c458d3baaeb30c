"""The regularity index and social jetlag: the design's vectors, and slow references."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from education.journal import sleep

FIRST = date(2026, 3, 2)
LONDON, TOKYO = ZoneInfo("Europe/London"), ZoneInfo("Asia/Tokyo")
few = settings(max_examples=25, deadline=None)


@dataclass(frozen=True)
class Slept:
    diary_date: date
    fell_asleep: datetime | None
    woke: datetime | None
    free_day: bool | None = None


def slept(day: int, start: int, end: int, zone=UTC, free_day: bool | None = None) -> Slept:
    """A night by the minutes past midnight of its diary date, counted on the clock of the zone."""
    midnight = datetime.combine(FIRST + timedelta(days=day), datetime.min.time())

    def clock(minutes: int) -> datetime:
        return (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone)

    return Slept(midnight.date(), clock(start), clock(end), free_day)


@pytest.mark.parametrize(
    ("nights", "value"),
    [
        ([slept(day, -60, 420) for day in range(8)], 100),
        ([slept(day, -60, 420 + 60 * (day % 2)) for day in range(8)], 91.67),
        ([slept(day, -60 + 120 * (day % 2), 420 + 120 * (day % 2)) for day in range(8)], 66.67),
        # Half of each day asleep, and always the other half.
        ([slept(day, 720 * (day % 2), 720 + 720 * (day % 2)) for day in range(8)], -100),
        # Awake all night, again and again, is regular too.
        ([slept(day, 300, 300) for day in range(6)], 100),
    ],
)
def test_vectors_of_the_design(nights, value):
    found = sleep.sleep_regularity(nights)
    assert found.value == pytest.approx(value, abs=0.005)
    assert found.pairs == len(nights) - 1


def test_under_five_pairs_there_is_no_index():
    nights = [slept(day, -60, 420) for day in range(5)]
    assert sleep.sleep_regularity(nights) == sleep.Regularity(None, 4, 0)
    assert sleep.sleep_regularity([*nights, slept(6, -60, 420)]).value is None
    assert sleep.sleep_regularity([*nights, slept(5, -60, 420)]).value == 100
    # Blank times make no pair, nor do times that contradict each other.
    blank = replace(nights[2], woke=None)
    backwards = replace(nights[2], woke=nights[2].fell_asleep - timedelta(hours=1))
    for odd in (blank, backwards):
        assert sleep.sleep_regularity([*nights[:2], odd, *nights[3:]]).pairs == 2


def test_the_same_clock_is_not_24_hours_later_when_clocks_or_zones_change():
    nights = [slept(day, -60, 420, LONDON) for day in range(23, 31)]
    found = sleep.sleep_regularity(nights)
    # Waking on the day of the change, and falling asleep on the day after, are an hour early.
    assert found.minutes_apart == 120
    assert found.value == pytest.approx(100 - 200 * 120 / (7 * 1440))
    # Nine hours ahead: the pair with the flight shares nothing of 8 hours but these.
    moved = [*nights[:3], *(slept(day, -60, 420, TOKYO) for day in range(26, 31))]
    assert sleep.sleep_regularity(moved).minutes_apart == 2 * 8 * 60


def published_formula(nights: list[tuple[int, int]]) -> float:
    """-100 + 200 / (M (N - 1)) x the sum of equal states, over a table of days and minutes.

    Minutes are those past noon, so that each night lies in one row.
    """
    table = [[start <= minute < end for minute in range(1440)] for start, end in nights]
    equal = sum(
        first[minute] == second[minute]
        for first, second in zip(table, table[1:], strict=False)
        for minute in range(1440)
    )
    return -100 + 200 / (1440 * (len(nights) - 1)) * equal


@few
@given(
    st.lists(
        st.tuples(st.integers(0, 1000), st.integers(0, 440)).map(lambda pair: (pair[0], sum(pair))),
        min_size=6,
        max_size=9,
    ),
    st.randoms(),
)
def test_the_index_is_that_of_the_published_formula(nights, random):
    found = [slept(day, start - 720, end - 720) for day, (start, end) in enumerate(nights)]
    assert sleep.sleep_regularity(found).value == pytest.approx(published_formula(nights))
    random.shuffle(found)
    assert sleep.sleep_regularity(found).value == pytest.approx(published_formula(nights))


def minute_by_minute(nights: list[tuple[int, int]]) -> float:
    """Each pair for itself, in half minutes: the 24 hours around both sleeps, by looking."""
    different = 0
    for (start, end), (next_start, next_end) in zip(nights, nights[1:], strict=False):
        middle = min(start, next_start - 1440) + max(end, next_end - 1440)
        for half in range(middle - 1440, middle + 1440):
            now, later = half / 2 + 0.25, half / 2 + 0.25 + 1440
            different += (start <= now < end) != (next_start <= later < next_end)
    return 100 - 200 * different / (2880 * (len(nights) - 1))


@few
@given(
    st.lists(st.tuples(st.integers(-1440, 1440), st.integers(0, 1800)), min_size=6, max_size=7),
    st.lists(st.sampled_from([UTC, LONDON, TOKYO]), min_size=7, max_size=7),
)
def test_whatever_the_hours_and_zones_it_is_what_a_look_at_each_minute_gives(pairs, zones):
    nights = [(day * 1440 + start, day * 1440 + start + long) for day, (start, long) in
              enumerate(pairs)]  # fmt: skip
    origin = datetime(2026, 3, 2, tzinfo=UTC)
    found = sleep.sleep_regularity(
        Slept(
            FIRST + timedelta(days=day),
            (origin + timedelta(minutes=start)).astimezone(zones[day]),
            (origin + timedelta(minutes=end)).astimezone(zones[day]),
        )
        for day, (start, end) in enumerate(nights)
    )
    assert found.pairs == len(nights) - 1
    assert found.value == pytest.approx(minute_by_minute(nights))
    assert -100 <= found.value <= 100


def test_social_jetlag_is_the_time_between_the_middles_of_sleep():
    work = [slept(day, -60, 420, free_day=False) for day in (0, 1, 2)]
    free = [slept(day, 60, 540, free_day=True) for day in (5, 6)]
    unsaid = [slept(day, 600, 900) for day in (3, 4)]
    found = sleep.social_jetlag([*work, *unsaid, *free])
    assert found.value == pytest.approx(120)
    assert (found.work, found.free) == (
        sleep.Mean(pytest.approx(180), 3), sleep.Mean(pytest.approx(300), 2)
    )  # fmt: skip
    # Each kind needs two nights with both moments.
    assert sleep.social_jetlag([*work, free[0]]).value is None
    assert sleep.social_jetlag([*work, free[0], replace(free[1], woke=None)]).value is None
    assert sleep.social_jetlag([*free, work[0]]).value is None
    assert sleep.social_jetlag([]) == sleep.SocialJetlag(
        None, sleep.Mean(None, 0), sleep.Mean(None, 0)
    )
    # Opposite middles have no mean.
    opposite = [slept(0, 0, 0, free_day=True), slept(1, 720, 720, free_day=True)]
    assert sleep.social_jetlag([*work, *opposite]).value is None


@few
@given(
    st.lists(
        st.tuples(st.integers(-180, 180), st.integers(0, 700), st.booleans(),
                  st.sampled_from([UTC, LONDON, TOKYO])),
        min_size=4, max_size=14,
    ),
    st.randoms(),
)  # fmt: skip
def test_social_jetlag_goes_by_the_clock_of_each_place(rows, random):
    nights = [
        slept(day, start, start + long, zone, free) for day, (start, long, free, zone) in
        enumerate(rows)
    ]  # fmt: skip
    found = sleep.social_jetlag(nights)
    at_home = sleep.social_jetlag(
        slept(day, start, start + long, UTC, free) for day, (start, long, free, _) in
        enumerate(rows)
    )  # fmt: skip
    swapped = sleep.social_jetlag(replace(one, free_day=not one.free_day) for one in nights)
    random.shuffle(nights)
    again = sleep.social_jetlag(nights)
    assert again == found
    assert (found.work.n, found.free.n) == (swapped.free.n, swapped.work.n)
    for other in (at_home, swapped):
        assert (other.value is None) == (found.value is None)
        if found.value is not None:
            assert other.value == pytest.approx(found.value, abs=1e-6)
            assert 0 <= found.value <= 720


def test_the_middle_of_a_night_in_which_clocks_change_is_half_of_what_passed():
    night = slept(27, -60, 420, LONDON)
    assert night.woke.date() == date(2026, 3, 29)
    # Seven hours pass from 23:00 to 07:00: half of them after 23:00 the new clock says 03:30.
    assert sleep.middle_of_sleep(night).strftime("%H:%M") == "03:30"
    assert sleep.clock_minutes(sleep.middle_of_sleep(night)) == 210
    assert sleep.clock_minutes(None) is None
