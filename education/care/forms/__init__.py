"""The forms of care, by what they are about."""

from .questions import QuestionForm
from .reading import ChangeForm, ReadingForm, StartForm, WithdrawForm
from .teach_back import TeachBackForm
from .team import ColleagueForm
from .visits import AfterForm, PrepareForm, VisitDateForm

__all__ = [
    "AfterForm",
    "ChangeForm",
    "ColleagueForm",
    "PrepareForm",
    "QuestionForm",
    "ReadingForm",
    "StartForm",
    "TeachBackForm",
    "VisitDateForm",
    "WithdrawForm",
]
