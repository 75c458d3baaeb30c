"""The figures of one night."""

from datetime import datetime

from django.utils.translation import gettext

from education.journal import sleep
from education.journal.models import Night
from education.journal.words import duration_words

from . import kinds
from .figure import Figure, Kind, contradiction_words, joined, question_words
from .numbers import clock_of, number_words, percentage_words


def night_figures(night: Night) -> list[Figure]:
    """What can be worked out from one night. No queries."""
    found = night.measures
    in_bed, asleep = found.in_bed, found.asleep
    return [
        _figure(
            kinds.IN_BED,
            night,
            duration_words(in_bed),
            joined([_span(night.into_bed, night.got_up, in_bed), _clocks_changed(night)]),
        ),
        _figure(kinds.ASLEEP, night, duration_words(asleep), _asleep_working(night)),
        _figure(
            kinds.EFFICIENCY,
            night,
            percentage_words(found.efficiency, 0),
            gettext("%(asleep)s ÷ %(in_bed)s minutes = %(share)s")
            % {
                "asleep": number_words(asleep),
                "in_bed": number_words(in_bed),
                "share": percentage_words(found.efficiency, 1),
            },
        ),
        _figure(
            kinds.AWAKE_BEFORE_GETTING_UP,
            night,
            duration_words(found.awake_before_getting_up),
            _span(night.woke, night.got_up, found.awake_before_getting_up),
        ),
        _figure(kinds.FELL_ASLEEP, night, clock_of(night.fell_asleep)),
        _figure(kinds.MIDDLE, night, clock_of(sleep.middle_of_sleep(night))),
    ]


def _figure(kind: Kind, night: Night, value: str, working: str = "") -> Figure:
    unanswered = kind.unanswered(night)
    if unanswered:
        missing = [question_words(name) for name in unanswered]
    else:
        missing = [] if value else [contradiction_words()]
    return kind.figure(
        value=value,
        working=working if value else "",
        inputs=[
            f"{question_words(name)}: {_answer(night, name)}"
            for name in kind.needs
            if name not in unanswered
        ],
        missing=missing,
    )


def _answer(night: Night, name: str) -> str:
    if name == "minutes_awake":
        return duration_words(night.measures.awake_in_the_night)
    value = getattr(night, name)
    if isinstance(value, datetime):
        return clock_of(value.astimezone(night.zone_info))
    return duration_words(value)


def _span(start: datetime | None, end: datetime | None, minutes: int | None) -> str:
    return gettext("From %(start)s to %(end)s is %(minutes)s minutes.") % {
        "start": clock_of(start),
        "end": clock_of(end),
        "minutes": number_words(minutes),
    }


def _asleep_working(night: Night) -> str:
    window = sleep.minutes_between(night.tried_to_sleep_at, night.woke_at)
    working = gettext("%(window)s − %(onset)s − %(awake)s = %(asleep)s minutes.") % {
        "window": number_words(window),
        "onset": number_words(night.minutes_to_fall_asleep),
        "awake": number_words(night.measures.awake_in_the_night),
        "asleep": number_words(night.measures.asleep),
    }
    return joined([_span(night.tried_to_sleep, night.woke, window), working])


def _clocks_changed(night: Night) -> str:
    """A note where the wall clock says another duration than the one that passed."""
    first, last = night.into_bed, night.got_up
    if first is None or last is None or first.utcoffset() == last.utcoffset():
        return ""
    return gettext("The clocks changed in this night. This is the time that really passed.")
