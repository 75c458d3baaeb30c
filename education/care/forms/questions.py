"""A patient's question."""

import uuid
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts.public_ids import as_public_id
from education.care.models import LONGEST_QUESTION


class QuestionForm(forms.Form):
    """A patient's question in their own words, and whether it is for the visit."""

    text = forms.CharField(
        label=_("Your question"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_QUESTION}),
        validators=[MaxLengthValidator(LONGEST_QUESTION)],
        help_text=_("A few lines are best; 2,000 letters at most."),
        error_messages={"required": _("Write down your question.")},
    )
    for_visit = forms.BooleanField(
        label=_("For my visit"),
        required=False,
        help_text=_("Your care team can see it from then on. Without this it stays yours alone."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.form_id = as_public_id(self.data.get("form_id")) or uuid.uuid4()
