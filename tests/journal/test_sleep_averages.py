"""Averages of durations and of clock times, against a slow search over all minutes."""

from math import cos, pi

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from education.journal import sleep

clocks = st.integers(0, 1439)
few = settings(max_examples=30, deadline=None)


def apart(first: float, second: float) -> float:
    return sleep.circular_difference(first, second)


def slow_mean(times: list[int]) -> tuple[int, float]:
    """The minute of the day that all times together are nearest to, of all 1440; and how near."""
    table = [cos(2 * pi * minute / 1440) for minute in range(1440)]
    near = [sum(table[minute - one] for one in times) / len(times) for minute in range(1440)]
    best = max(range(1440), key=near.__getitem__)
    return best, near[best]


@few
@given(st.lists(clocks, min_size=1, max_size=14))
def test_the_circular_mean_is_the_nearest_of_all_minutes(times):
    best, nearness = slow_mean(times)
    found = sleep.circular_mean(times)
    assert found.n == len(times)
    if nearness < 1e-4:
        # They cancel, or nearly: no minute is nearer than another by more than rounding.
        assume(found.value is not None)
    assert 0 <= found.value < 1440
    if nearness >= 1e-4:
        assert apart(found.value, best) <= 0.51


@few
@given(st.lists(clocks, min_size=2, max_size=14), clocks, st.randoms())
def test_a_turn_of_the_dial_turns_the_mean_and_the_order_does_not_matter(times, turn, random):
    assume(slow_mean(times)[1] > 0.01)
    mean, spread = sleep.circular_mean(times), sleep.circular_deviation(times)
    turned = [(one + turn) % 1440 for one in times]
    assert apart(sleep.circular_mean(turned).value, mean.value + turn) < 1e-3
    assert sleep.circular_deviation(turned).value == pytest.approx(spread.value, abs=1e-3)
    random.shuffle(times)
    assert (sleep.circular_mean(times), sleep.circular_deviation(times)) == (mean, spread)
    assert sleep.mean(times) == sleep.mean(sorted(times))
    assert sleep.standard_deviation(times) == sleep.standard_deviation(sorted(times))


@pytest.mark.parametrize(
    ("times", "mean"),
    [
        ([23 * 60, 60], 0),
        ([22 * 60, 23 * 60 + 30], 22 * 60 + 45),
        ([0, 0, 0], 0),
        ([1439, 1439], 1439),
        ([300, None], 300),
        # Opposite each other, alone or in pairs, and all around the dial.
        ([6 * 60, 18 * 60], None),
        ([0, 480, 960], None),
        ([], None),
        ([None], None),
    ],
)
def test_clock_times_are_averaged_on_the_circle(times, mean):
    found = sleep.circular_mean(times)
    assert found.n == len([one for one in times if one is not None])
    if mean is None:
        assert found.value is None
        assert sleep.circular_deviation(times).value is None
    else:
        assert apart(found.value, mean) < 1e-6
        assert found.value < 1440


def test_spreads_of_durations_and_of_clock_times():
    assert sleep.standard_deviation([400, 440]).value == pytest.approx(28.284, abs=0.001)
    assert sleep.standard_deviation([2, 4, 4, 4, 5, 5, 7, 9]).value == pytest.approx(
        2.138, abs=1e-3
    )
    assert sleep.standard_deviation([400, None]) == sleep.Spread(None, 1)
    assert sleep.standard_deviation([]) == sleep.Spread(None, 0)
    assert sleep.circular_deviation([60]) == sleep.Spread(None, 1)
    assert sleep.circular_deviation([60, 60, 60]).value == pytest.approx(0, abs=1e-3)
    # R is cos 15 degrees: sqrt(-2 ln R) is 0.26332 radians, 60.35 minutes of the dial.
    assert sleep.circular_deviation([23 * 60, 60]).value == pytest.approx(60.348, abs=0.001)
    # Near each other it is the ordinary one, divided by n.
    near = [1430, 5, 10, 1435]
    ordinary = sleep.standard_deviation([-10, 5, 10, -5]).value * (3 / 4) ** 0.5
    assert sleep.circular_deviation(near).value == pytest.approx(ordinary, rel=1e-3)


def test_the_shorter_way_round_the_dial():
    assert sleep.circular_difference(1430, 10) == 20
    assert sleep.circular_difference(0, 720) == 720
    assert sleep.circular_difference(100, 100) == 0
