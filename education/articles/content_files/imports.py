"""What an import left in a draft: kept in the edition's history, where editors see it as well."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from education.articles.models import Edition

_SAID = "Imported from a file"


def note(edition: Edition, digest: str, author: Any) -> None:
    """Write into the edition's history that it is now as a file says."""
    LogEntry.objects.create(
        user=author,
        content_type=ContentType.objects.get_for_model(Edition),
        object_id=str(edition.pk),
        object_repr=str(edition)[:200],
        action_flag=CHANGE,
        change_message=_message(digest),
    )


def is_untouched(edition: Edition, digest: str) -> bool:
    """Whether the edition still is what the last import made of it."""
    last = (
        LogEntry.objects.filter(
            content_type=ContentType.objects.get_for_model(Edition),
            object_id=str(edition.pk),
            change_message__startswith=_SAID,
        )
        .order_by("-action_time", "-pk")
        .values_list("change_message", flat=True)
        .first()
    )
    return last == _message(digest)


def _message(digest: str) -> str:
    return f"{_SAID} ({digest})."
