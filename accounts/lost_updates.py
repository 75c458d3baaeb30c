"""Forms on what several people edit: nobody overwrites unseen what somebody else has saved."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class VersionedForm(forms.ModelForm):
    """A form that is refused when its object was saved after the form was opened.

    The model has an `updated_at`; the form carries it along. What was typed stays in the form,
    and saving once more is then a decision.
    """

    version = forms.CharField(required=False, widget=forms.HiddenInput)
    # True when somebody else has saved since this form was opened.
    stale = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.updated_at.isoformat()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance.pk is None:
            return data
        # The row stays locked until this save is through.
        rows = type(self.instance)._default_manager.select_for_update()
        saved_at = rows.values_list("updated_at", flat=True).filter(pk=self.instance.pk).first()
        if saved_at is not None and data.get("version") != saved_at.isoformat():
            self.stale = True
            # With the present version in the form, saving again is a decision, not an accident.
            typed: Any = self.data.copy()  # type: ignore[attr-defined]
            typed[self.add_prefix("version")] = saved_at.isoformat()
            self.data = typed
            raise ValidationError(
                _(
                    "Somebody else saved this after you opened it, so yours was not saved. What "
                    "you typed is still here. Look at what is saved now before you save again: "
                    "saving again replaces it."
                ),
                code="stale",
            )
        return data
