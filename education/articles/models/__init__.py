"""Articles, their editions at three levels, and what editions are made of."""

from .article import Article, Level, Prompt, Topic
from .edition import Edition
from .lifecycle import EditionStateError, State
from .parts import Figure, Section
from .reference import Reference
from .review import RenderedEdition, ReviewStep
from .search import SearchText

__all__ = [
    "Article",
    "Edition",
    "EditionStateError",
    "Figure",
    "Level",
    "Prompt",
    "Reference",
    "RenderedEdition",
    "ReviewStep",
    "SearchText",
    "Section",
    "State",
    "Topic",
]
