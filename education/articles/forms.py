"""The forms of the editors' workplace (the Django admin)."""

import json
from pathlib import PurePath
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminURLFieldWidget
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.forms.fields import InvalidJSONInput
from django.forms.models import BaseInlineFormSet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import LabelledRowsMixin
from accounts.lost_updates import VersionedForm
from education.glossary import images

from .measured import panel
from .models import Article, Edition, Figure, Prompt, Reference, Section


class CodesField(forms.JSONField):
    """An object of codes; text that is hardly JSON is refused before it costs anything."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > 2000:
            raise ValidationError(_("These are more codes than an article can have."))
        try:
            codes = super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from error
        text = json.dumps(codes, ensure_ascii=False)
        if "\x00" in text or "\\u0000" in text or not _is_storable(text):
            raise ValidationError(_("These codes hold a character that can’t be stored."))
        return codes

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, as it was typed, where it is no object of codes."""
        try:
            self.to_python(data)
        except ValidationError:
            return InvalidJSONInput(data)
        return super().bound_data(data, initial)


def _is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class ArticleForm(VersionedForm):
    codes = CodesField(
        required=False,
        label=Article._meta.get_field("codes").verbose_name,
        help_text=Article._meta.get_field("codes").help_text,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60, "class": "code"}),
        initial=dict,
    )

    class Meta:
        model = Article
        fields = ["title", "slug", "summary", "topics", "audience", "codes"]
        widgets = {
            "topics": forms.CheckboxSelectMultiple,
        }

    def clean_codes(self) -> dict[str, str]:
        codes = self.cleaned_data["codes"] or {}
        if not isinstance(codes, dict) or not all(
            isinstance(code, str) and code.strip() and system.strip()
            for system, code in codes.items()
        ):
            raise ValidationError(
                _('Write each system and its code in quotes: {"SNOMED CT": "106168000"}.')
            )
        return codes


