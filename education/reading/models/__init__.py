"""What was assigned to whom, and what they read."""

from .assignment import (
    Assignment,
    AssignmentChange,
    Outcome,
    Wanted,
)
from .evidence import Reading, SectionReached
from .notice import Notice
from .programme import Programme, ProgrammeStep

__all__ = [
    "Assignment",
    "AssignmentChange",
    "Notice",
    "Outcome",
    "Programme",
    "ProgrammeStep",
    "Reading",
    "SectionReached",
    "Wanted",
]
