"""What editors type into the glossary, and what can't be right in it."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminFileWidget, AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from PIL import Image

from accounts.admin_base import LabelledRowsMixin
from accounts.lost_updates import VersionedForm

from . import images
from .models import Alias, Term, folded

# On a phone the figure stands in the card beside its word: nothing wider is ever seen.
WIDEST = 960


class TermForm(VersionedForm):
    """A term with its figure, which is drawn anew before it is kept."""

    class Meta:
        model = Term
        fields = [
            "name", "slug", "plain_definition", "technical_definition", "figure", "figure_alt",
            "see_also", "source",
        ]  # fmt: skip
        widgets = {
            "figure": AdminFileWidget(attrs={"accept": "image/png,image/jpeg,image/webp"}),
            "figure_alt": AdminTextareaWidget(attrs={"rows": 2}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._picture: images.Picture | None = None

    def clean_figure(self) -> Any:
        figure = self.cleaned_data["figure"]
        if isinstance(figure, UploadedFile):
            self._picture = images.checked(figure, widest=WIDEST)
            size = self._picture.width, self._picture.height
            # Only the name: the picture itself is written when everything else is right too.
            figure = self._picture.name
        elif figure:
            # A former state of the term may be on its way back, with another figure.
            size = self._stored_size(str(figure))
        else:
            size = None, None
        self.instance.figure_width, self.instance.figure_height = size
        return figure

    @staticmethod
    def _stored_size(name: str) -> tuple[int, int]:
        try:
            with default_storage.open(name) as file, Image.open(file) as image:
                return image.size
        except OSError:
            raise ValidationError(
                _("The stored figure is gone. Upload it again, or tick “Clear”.")
            ) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("figure") and not (data.get("figure_alt") or "").strip():
            self.add_error(
                "figure_alt",
                _("Say what the figure shows, for whoever can’t see it."),
            )
        return data

    def save(self, commit: bool = True) -> Term:
        if self._picture is not None:
            self._picture.store()
        return super().save(commit)


class AliasForm(forms.ModelForm):
    class Meta:
        model = Alias
        fields = ["text", "match_case"]

    def clean_text(self) -> str:
        return " ".join(self.cleaned_data["text"].split())

    def _post_clean(self) -> None:
        # The formset looks for clashes instead: it knows the term's new name and which rows go.
        self.instance.clean = lambda: None
        super()._post_clean()
        del self.instance.clean


class AliasFormSet(LabelledRowsMixin, BaseInlineFormSet):
    """Finds texts that would lead to two terms, or twice to this one."""

    def clean(self) -> None:
        super().clean()
        rows = {
            form: folded(form.cleaned_data["text"])
            for form in self.forms
            if form.is_bound
            and form not in self.deleted_forms
            and getattr(form, "cleaned_data", {}).get("text")
        }
        taken = self._taken_elsewhere(set(rows.values()))
        own_name = folded(self.instance.name or "")
        seen: set[str] = set()
        for form, label in rows.items():
            text = {"text": form.cleaned_data["text"]}
            if label == own_name:
                form.add_error("text", _("“%(text)s” is this term’s own name.") % text)
            elif label in seen:
                form.add_error("text", _("“%(text)s” is here twice.") % text)
            elif label in taken and taken[label][1] != form.instance.pk:
                form.add_error(
                    "text",
                    _("“%(text)s” already leads to the term “%(term)s”.")
                    % {**text, "term": taken[label][0]},
                )
            seen.add(label)

    def _taken_elsewhere(self, labels: set[str]) -> dict[str, tuple[str, int]]:
        """Which of these lead to a term already: label to the term's name and the alias's id.

        This term's own name is left out: if it is among the labels, the name is changing and
        the former one stays as an alias.
        """
        mine = Q(term_id=self.instance.pk or 0)
        going = [form.instance.pk for form in self.deleted_forms if form.instance.pk]
        found = Alias.objects.filter(folded__in=labels).exclude(mine & Q(preferred=True))
        return {
            folded_text: (name, pk)
            for folded_text, name, pk in found.exclude(pk__in=going).values_list(
                "folded", "term__name", "pk"
            )
        }
