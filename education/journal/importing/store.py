"""Storing the nights of a file: all of them, or none. And taking them out again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from education.journal.models import Night

from .rows import Row, State


def store(rows: Iterable[Row]) -> tuple[int, datetime] | None:
    """Store the rows that are ready, private, in one transaction; how many they were, and when.

    None, and nothing is stored, where one of them has just been written down elsewhere.
    """
    nights = [row.night for row in rows if row.night and row.state is State.READY]
    at = timezone.now()
    for night in nights:
        night.numbers_shared = night.words_shared = False
    try:
        with transaction.atomic():
            Night.objects.bulk_create(nights, batch_size=500)
            # One moment for all of them, by which they can be found again.
            stored = Night.objects.filter(pk__in=[night.pk for night in nights])
            stored.update(created_at=at, updated_at=at)
    except IntegrityError:
        return None
    return len(nights), at


def take_out(patient: Any, at: datetime) -> int:
    """Delete the nights that were stored at this moment and are as they were; how many."""
    nights = Night.objects.visible_to(patient).filter(created_at=at, updated_at=at)
    return nights.exclude(numbers_shared=True).exclude(words_shared=True).delete()[0]
