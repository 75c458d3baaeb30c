"""The kinds of figures: their names, formulas and sources."""

from django.utils.translation import gettext_lazy as _

from .figure import Kind
from .sources import CARNEY, PHILLIPS, WITTMANN

LONG, WHEN, ALIKE, FELT = _("How long"), _("When"), _("How alike"), _("How it felt")

_WINDOW = ("tried_to_sleep_at", "minutes_to_fall_asleep", "woke_at")
_ASLEEP = ("tried_to_sleep_at", "minutes_to_fall_asleep", "minutes_awake", "woke_at")

IN_BED = Kind(
    "in_bed",
    _("Time in bed"),
    LONG,
    _("From getting into bed to getting up for the day."),
    CARNEY,
    ("into_bed_at", "got_up_at"),
)
ASLEEP = Kind(
    "asleep",
    _("Time asleep"),
    LONG,
    _(
        "From beginning to try to sleep until waking for good, less the minutes to fall asleep "
        "and the minutes awake in the night."
    ),
    CARNEY,
    _ASLEEP,
    _("When you fell asleep, and how long you lay awake, is what you remember. Naps do not count."),
)
EFFICIENCY = Kind(
    "efficiency",
    _("Asleep of the time in bed"),
    LONG,
    _(
        "Time asleep ÷ time in bed × 100. It is the whole time in bed, from getting into bed to "
        "getting up. Also called sleep efficiency."
    ),
    CARNEY,
    ("into_bed_at", *_ASLEEP, "got_up_at"),
    _(
        "Reading in bed counts as time in bed, so it makes this number smaller. Some studies "
        "leave such time out; their numbers are larger and can’t be compared with these."
    ),
)
TO_FALL_ASLEEP = Kind(
    "to_fall_asleep",
    _("Time to fall asleep"),
    LONG,
    _("The minutes as they were written down."),
    CARNEY,
    ("minutes_to_fall_asleep",),
)
AWAKENINGS = Kind(
    "awakenings",
    _("Times awake in the night"),
    LONG,
    _("The number as it was written down. Waking for good does not count."),
    CARNEY,
    ("awakenings",),
)
AWAKE = Kind(
    "awake_in_the_night",
    _("Awake in the night"),
    LONG,
    _(
        "The minutes as they were written down, all times awake together. In a night with no "
        "times awake they are 0."
    ),
    CARNEY,
    ("minutes_awake",),
)
AWAKE_BEFORE_GETTING_UP = Kind(
    "awake_before_getting_up",
    _("Awake before getting up"),
    LONG,
    _("From waking for good to getting up for the day."),
    CARNEY,
    ("woke_at", "got_up_at"),
)
INTO_BED = Kind(
    "into_bed",
    _("Got into bed"),
    WHEN,
    _("The time as it was written down."),
    CARNEY,
    ("into_bed_at",),
)
FELL_ASLEEP = Kind(
    "fell_asleep",
    _("Fell asleep"),
    WHEN,
    _("When trying to sleep began, plus the minutes to fall asleep."),
    CARNEY,
    ("tried_to_sleep_at", "minutes_to_fall_asleep"),
)
WOKE = Kind(
    "woke",
    _("Woke for good"),
    WHEN,
    _("The time as it was written down."),
    CARNEY,
    ("woke_at",),
)
GOT_UP = Kind(
    "got_up",
    _("Got up"),
    WHEN,
    _("The time as it was written down."),
    CARNEY,
    ("got_up_at",),
)
MIDDLE = Kind(
    "midpoint",
    _("Middle of sleep"),
    WHEN,
    _("Halfway from falling asleep to waking for good."),
    WITTMANN,
    _WINDOW,
    _("Time awake in the night does not move it."),
)
REGULARITY = Kind(
    "regularity",
    _("Sleep regularity, from −100 to 100"),
    ALIKE,
    _(
        "Two nights in a row make a pair. Every minute of the first is compared with the minute "
        "24 hours later: asleep in both, awake in both, or not the same. "
        "100 − 200 × minutes not the same ÷ all minutes. 100 means that every day is alike, 0 "
        "that it is left to chance, −100 that every day is the reverse of the one before. "
        "Asleep is from falling asleep to waking for good."
    ),
    PHILLIPS,
    _WINDOW,
    _(
        "It needs 5 pairs. A diary does not say at what time you lay awake in the night or took "
        "a nap, so the first counts as asleep and the second as awake. After a long flight, or "
        "when the clocks change, the same time of day is not 24 hours later."
    ),
)
SOCIAL_JETLAG = Kind(
    "social_jetlag",
    _("Between work days and free days"),
    ALIKE,
    _(
        "The middle of sleep on average before free days, against that before work days: the "
        "time between the two. Also called social jetlag."
    ),
    WITTMANN,
    (*_WINDOW, "free_day"),
    _(
        "It needs 2 nights of each kind, and the answer whether the day was free. An alarm on a "
        "free day makes it smaller."
    ),
)
QUALITY = Kind(
    "quality",
    _("Quality of sleep"),
    FELT,
    _("How often each answer was given. Answers in words are counted, not averaged."),
    CARNEY,
    ("quality",),
)
REFRESHED = Kind(
    "refreshed",
    _("How rested on waking"),
    FELT,
    _("How often each answer was given. Answers in words are counted, not averaged."),
    CARNEY,
    ("refreshed",),
)
KINDS = [
    IN_BED,
    ASLEEP,
    EFFICIENCY,
    TO_FALL_ASLEEP,
    AWAKENINGS,
    AWAKE,
    AWAKE_BEFORE_GETTING_UP,
    INTO_BED,
    FELL_ASLEEP,
    WOKE,
    GOT_UP,
    MIDDLE,
    REGULARITY,
    SOCIAL_JETLAG,
    QUALITY,
    REFRESHED,
]
