"""The kinds of answer of the morning form. Each may stay blank, and blank is not zero."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

YES, NO = "yes", "no"
NO_ANSWER = ("", gettext_lazy("No answer"))


def count_field(label: Any, most: int, too_many: Any) -> forms.IntegerField:
    """A whole number."""
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "invalid": gettext_lazy("Write a whole number, such as 20."),
            "min_value": gettext_lazy("This can’t be less than 0."),
            "max_value": too_many,
        },
    )


def scale_field(label: Any, scale: Any) -> forms.TypedChoiceField:
    """One step of a scale in words."""
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=[*scale.choices, NO_ANSWER],
        widget=forms.RadioSelect,
    )


class EitherField(forms.TypedChoiceField):
    """One of two: true, false, or None where it is not answered."""

    def __init__(self, *, label: Any, yes: Any, no: Any) -> None:
        super().__init__(
            label=label,
            required=False,
            coerce=lambda value: value == YES,
            empty_value=None,
            choices=[(YES, yes), (NO, no), NO_ANSWER],
            widget=forms.RadioSelect,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: YES, False: NO}.get(value, value) if isinstance(value, bool) else value


def words_field(label: Any, rows: int, **options: Any) -> forms.CharField:
    """Words, which are checked for their length once their line ends are plain."""
    return forms.CharField(
        label=label, required=False, widget=forms.Textarea(attrs={"rows": rows}), **options
    )
