"""Where a draft is written: its sections and figures, on the edition's own page."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import BoundedInlineMixin
from education.articles.forms import FigureForm, FigureFormSet, SectionForm, SectionFormSet
from education.articles.models import Figure, Section


class SectionInline(BoundedInlineMixin, admin.StackedInline):
    model = Section
    form = SectionForm
    formset = SectionFormSet
    extra = 0
    fields = [("heading", "key", "position"), "body"]


class FigureInline(BoundedInlineMixin, admin.StackedInline):
    model = Figure
    form = FigureForm
    formset = FigureFormSet
    extra = 0
    fields = ["thumbnail", "image", "key", "alt", "decorative", "caption"]
    readonly_fields = ["thumbnail"]

    @admin.display(description=_("now"))
    def thumbnail(self, figure: Figure) -> str:
        return thumbnail(figure)


def thumbnail(figure: Figure) -> str:
    """The figure, small."""
    if not figure.pk:
        return "–"
    return format_html(
        '<img class="thumbnail" src="{}" width="{}" height="{}" alt="{}">',
        figure.image.url, figure.width, figure.height, figure.alt,
    )  # fmt: skip
