"""What an administrator should know of mails that do not arrive."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Mail

# A worker that runs is never so late.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Troubles:
    """How many mails failed for good, and since when the longest waiting one is late."""

    failed: int
    late_since: datetime | None

    def __bool__(self) -> bool:
        return bool(self.failed or self.late_since)


def for_user(user: Any) -> Troubles | None:
    """The troubles there are, for administrators; two queries."""
    if not user.is_administrator:
        return None
    late = Mail.objects.due(timezone.now() - LATE).order_by("send_after", "pk")
    return Troubles(
        failed=Mail.objects.failed().count(),
        late_since=late.values_list("send_after", flat=True).first(),
    )
