"""What clinicians say when they assign, and what patients ask."""

import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from education.articles.models import Level
from education.care.models import LONGEST_QUESTION
from education.reading.models import Assignment

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


class ChangeForm(ReadingForm):
    """Another level, day or note for what is assigned; refused when somebody else was faster.

    Compared is what the form is about: that the patient has read in the meantime is no clash.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # True when somebody else has changed it since this form was opened.
    stale = False

    def __init__(self, *args: Any, assignment: Assignment, **kwargs: Any) -> None:
        self.assignment = assignment
        super().__init__(
            *args,
            patient=assignment.patient,
            initial={
                "level": assignment.level,
                "due_on": assignment.due_on,
                "note": assignment.note,
                "seen": self._seen(),
            },
            **kwargs,
        )
        if assignment.due_on and assignment.due_on < self.today:
            self.fields["due_on"].widget.attrs["min"] = assignment.due_on.isoformat()

    def _seen(self) -> str:
        one = self.assignment
        words = f"{one.level}|{one.due_on or ''}|{one.note}"
        return uuid.uuid5(one.public_id, words).hex

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("seen") != self._seen():
            self.stale = True
            # With what is there now in the form, saving again is a decision, not an accident.
            typed: Any = self.data.copy()  # type: ignore[attr-defined]
            typed[self.add_prefix("seen")] = self._seen()
            self.data = typed
            raise forms.ValidationError(
                _(
                    "Somebody else changed this after you opened it, so yours was not saved. What "
                    "you typed is still here, and what is saved now stands below. Saving again "
                    "replaces it."
                ),
                code="stale",
            )
        return data


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


class QuestionForm(forms.Form):
    """A patient's question in their own words."""

    text = forms.CharField(
        label=_("Your question"),
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": LONGEST_QUESTION}),
        validators=[MaxLengthValidator(LONGEST_QUESTION)],
        error_messages={"required": _("Write down your question.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            self.form_id = uuid.UUID(self.data.get("form_id", ""))
        except ValueError:
            self.form_id = uuid.uuid4()


class ColleagueChoiceField(forms.ModelChoiceField):
    """Colleagues by their public ids, with the address where a name alone would not do."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(str(uuid.UUID(str(value))) if value else value)
        except (ValueError, forms.ValidationError):
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice"
            ) from None

    def label_from_instance(self, colleague: User) -> str:
        return f"{colleague.name} · {colleague.email}"


class ColleagueForm(forms.Form):
    """Which colleague; active clinicians other than oneself and whoever is left out."""

    colleague = ColleagueChoiceField(
        label=_("Colleague"),
        queryset=User.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose a colleague"),
        error_messages={
            "required": _("Choose a colleague."),
            "invalid_choice": _("Choose a colleague from the list."),
        },
    )

    def __init__(self, *args: Any, by: User, without: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["colleague"].queryset = (
            User.objects.filter(role=Role.CLINICIAN, is_active=True)
            .exclude(pk__in=[by.pk, *without])
            .order_by("name", "pk")
        )
