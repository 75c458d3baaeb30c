"""Geometry of the journal's pictures: nights in, positions out.

Across, positions are percent of a picture's width; down, they are em of its type. So a picture
fits any width while its words keep their size, on a phone as in print.
"""

from .trends import Trend, draw_trend
from .wall import Remark, remarks
from .windows import Chart, draw

__all__ = ["Chart", "Remark", "Trend", "draw", "draw_trend", "remarks"]
