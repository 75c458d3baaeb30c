"""How something is assigned to many: the level, the day, a note."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from education.care.forms.reading import LONGEST_AHEAD, DayInput

from .what import LAST, What


class HowForm(forms.Form):
    """What both have: a note, and a day that must not be past for any of the patients."""

    note = forms.CharField(
        label=_("Note to the patients"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Optional. Each of them reads it beside the article, never in an e-mail."),
    )

    def __init__(self, *args: Any, what: What, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what, self.today = what, today

        for name in {"due_on", "start_on"} & set(self.fields):
            self.fields[name].widget.attrs["min"] = today.isoformat()

    def _day(self, name: str) -> date | None:
        day = self.cleaned_data[name]
        if day and day < self.today:
            raise forms.ValidationError(
                _("This day is past, at least for some of them. Choose a later one."), code="past"
            )
        if day and day - self.today > LONGEST_AHEAD:
            raise forms.ValidationError(_("Choose a day within the next two years."), code="far")
        return day


class ArticleForm(HowForm):
    """An article: its level and the day by which to read it."""

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
        help_text=_("Optional. The same day for all of them."),
    )
    field_order = ["level", "due_on", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [
            (LAST, _("The level that each of them last read")),
            *((level.value, level.label) for level in self.what.levels),
        ]

    def clean_due_on(self) -> date | None:
        return self._day("due_on")


class ProgrammeForm(HowForm):
    """A programme: the day on which it starts; each step has its own level and days."""

    start_on = forms.DateField(
        label=_("Starts on"),
        widget=DayInput,
        help_text=_("The days by which to read each article are counted from here."),
        error_messages={"required": _("Choose the day on which it starts.")},
    )
    field_order = ["start_on", "note"]

    def clean_start_on(self) -> date | None:
        return self._day("start_on")


def form_for(what: What) -> type[HowForm]:
    return ProgrammeForm if what.programme else ArticleForm
