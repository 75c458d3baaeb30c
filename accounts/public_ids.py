"""The ids by which addresses and forms name things."""

import uuid
from typing import Any


def as_public_id(said: Any) -> uuid.UUID | None:
    """The id that somebody sent; None where it can't be one."""
    try:
        return uuid.UUID(str(said))
    except ValueError:
        return None
