"""What a patient explained, and what is given to read again."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.public_ids import as_public_id
from education.articles.models import Edition, Level
from education.care.models import LONGEST_WORDS, TeachBack, Understood

from .reading import DayInput, refuse_unless_ahead


class TeachBackForm(forms.Form):
    """How it went, in which words, of which edition; and a level to read once more."""

    edition = forms.ChoiceField(
        label=_("What was explained"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": _("Choose what the patient explained."),
            "invalid_choice": _("Choose from the list."),
        },
    )
    words = forms.CharField(
        label=_("In their own words"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_WORDS}),
        validators=[MaxLengthValidator(LONGEST_WORDS)],
        help_text=_("What they said, not what you make of it. The patient sees it."),
        error_messages={"required": _("Write down what the patient said.")},
    )
    understood = forms.ChoiceField(
        label=_("How it went"),
        choices=Understood.choices,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": _("Choose how it went."),
            "invalid_choice": _("Choose from the list."),
        },
    )
    again = forms.ChoiceField(
        label=_("To read again"),
        required=False,
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "invalid_choice": _("This level is not in the library any more. Choose another.")
        },
    )
    due_on = forms.DateField(label=_("Read by"), required=False, widget=DayInput)

    def __init__(
        self,
        *args: Any,
        patient: User,
        editions: Sequence[Edition],
        levels: Sequence[Level],
        note: TeachBack | None = None,
        **kwargs: Any,
    ) -> None:
        self.editions = {f"{one.level}-{one.number}": one for one in editions}
        initial: dict[str, Any] = {"edition": next(iter(self.editions), ""), "again": ""}
        if note:
            initial |= {"understood": note.understood, "words": note.words}
        super().__init__(*args, initial=initial, **kwargs)
        self.form_id = as_public_id(self.data.get("form_id")) or uuid.uuid4()
        self.today = timezone.localdate(timezone=patient.zone)
        if note:
            # A correction is of the words alone.
            for name in ("edition", "again", "due_on"):
                del self.fields[name]
            return
        self.fields["edition"].choices = [
            (
                key,
                _now("%(level)s, edition %(number)d")
                % {"level": one.get_level_display(), "number": one.number},
            )
            for key, one in self.editions.items()
        ]
        self.fields["again"].choices = [
            ("", _("No")),
            *((level.value, level.label) for level in levels),
        ]
        self.fields["due_on"].widget.attrs["min"] = self.today.isoformat()

    def clean_due_on(self) -> date | None:
        due_on = self.cleaned_data["due_on"]
        if due_on:
            refuse_unless_ahead(due_on, self.today)
        return due_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("due_on") and not data.get("again") and "again" not in self.errors:
            self.add_error("again", _("Choose a level, or leave the day empty."))
        return data

    @property
    def chosen_edition(self) -> Edition:
        return self.editions[self.cleaned_data["edition"]]
