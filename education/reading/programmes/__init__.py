"""Programmes: what several patients read one after the other, and the pages to write them."""

from .plan import Planned, plan, plans, wanted_of

__all__ = ["Planned", "plan", "plans", "wanted_of"]
