"""The editors' and reviewers' workplace: articles, their editions, references and topics."""

from .articles import ArticleAdmin, TopicAdmin
from .editions import EditionAdmin
from .references import ReferenceAdmin

__all__ = ["ArticleAdmin", "EditionAdmin", "ReferenceAdmin", "TopicAdmin"]
