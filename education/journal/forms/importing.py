"""A file of nights, or pasted rows of one."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.invite_many.sheet import decoded
from education.journal.importing import LARGEST_FILE, Sheet, read

TOO_LARGE = _("This is more than 2 MB. Divide the file in parts, and import one after the other.")


class ImportForm(forms.Form):
    """What is to be looked at; a file takes the place of the text.

    Nothing of it is kept between looking and importing: the rows come back with the button.
    """

    text = forms.CharField(label=_("Rows"), required=False, strip=False)
    file = forms.FileField(label=_("CSV file"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # NUL and the like are taken out, not refused.
        self.fields["text"].validators = []
        # What the box shows next: the rows of the file, too.
        self.shown = ""
        self.sheet = Sheet([], [])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST_FILE:
            raise ValidationError(TOO_LARGE, code="large")
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        field = "text" if data.get("file") is None else "file"
        try:
            shown = data.get("text") or "" if field == "text" else decoded(data["file"].read())
            self.shown = _storable(shown)
            if len(self.shown) > LARGEST_FILE:
                raise ValidationError(TOO_LARGE, code="large")
            self.sheet = read(self.shown)
        except ValidationError as error:
            self.add_error(field, error)
        if len(self.shown) > LARGEST_FILE:
            self.shown = ""
        return data

    @property
    def fingerprint(self) -> str:
        """Tells whether what is confirmed is what was shown."""
        return hashlib.sha256(self.shown.encode()).hexdigest()


def _storable(text: str) -> str:
    """The text with line ends of one kind, without what no database can store."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return text.encode("utf-8", "ignore").decode("utf-8")
