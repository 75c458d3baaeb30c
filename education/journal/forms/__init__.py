"""The morning form and the reflection form."""

from .night import NightForm
from .reflection import ReflectionForm

__all__ = ["NightForm", "ReflectionForm"]
