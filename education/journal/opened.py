"""Who opened what of a journal: beside each entry that is shared."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.opened import Openings
from education.journal.models import Night, Reflection


def add_openings(
    patient: Any, nights: Iterable[Night] = (), reflections: Iterable[Reflection] = ()
) -> None:
    """Give each entry `opened_by`, a list. One query; none where nothing is shared."""
    nights, reflections = list(nights), list(reflections)
    shared = {night.diary_date: since for night in nights if (since := _shared_since(night))}
    openings = Openings(
        patient,
        nights=shared,
        things=[one.public_id for one in reflections if one.shared and one.shared_at],
    )
    for night in nights:
        found = openings.of_night(night.diary_date, shared.get(night.diary_date))
        night.opened_by = found  # type: ignore[attr-defined]
    for one in reflections:
        since = one.shared_at if one.shared else None
        one.opened_by = openings.of_thing(one.public_id, since)  # type: ignore[attr-defined]


def _shared_since(night: Night) -> datetime | None:
    """Since when something of this night can be seen; None where nothing can."""
    numbers = night.numbers_shared_at if night.numbers_shared else None
    has_words = night.words_shared and (night.note or night.medicine)
    words = night.words_shared_at if has_words else None
    return min((at for at in (numbers, words) if at), default=None)
