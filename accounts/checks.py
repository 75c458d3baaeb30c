"""What Django can't know of itself: whether the keys fit what is stored."""

from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError

from accounts import keys


@register(Tags.database)
def journal_keys_open_what_is_stored(
    app_configs: Any = None, databases: Any = None, **options: Any
) -> list[CheckMessage]:
    """Warn at `migrate` and `check --database default` before somebody finds out by reading."""
    if not databases:
        return []
    try:
        if keys.opens_the_newest():
            return []
    except DatabaseError:
        return []  # Before the first migration there is nothing to open.
    return [
        Warning(
            "None of JOURNAL_KEYS opens some of what patients wrote last.",
            hint="Put the missing key back; see docs/operations.md.",
            id="accounts.W001",
        )
    ]
