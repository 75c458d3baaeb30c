"""A list of people: a file, or pasted lines."""

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from .sheet import LARGEST_FILE, LONGEST_TEXT, MOST_ROWS, Line, Sheet, cleaned, decoded, read


class SheetForm(forms.Form):
    """What is to be looked at; a file takes the place of the text."""

    text = forms.CharField(label=_("The rows"), required=False, strip=False)
    file = forms.FileField(label=_("CSV file"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # NUL and the like are taken out, not refused.
        self.fields["text"].validators = []
        # What the box shows next: the file's rows, or what is left to correct.
        self.shown = ""
        self.sheet = Sheet("", [])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST_FILE:
            raise ValidationError(
                _("This file is too large for a list of %(n)d people.") % {"n": MOST_ROWS},
                code="large",
            )
        return file

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self.shown = cleaned(data.get("text") or "")
        if self.errors:
            return data
        file, field = data.get("file"), "text"
        if file is not None:
            field = "file"
            try:
                self.shown = cleaned(decoded(file.read()))
            except ValidationError as error:
                self.add_error("file", error)
                return data
        if len(self.shown) > LONGEST_TEXT:
            self.add_error(field, _("This is too much text for a list of people."))
            return data
        self.sheet = read(self.shown)
        count = len(self.sheet.lines)
        if not count:
            self.add_error(field, _("There is nobody in it. Choose a file or paste the rows."))
        elif count > MOST_ROWS:
            self.add_error(
                field,
                ngettext_lazy(
                    "These are %(n)d rows. Invite at most %(most)d at a time.",
                    "These are %(n)d rows. Invite at most %(most)d at a time.",
                    count,
                )
                % {"n": count, "most": MOST_ROWS},
            )
        return data

    @property
    def fingerprint(self) -> str:
        """Tells whether what is confirmed is what was shown."""
        return hashlib.sha256(self.shown.encode("utf-8", "replace")).hexdigest()

    def show(self, lines: list[Line]) -> None:
        """Keep these lines in the box, with the header that explains their columns."""
        header = [self.sheet.header] if self.sheet.header and lines else []
        self.shown = "\n".join([*header, *(line.text for line in lines)])
