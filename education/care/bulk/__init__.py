"""Assigning to many patients at once: who, what, how, and what that means for each of them."""

from .plan import Line, Plan, plan_of
from .what import What
from .who import MOST_AT_ONCE, Chosen

__all__ = ["MOST_AT_ONCE", "Chosen", "Line", "Plan", "What", "plan_of"]
