"""Articles, their editions at three levels, and what editions are made of."""

from .article import Article, Level, Prompt, Topic
from .edition import Edition, EditionStateError, RenderedEdition, ReviewStep, State
from .parts import Figure, Section
from .reference import Reference

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
    "Section",
    "State",
    "Topic",
]
