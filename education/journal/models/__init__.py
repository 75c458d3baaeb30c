"""What a patient writes down about their nights, and what of it they share."""

from .draft import Draft
from .night import Night, Quality, Refreshed
from .preferences import Preferences
from .reflection import Reflection

__all__ = ["Draft", "Night", "Preferences", "Quality", "Reflection", "Refreshed"]
