"""Questions, visits and teach-back: what patient and clinician meet over."""

from .question import LONGEST_ANSWER, LONGEST_QUESTION, Question, QuestionQuerySet
from .teach_back import LONGEST_WORDS, TeachBack, Understood
from .visit import LONGEST_AGREED, ChosenReflection, Visit, VisitQuerySet

__all__ = [
    "LONGEST_AGREED",
    "LONGEST_ANSWER",
    "LONGEST_QUESTION",
    "LONGEST_WORDS",
    "ChosenReflection",
    "Question",
    "QuestionQuerySet",
    "TeachBack",
    "Understood",
    "Visit",
    "VisitQuerySet",
]
