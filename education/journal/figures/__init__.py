"""The numbers of the diary as they are shown, each with its formula, inputs and what is missing.

`night_figures(night)` and `diary_figures(diary)` give lists of `Figure`; the template
`journal/_figures.html` shows such a list. Nothing here asks the database.
"""

from .figure import Figure
from .many_nights import diary_figures
from .one_night import night_figures

__all__ = ["Figure", "diary_figures", "night_figures"]
