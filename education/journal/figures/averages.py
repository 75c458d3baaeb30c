"""Averages of durations and usual times of day, and how much they vary."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from education.journal import sleep
from education.journal.models import Night
from education.journal.words import duration_words

from . import kinds
from .figure import Figure, Kind, joined
from .numbers import dial_words, number_words, percentage_words
from .sources import FISHER
from .stretch import Stretch

Read = Callable[[Night], float | None]
Words = Callable[[float | None], str]

AVERAGE = _("Then the average: all added up, divided by the number of nights.")
VARIES = _(
    "The standard deviation: the distance of each night from the average, squared, added up, and "
    "divided by the number of nights less one. Of that, the square root."
)
AVERAGE_TIME = _(
    "Then the average on a dial of 24 hours: each night is an arrow, and the average is where "
    "all arrows together point. Each night counts by the clock of the place where it was "
    "written down."
)
TIME_VARIES = _(
    "The circular standard deviation: the square root of −2 × ln R, where R is the length of the "
    "average arrow, as minutes of the dial."
)


def duration(stretch: Stretch, kind: Kind, read: Read) -> Figure:
    """An average of minutes."""
    return _average(stretch, kind, read, duration_words, number_words, gettext("minutes"))


def efficiency(stretch: Stretch) -> Figure:
    """The average of the nights' shares of time asleep, not the share of the added times."""
    return _average(
        stretch,
        kinds.EFFICIENCY,
        lambda night: night.measures.efficiency,
        lambda value: percentage_words(value, 0),
        lambda value: number_words(value, 1),
        gettext("percent"),
        spread=lambda value: gettext("%(n)s percentage points") % {"n": number_words(value)},
        one=lambda night, value: (
            gettext("%(asleep)s ÷ %(in_bed)s min = %(share)s")
            % {
                "asleep": number_words(night.measures.asleep),
                "in_bed": number_words(night.measures.in_bed),
                "share": percentage_words(value, 1),
            }
        ),
    )


def awakenings(stretch: Stretch) -> Figure:
    """The average number of times awake."""
    return _average(
        stretch,
        kinds.AWAKENINGS,
        lambda night: night.awakenings,
        lambda value: number_words(value, 1),
        number_words,
        "",
        one=lambda _night, value: number_words(value),
    )


def clock(stretch: Stretch, kind: Kind, read: Read) -> Figure:
    """A usual time of day."""
    known = [(night, value) for night in stretch.nights if (value := read(night)) is not None]
    values = [value for _night, value in known]
    usual, varies = sleep.circular_mean(values), sleep.circular_deviation(values)
    missing = stretch.missing(kind, [night for night, _value in known])
    if values and usual.value is None:
        missing.insert(0, gettext("The times lie opposite each other, so none is the average"))
    return kind.figure(
        formula=joined(map(str, (kind.formula, AVERAGE_TIME))),
        spread_formula=str(TIME_VARIES),
        source=f"{kind.source.short}; {FISHER.short}",
        value=dial_words(usual.value),
        basis=stretch.of(usual.n) if usual.value is None else stretch.average_of(usual.n),
        spread=_spread(varies, duration_words),
        working=_all_around(varies),
        inputs=[f"{stretch.day(night)}: {dial_words(value)}" for night, value in known],
        missing=missing,
    )


def _average(
    stretch: Stretch,
    kind: Kind,
    read: Read,
    words: Words,
    exact: Words,
    unit: str,
    *,
    spread: Words | None = None,
    one: Callable[[Night, float], str] | None = None,
) -> Figure:
    known = [(night, value) for night in stretch.nights if (value := read(night)) is not None]
    values = [value for _night, value in known]
    average, varies = sleep.mean(values), sleep.standard_deviation(values)
    working = ""
    if average.value is not None:
        working = gettext("%(sum)s ÷ %(n)d = %(mean)s %(unit)s") % {
            "sum": exact(sum(values)),
            "n": average.n,
            "mean": number_words(average.value, 1),
            "unit": unit,
        }
    show = one or (lambda _night, value: words(value))
    return kind.figure(
        formula=joined(map(str, (kind.formula, AVERAGE))),
        spread_formula=str(VARIES),
        value=words(average.value) if average.value is not None else "",
        basis=stretch.average_of(average.n),
        spread=_spread(varies, spread or words),
        working=working.strip(),
        inputs=[f"{stretch.day(night)}: {show(night, value)}" for night, value in known],
        missing=stretch.missing(kind, [night for night, _value in known]),
    )


def _spread(varies: sleep.Spread, words: Words) -> str:
    if varies.value is None:
        return ""
    return gettext("varies by %(spread)s") % {"spread": words(varies.value)}


def _all_around(varies: sleep.Spread) -> str:
    """A word of caution where clock times vary by a quarter of the dial or more."""
    if varies.value is None or varies.value < sleep.MINUTES_A_DAY / 4:
        return ""
    return gettext("The times are spread around the dial, so this average says little.")