class PromptForm(forms.ModelForm):
    class Meta:
        model = Prompt
        fields = ["text", "position"]
        widgets = {"text": forms.Textarea(attrs={"rows": 2, "cols": 70})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_no_position(self)


def offer_no_position(form: forms.ModelForm) -> None:
    """Let the formset put a new row last."""
    form.fields["position"].required = False
    if form.instance.pk is None:
        form.initial["position"] = None


def is_untouched(form: Any) -> bool:
    """Whether this is a row that was offered and that nobody filled in."""
    return form.empty_permitted and not form.has_changed()


class OrderedFormSet(BaseInlineFormSet):
    """Rows in the order of their positions; a new one without a position goes last."""

    def clean(self) -> None:
        super().clean()
        last = max((self._position(form) or 0 for form in self.forms), default=0)
        for form in self.forms:
            if not hasattr(form, "cleaned_data") or is_untouched(form):
                continue
            if "position" not in form.errors and self._position(form) is None:
                last += 1
                form.cleaned_data["position"] = form.instance.position = last

    @staticmethod
    def _position(form: forms.BaseForm) -> int | None:
        return getattr(form, "cleaned_data", {}).get("position")


class EditionForm(VersionedForm):
    """The facts of a draft."""

    class Meta:
        model = Edition
        fields = ["change_note", "grade_reason"]
        widgets = {
            "change_note": forms.TextInput(attrs={"class": "vTextField"}),
            "grade_reason": forms.TextInput(attrs={"class": "vTextField"}),
        }


class _KeyedForm(forms.ModelForm):
    """A part of an edition; an empty key is filled in from something the editor did write."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].required = False
        self.fields["key"].widget.attrs["class"] = "vTextField key"

    def name_for_key(self) -> str:
        """What a key can be made of; the formset makes it, for it knows the other keys."""
        return ""


class KeyedFormSet(BaseInlineFormSet):
    """Keys are filled in where they are empty, and are each there once."""

    fallback_key = "part"

    def clean(self) -> None:
        forms_here = [
            form
            for form in self.forms
            if form not in self.deleted_forms and hasattr(form, "cleaned_data")
        ]
        typed = [form.data.get(form.add_prefix("key")) for form in forms_here]
        taken = {key for key in typed if key}
        seen: set[str] = set()
        for form, own in zip(forms_here, typed, strict=True):
            key = form.cleaned_data.get("key")
            if "key" in form.errors or is_untouched(form):
                continue
            if not own:
                wanted = slugify(form.name_for_key())[:50].strip("-")
                key = self._free(wanted or self.fallback_key, taken)
                taken.add(key)
                form.cleaned_data["key"] = form.instance.key = key
            elif key in seen:
                form.add_error("key", _("This key is already used above."))
            seen.add(key)
        super().clean()

    @staticmethod
    def _free(wanted: str, taken: set[str]) -> str:
        key, number = wanted, 1
        while key in taken:
            number += 1
            key = f"{wanted}-{number}"
        return key


class PromptFormSet(LabelledRowsMixin, OrderedFormSet):
    """The prompts of an article, in a table."""


class SectionForm(_KeyedForm):
    # Of the edition; the formset says it.
    level: str

    class Meta:
        model = Section
        fields = ["heading", "key", "position", "body"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_no_position(self)
        self.fields["heading"].widget.attrs["class"] = "vTextField heading"
        self.fields["key"].help_text = _(
            "The same in every level that treats the same matter. Left empty, it is made from "
            "the heading."
        )

    def name_for_key(self) -> str:
        return self.cleaned_data.get("heading") or "opening"

    @property
    def panel(self) -> dict[str, Any]:
        """How hard the section is to read: as saved, or as typed where saving was refused."""
        return panel(self.instance.body, self.level)


class SectionFormSet(OrderedFormSet, KeyedFormSet):
    """The sections of an edition, with how hard each and all are to read."""

    fallback_key = "part"

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.level = self.instance.level

    @property
    def total(self) -> dict[str, Any]:
        """How hard the whole level is, as of the last save."""
        saved = (form.instance.body for form in self.initial_forms)
        return panel("".join(saved), self.instance.level)


class FigureForm(_KeyedForm):
    class Meta:
        model = Figure
        fields = ["image", "key", "alt", "caption", "decorative"]
        widgets = {
            "image": AdminFileWidget(attrs={"accept": "image/png,image/jpeg,image/webp"}),
            "alt": forms.Textarea(attrs={"rows": 3, "cols": 70}),
            "caption": forms.Textarea(attrs={"rows": 2, "cols": 70}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._picture: images.Picture | None = None
        self.fields["image"].help_text = _(
            "PNG, JPEG or WebP, at most 5 MB and 6000 pixels. Readers get a copy that fits "
            "their screen."
        )

    def name_for_key(self) -> str:
        upload = self.files.get(self.add_prefix("image"))
        return PurePath(upload.name).stem if upload else ""

    def clean_image(self) -> Any:
        image = self.cleaned_data["image"]
        if not isinstance(image, UploadedFile):
            return image
        self._picture = images.checked(image)
        self.instance.width = self._picture.width
        self.instance.height = self._picture.height
        self.instance.widths = self._picture.widths
        # Only the name: the picture itself is written when everything else is right too.
        return self._picture.name

    def save(self, commit: bool = True) -> Figure:
        if self._picture is not None:
            self._picture.store()
        return super().save(commit)


class FigureFormSet(KeyedFormSet):
    fallback_key = "figure"


class ReferenceForm(VersionedForm):
    url = forms.URLField(
        label=_("Address"),
        max_length=300,
        required=False,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
    )

    class Meta:
        model = Reference
        fields = [
            "key", "authors", "title", "container", "year", "volume", "issue", "pages",
            "doi", "pmid", "url", "checked_on",
        ]  # fmt: skip
        widgets = {
            "title": forms.Textarea(attrs={"rows": 2, "cols": 80}),
            "authors": forms.Textarea(attrs={"rows": 2, "cols": 80}),
        }

    def clean_doi(self) -> str:
        return self._once("doi", self.cleaned_data["doi"])

    def clean_pmid(self) -> str:
        return self._once("pmid", self.cleaned_data["pmid"])

    def _once(self, field: str, value: str) -> str:
        if not value:
            return value
        clash = Reference.objects.filter(**{field: value}).exclude(pk=self.instance.pk).first()
        if clash:
            raise ValidationError(
                _("The reference “%(key)s” has this one already."), params={"key": clash.key}
            )
        return value
