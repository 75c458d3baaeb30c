"""Noticing what a patient should hear of by mail."""

from collections.abc import Iterable

from .models import Assignment, Notice


def note_new(assignments: Iterable[Assignment]) -> None:
    """Note that these are new to their patients."""
    Notice.objects.bulk_create(
        [Notice(assignment=one, kind=Notice.Kind.NEW) for one in assignments],
        ignore_conflicts=True,
    )
