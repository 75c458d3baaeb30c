"""The times at which somebody usually goes to bed and gets up, by their own diary."""

from collections.abc import Iterable
from datetime import time
from typing import Any, NamedTuple

from django.db.models import Q

from education.journal import sleep
from education.journal.clock import IN_ORDER
from education.journal.models import Night

LAST_NIGHTS, FEWEST_NIGHTS, STEP = 14, 3, 5


class Usual(NamedTuple):
    """Usual clock times by name, and the number of nights that they come from."""

    clocks: dict[str, time]
    nights: int

    def only(self, names: Iterable[str]) -> "Usual":
        """Those of the usual times."""
        clocks = {name: self.clocks[name] for name in names if name in self.clocks}
        return Usual(clocks, self.nights)


def usual_times(patient: Any) -> Usual:
    """The mean time of each of the four, on the circle of the clock, to the nearest 5 minutes.

    From the last 14 nights with a time; each in the zone in which it was written down. What is
    answered in fewer than 3 of them, or has no mean, is left out. One query.
    """
    names = [f"{name}_at" for name in IN_ORDER]
    answered = Q(*((f"{name}__isnull", False) for name in names), _connector=Q.OR)
    nights = list(
        Night.objects.visible_to(patient)
        .filter(answered)
        .order_by("-diary_date")
        .only("patient", "diary_date", "zone", *names)[:LAST_NIGHTS]
    )
    clocks = {}
    for name in IN_ORDER:
        mean = sleep.circular_mean(sleep.clock_minutes(getattr(night, name)) for night in nights)
        if mean.n >= FEWEST_NIGHTS and mean.value is not None:
            minutes = int(mean.value / STEP + 0.5) * STEP % sleep.MINUTES_A_DAY
            clocks[name] = time(minutes // 60, minutes % 60)
    return Usual(clocks, len(nights))
