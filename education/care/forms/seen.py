"""Forms on what several people change: nobody overwrites unseen what somebody else has saved."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SeenForm(forms.Form):
    """Refused when what it is about was changed after the form was opened.

    The form carries along what stood there; what was typed stays in it, and saving once more is
    then a decision, not an accident.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # True when somebody else has changed it since this form was opened.
    stale = False

    def seen_now(self) -> str:
        """What the form is about, as it is stored now, in a few letters."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("seen") != self.seen_now():
            self.stale = True
            # With what is there now in the form, saving again is a decision, not an accident.
            typed: Any = self.data.copy()  # type: ignore[attr-defined]
            typed[self.add_prefix("seen")] = self.seen_now()
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
