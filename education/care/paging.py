"""Pages of long lists, by where the page before ended."""

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts.public_ids import as_public_id

Rows = TypeVar("Rows", bound=QuerySet)


def older_than(rows: Rows, public_id: Any, by: str) -> Rows:
    """Those of these rows that stand after the one with this id, by that moment and the newest
    first; all of them without one."""
    rows = rows.order_by(f"-{by}", "-pk")
    key = as_public_id(public_id)
    at = rows.filter(public_id=key).values_list(by, "pk").first() if key else None
    if at is None:
        return rows
    moment, pk = at
    return rows.filter(Q(**{f"{by}__lt": moment}) | Q(**{by: moment, "pk__lt": pk}))
