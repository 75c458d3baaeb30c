"""What clinicians say when they assign."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from education.articles.models import Level
from education.reading.models import Assignment

from .seen import SeenForm

LONGEST_AHEAD = timedelta(days=730)


class DayInput(forms.DateInput):
    """The browser's own picker of a day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def refuse_unless_ahead(day: date, today: date) -> None:
    """Raise ValidationError for a day that is past, or further off than anybody plans."""
    if day < today:
        raise forms.ValidationError(_("This day is past. Choose today or a later day."))
    if day - today > LONGEST_AHEAD:
        raise forms.ValidationError(_("Choose a day within the next two years."))


class ReadingForm(forms.Form):
    """A level, a day and a note for one patient: when assigning, and when changing it later."""

    level = forms.ChoiceField(
        label=_("Level"),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
        error_messages={
            "required": _("Choose a level."),
            "invalid_choice": _("This level is not in the library any more. Choose another."),
        },
    )
    due_on = forms.DateField(
        label=_("Read by"),
        required=False,
        widget=DayInput,
        help_text=_("Optional. For example the day before the next visit."),
    )
    note = forms.CharField(
        label=_("Note to the patient"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Shown beside the article, never in an e-mail."),
    )

    def __init__(self, *args: Any, patient: User, levels: Iterable[Level], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate(timezone=patient.zone)
        # At least today, so that the picker opens where an answer can be.
        self.fields["due_on"].widget.attrs["min"] = self.today.isoformat()
        self.fields["level"].choices = [(level.value, level.label) for level in levels]

    def clean_due_on(self) -> date | None:
        due_on = self.cleaned_data["due_on"]
        # A day that was set long ago may stay.
        if due_on and due_on != self.initial.get("due_on"):
            refuse_unless_ahead(due_on, self.today)
        return due_on


class ChangeForm(SeenForm, ReadingForm):
    """Another level, day or note for what is assigned; refused when somebody else was faster.

    Compared is what the form is about: that the patient has read in the meantime is no clash.
    """

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        self.assignment = assignment
        super().__init__(
            *args,
            patient=assignment.patient,
            initial={
                "level": assignment.level,
                "due_on": assignment.due_on,
                "note": assignment.note,
                "seen": self.seen_now(),
            },
            **kwargs,
        )
        if assignment.due_on and assignment.due_on < self.today:
            self.fields["due_on"].widget.attrs["min"] = assignment.due_on.isoformat()

    def seen_now(self) -> str:
        one = self.assignment
        words = f"{one.level}|{one.due_on or ''}|{one.note}"
        return uuid.uuid5(one.public_id, words).hex


class WithdrawForm(forms.Form):
    """Why an assignment is taken back, if somebody wants to say it."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=300,
        help_text=_("Optional. For you and your colleagues."),
    )


class StartForm(forms.Form):
    """From which day a programme counts, and a note that goes with each of its articles."""

    start = forms.DateField(
        label=_("Starts on"),
        widget=DayInput,
        help_text=_("The days of the programme count from here."),
        error_messages={"required": _("Choose the day on which the programme starts.")},
    )
    note = forms.CharField(
        label=_("Note to the patient"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Shown beside each article, never in an e-mail."),
    )

    def __init__(self, *args: Any, patient: User, **kwargs: Any) -> None:
        self.today = timezone.localdate(timezone=patient.zone)
        super().__init__(*args, initial={"start": self.today}, **kwargs)
        self.fields["start"].widget.attrs["min"] = self.today.isoformat()

    def clean_start(self) -> date:
        start = self.cleaned_data["start"]
        refuse_unless_ahead(start, self.today)
        return start
