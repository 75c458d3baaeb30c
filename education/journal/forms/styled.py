"""What the forms of the journal have in common."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _


class StyledForm(forms.ModelForm):
    """A form whose widgets carry the classes of the portal's controls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            ticks = isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect)
            field.widget.attrs["class"] = "form-check-input" if ticks else "form-control"

    # Columns that follow from the fields and are stored with them.
    also_stored: tuple[str, ...] = ()

    def store(self) -> Any:
        """Save what this form asks and nothing else, so that sharing, which has buttons of its
        own, stays as it is. None, with an error, where another tab has deleted the entry."""
        if self.instance._state.adding:
            self.instance.save()
            return self.instance
        asked = [name for name in self._meta.fields if name in self.fields]
        stored = type(self.instance).objects.filter(pk=self.instance.pk)
        with transaction.atomic():
            if not stored.select_for_update().exists():
                self.add_error(
                    None,
                    _("This was deleted in another tab. Copy what you want to keep from here."),
                )
                return None
            self.instance.save(update_fields=[*asked, *self.also_stored, "updated_at"])
        return self.instance

    def add_error(self, field: str | None, error: Any) -> None:
        super().add_error(field, error)
        for name in self.errors:
            if name in self.fields:
                attrs = self.fields[name].widget.attrs
                if "is-invalid" not in attrs["class"]:
                    attrs["class"] += " is-invalid"


def limited(text: str, most: int) -> str:
    """The text with plain line ends, refused in words where it is too long."""
    # Browsers send two characters for each line end; people see one.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > most:
        raise ValidationError(
            _("This has %(length)s characters; %(most)s fit here. Shorten it or split it in two.")
            % {"length": f"{len(text):,}", "most": f"{most:,}"},
            code="max_length",
        )
    return text
