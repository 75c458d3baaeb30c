"""The geometry of the pictures: what lies where, and what the clock did."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from education.journal.chart import draw, draw_trend, remarks
from education.journal.chart.axis import span
from education.journal.chart.trends import scale_for
from education.journal.chart.wall import Wall, clock_change
from education.journal.chart.windows import window
from education.journal.models import Night
from education.journal.words import duration_words

DAY = date(2026, 3, 10)
PLAIN = {"gap": "no entry", "untimed": "no times"}


def night(day=DAY, zone="Europe/London", *, bed=22, tried=22.5, sol=18, waso=30, woke=6.5, up=6.75):
    """A night that is in no database; bed and tried are hours of the evening before."""
    row = Night(patient_id=1, diary_date=day, zone=zone, minutes_to_fall_asleep=sol)
    row.minutes_awake = waso
    evening = day - timedelta(days=1)
    names = ("into_bed_at", "tried_to_sleep_at", "woke_at", "got_up_at")
    for name, on, hour in zip(
        names, (evening, evening, day, day), (bed, tried, woke, up), strict=True
    ):
        if hour is not None:
            naive = datetime.combine(on, datetime.min.time()) + timedelta(hours=hour)
            setattr(row, name, naive.replace(tzinfo=row.zone_info))
    return row


def pieces(row, kind):
    return [(one.first, one.last, one.is_twice) for name, one in window(row).stretches
            if name == kind]  # fmt: skip


def percents(*values):
    return [float(value.rstrip("%")) for value in values]


def drawn(nights, days=14, until=DAY):
    dates = [until - timedelta(days=back) for back in reversed(range(days))]
    by_date = {one.diary_date: one for one in nights}
    return draw(dates, by_date, remarks=remarks(nights), **PLAIN)


def test_a_night_lies_where_the_clock_stood():
    row = night()
    assert pieces(row, "bed") == [(-2, 6.75, False)]
    assert pieces(row, "asleep") == [(pytest.approx(-1.2), 6.5, False)]
    falling, awake = pieces(row, "awake")
    assert falling == (-1.5, pytest.approx(-1.2), False)
    # How long is known, when is not: it is drawn in the middle, and so it is cut out.
    assert awake == (pytest.approx(2.4), pytest.approx(2.9), False)
    assert pieces(row, "cut") == [awake]
    assert not pieces(row, "open")


def test_what_is_not_known_is_not_drawn():
    assert pieces(night(waso=None), "asleep") == []
    assert pieces(night(waso=None), "open") == [(-1.5, 6.5, False)]
    assert window(night(bed=None, tried=None, woke=None, up=None)).stretches == []
    single = drawn([night(bed=None, tried=None, woke=6, up=None)]).rows[-1]
    assert (single.bars, len(single.dots), single.gap) == ([], 1, "")
    # Nothing to fall asleep and nothing awake: no bars without width for it.
    assert pieces(night(sol=0, waso=0), "awake") == pieces(night(sol=0, waso=0), "cut") == []


def test_clocks_change_at_the_minute():
    zone = night().zone_info
    start, end = datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 20, tzinfo=UTC)
    change = clock_change(start, end, zone)
    assert (change.at, change.minutes) == (datetime(2026, 3, 29, 1, tzinfo=UTC), 60)
    assert clock_change(start, start, zone) is None
    assert clock_change(end, end + timedelta(days=1), zone) is None
    half_an_hour = night(zone="Australia/Lord_Howe").zone_info
    change = clock_change(datetime(2026, 4, 4, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC),
                          half_an_hour)  # fmt: skip
    assert (change.at, change.minutes) == (datetime(2026, 4, 4, 15, tzinfo=UTC), -30)


def test_the_skipped_hour_is_a_gap_and_the_repeated_one_is_drawn_twice():
    spring = night(date(2026, 3, 29), sol=0, waso=0, bed=23, tried=23, woke=7, up=7)
    assert pieces(spring, "asleep") == [(-1, 1, False), (2, 7, False)]
    autumn = night(date(2026, 10, 25), sol=0, waso=0, bed=23, tried=23, woke=7, up=7)
    assert pieces(autumn, "asleep") == [(-1, 7, False), (1, 2, True)]
    # What is drawn lasts as long as what was slept.
    for row, minutes in ((spring, 420), (autumn, 540)):
        assert row.measures.asleep == minutes
        assert sum(last - first for first, last, _ in pieces(row, "asleep")) * 60 == minutes
    plain, twice = (bar for bar in drawn([autumn], until=autumn.diary_date).rows[-1].bars
                    if bar.kind == "asleep")  # fmt: skip
    assert float(twice.height[:-2]) > float(plain.height[:-2])


def test_a_night_that_ends_before_it_began_by_the_clock():
    """Into bed at 1:50 summer time, up at 1:20 winter time: half an hour later."""
    day = date(2026, 10, 25)
    row = Night(patient_id=1, diary_date=day, zone="Europe/London")
    row.into_bed_at = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)
    row.got_up_at = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)
    found = Wall(row).pieces(row.into_bed_at, row.got_up_at)
    assert sum(one.last - one.first for one in found) == pytest.approx(0.5)
    assert all(one.last >= one.first for one in found)


def test_remarks_name_changes_of_clock_and_zone():
    trip = [
        night(date(2026, 3, 27)),
        night(date(2026, 3, 28), bed=None, tried=None, woke=None, up=None, zone="Asia/Tokyo"),
        night(date(2026, 3, 29)),
        night(date(2026, 3, 30), zone="Europe/Lisbon"),
        night(date(2026, 3, 31), zone="America/Argentina/Buenos_Aires"),
    ]
    clocks, zone = remarks(reversed(trip))
    assert clocks.date == date(2026, 3, 29)
    assert clocks.change == "clocks went forward 1 h"
    assert "went forward 1 h" in clocks.sentence
    assert (zone.date, zone.change) == (date(2026, 3, 31), "")
    assert "those of Buenos Aires, 4 h behind Lisbon" in zone.sentence
    chart = drawn(trip, until=date(2026, 3, 31))
    assert [band.text for band in chart.bands] == [
        "Sun 29: clocks went forward 1 h", "from here: Buenos Aires time"
    ]  # fmt: skip
    baselines = [float(row.baseline[:-2]) for row in chart.rows]
    assert baselines == sorted(baselines)
    assert baselines[-2] < float(chart.bands[-1].y[:-2]) < baselines[-1]


@pytest.mark.parametrize(
    ("nights", "expected"),
    [
        ([], (-3, 9)),
        ([night()], (-3, 9)),
        # A day sleeper's axis has noon in it, and no empty evening before.
        ([night(bed=32, tried=32, woke=15, up=16)], (6, 18)),
        # Lines of a wider axis still meet midnight.
        ([night(), night(bed=32, tried=32, woke=15.5, up=16)], (-6, 18)),
        ([night(bed=18, tried=18, woke=14, up=14)], (-6, 18)),
    ],
)
def test_the_axis_goes_around_everything(nights, expected):
    start, end = span([hour for one in nights for hour in window(one).reach])
    assert (start, end) == expected
    labels = drawn(nights[:1]).ticks
    assert len(labels) <= 7


def test_nothing_can_push_the_others_off_the_picture():
    endless = night()
    endless.into_bed_at = datetime(2001, 1, 1, tzinfo=UTC)
    chart = drawn([endless, night(DAY - timedelta(days=1))])
    for row in chart.rows:
        for bar in row.bars:
            x, width = percents(bar.x, bar.width)
            assert x >= 20 and x + width <= 80.01
    assert len(chart.ticks) <= 8


def test_thin_rows_are_named_by_weeks_and_gaps_together():
    until = date(2026, 6, 7)
    days = [until - timedelta(days=back) for back in range(90)]
    chart = drawn([night(day) for day in days if day.month != 4], 90, until)
    assert chart.is_thin and chart.has_missing
    assert len(chart.rows) == 90
    assert not any(row.label or row.total or row.gap for row in chart.rows)
    # Ninety days before a Sunday begin with a Tuesday.
    assert [week.text for week in chart.weeks[:3]] == ["10 Mar", "16 Mar", "23 Mar"]
    assert [gap.text for gap in chart.gaps] == ["no entry"]
    assert sum(row.is_missing for row in chart.rows) == 30
    assert float(chart.height[:-2]) < 70


@time_machine.travel("2026-06-07 12:00Z")
def test_lines_join_neighbors_only():
    days = [DAY + timedelta(days=index) for index in range(6)]
    values = {days[0]: 400, days[1]: 430, days[3]: 390, days[5]: 420}
    trend = draw_trend(
        days, values, code="asleep", name="", sentence="", words=duration_words,
        scale=scale_for(list(values.values()), step=120, least_span=360),
    )  # fmt: skip
    assert len(trend.dots) == 4
    assert [(line.x1, line.x2) for line in trend.segments] == [(trend.dots[0].x, trend.dots[1].x)]
    assert trend.dots[0].words == "Tue 10 Mar: 6 h 40 min"
    assert [level.label for level in trend.levels] == ["4 h", "6 h", "8 h", "10 h"]
    assert trend.starts_at == "4 h"
    # More is higher.
    assert float(trend.dots[1].y[:-2]) < float(trend.dots[0].y[:-2])


@pytest.mark.parametrize(
    ("values", "options", "levels"),
    [
        ([420], {"step": 120, "least_span": 360}, [240, 360, 480, 600]),
        ([0], {"step": 120, "least_span": 360}, [0, 120, 240, 360]),
        ([30, 1140], {"step": 120, "least_span": 360}, [0, 240, 480, 720, 960, 1200]),
        ([100], {"step": 25, "least_span": 50, "most": 100}, [50, 75, 100]),
        ([82.3, 90], {"step": 25, "least_span": 50, "most": 100}, [50, 75, 100]),
        ([0, 100], {"step": 25, "least_span": 50, "most": 100}, [0, 25, 50, 75, 100]),
    ],
)
def test_scales_leave_room_and_stay_in_bounds(values, options, levels):
    assert scale_for(values, **options).levels == levels
