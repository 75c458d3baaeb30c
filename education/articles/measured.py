"""What an editor is told about a text's difficulty, for the admin's templates."""

from typing import Any

from .models import Level
from .readability import LEVEL_RANGES, measure


def panel(html: str, level: str) -> dict[str, Any]:
    """The context of admin/articles/section/measure.html for a text at a level."""
    measured = measure(html, level)
    low, high = LEVEL_RANGES[level]
    if measured.grade is None:
        verdict = "unknown"
    elif measured.grade > high:
        verdict = "harder"
    else:
        verdict = "easier" if measured.grade < low else "fits"
    return {
        "measure": measured,
        "low": low,
        "high": high,
        "verdict": verdict,
        "level": Level(level).label,
    }
