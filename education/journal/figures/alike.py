"""How alike the nights are, and how they felt."""

from collections import Counter

from django.db.models import IntegerChoices
from django.utils.translation import gettext

from education.journal import sleep
from education.journal.words import duration_words

from . import kinds
from .figure import Figure, Kind
from .numbers import clock_of, dial_words, number_words
from .stretch import Stretch


def regularity(stretch: Stretch) -> Figure:
    kind = kinds.REGULARITY
    known = [night for night in stretch.nights if sleep.middle_of_sleep(night) is not None]
    found = sleep.sleep_regularity(known)
    missing = stretch.missing(kind, known)
    value = working = ""
    if found.value is None:
        missing.insert(
            0,
            gettext("It needs %(needed)d pairs of nights in a row; there are %(n)d so far")
            % {"needed": sleep.FEWEST_PAIRS, "n": found.pairs},
        )
    else:
        value = number_words(found.value)
        working = gettext("100 − 200 × %(apart)s ÷ %(all)s = %(value)s") % {
            "apart": number_words(found.minutes_apart),
            "all": number_words(found.pairs * sleep.MINUTES_A_DAY),
            "value": number_words(found.value, 1),
        }
    if stretch.is_shared:
        basis = gettext("%(n)d pairs of nights in a row, shared")
    else:
        basis = gettext("%(n)d pairs of nights in a row")
    return kind.figure(
        value=value,
        basis=basis % {"n": found.pairs},
        working=working,
        inputs=[
            gettext("%(day)s: asleep %(start)s to %(end)s")
            % {
                "day": stretch.day(night),
                "start": clock_of(night.fell_asleep),
                "end": clock_of(night.woke),
            }
            for night in known
        ],
        missing=missing,
    )


def social_jetlag(stretch: Stretch) -> Figure:
    kind = kinds.SOCIAL_JETLAG
    known = [
        (night, middle)
        for night in stretch.nights
        if night.free_day is not None and (middle := sleep.middle_of_sleep(night)) is not None
    ]
    found = sleep.social_jetlag(night for night, _middle in known)
    missing = stretch.missing(kind, [night for night, _middle in known])
    counts = {"work": found.work.n, "free": found.free.n}
    if found.value is None:
        missing.insert(
            0,
            gettext("It needs %(needed)d nights before work days and %(needed)d before free days")
            % {"needed": sleep.FEWEST_OF_EACH},
        )
    basis = gettext("%(free)d free days, %(work)d work days")
    if stretch.is_shared:
        basis = gettext("%(free)d free days, %(work)d work days, shared")
    return kind.figure(
        value=duration_words(found.value),
        basis=basis % counts,
        working=_jetlag_working(found),
        inputs=[
            (
                gettext("%(day)s, free day: %(middle)s")
                if night.free_day
                else gettext("%(day)s, work day: %(middle)s")
            )
            % {"day": stretch.day(night), "middle": clock_of(middle)}
            for night, middle in known
        ],
        missing=missing,
    )


def in_words(stretch: Stretch, kind: Kind, answers: type[IntegerChoices]) -> Figure:
    """Answers in words: how often each was given, the best first."""
    labels = {one.value: str(one.label) for one in answers}
    name = kind.needs[0]
    known = [night for night in stretch.nights if getattr(night, name) in labels]
    counts = Counter(getattr(night, name) for night in known)
    return kind.figure(
        value=" · ".join(
            f"{labels[answer]}\N{NO-BREAK SPACE}{counts[answer]}"
            for answer in sorted(counts, reverse=True)
        ),
        basis=stretch.of(len(known)),
        inputs=[f"{stretch.day(night)}: {labels[getattr(night, name)]}" for night in known],
        missing=stretch.missing(kind, known),
    )


def _jetlag_working(found: sleep.SocialJetlag) -> str:
    if found.value is None or found.free.value is None or found.work.value is None:
        return ""
    words = gettext("Before free days %(free)s, before work days %(work)s: %(apart)s apart.")
    return words % {
        "free": dial_words(found.free.value),
        "work": dial_words(found.work.value),
        "apart": duration_words(found.value),
    }
