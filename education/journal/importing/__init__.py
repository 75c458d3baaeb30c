"""Nights from a CSV file: read (`sheet`), checked (`rows`), stored all at once (`store`).

The rules are those of the morning form, with which each row is checked (`row_form`).
"""

from .rows import Row, State, check
from .sheet import LARGEST_FILE, MOST_ROWS, Sheet, read
from .store import store, take_out

__all__ = [
    "LARGEST_FILE",
    "MOST_ROWS",
    "Row",
    "Sheet",
    "State",
    "check",
    "read",
    "store",
    "take_out",
]
