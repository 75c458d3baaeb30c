"""What a patient writes down about their nights, and what of it they share."""

from .night import Night, Quality
from .reflection import Reflection

__all__ = ["Night", "Quality", "Reflection"]
