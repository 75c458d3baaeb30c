"""The form of a reflection."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from education.journal.models import Reflection
from education.journal.models.reflection import LONGEST_REFLECTION

from .styled import StyledForm, limited


class ReflectionForm(StyledForm):
    """Words of the patient, as long as they need to be."""

    text = forms.CharField(
        label=gettext_lazy("Your words"),
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": gettext_lazy("Write something to save it.")},
    )
    shared = forms.BooleanField(label=gettext_lazy("Share with my care team"), required=False)

    class Meta:
        model = Reflection
        fields = ["text", "shared"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            del self.fields["shared"]

    def save(self, commit: bool = True) -> Reflection | None:
        """Store the reflection; a second click on the same button stores nothing new."""
        new = self.instance
        if new._state.adding:
            same_day = Reflection.objects.filter(
                patient=new.patient, on=new.on, prompt_text=new.prompt_text
            )
            # The database can't compare sealed words.
            twin = next((one for one in same_day if one.text == new.text), None)
            if twin:
                return twin
        return self.store()

    def clean_text(self) -> str:
        return limited(self.cleaned_data["text"], LONGEST_REFLECTION)
