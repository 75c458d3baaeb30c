"""Where a draft is written: its sections and figures, on the edition's own page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from js_asset import Script

from accounts.admin_base import BoundedInlineMixin
from education.articles.forms import FigureForm, FigureFormSet, SectionForm, SectionFormSet
from education.articles.models import Figure, Section

from . import pickers


class SectionInline(BoundedInlineMixin, admin.StackedInline):
    model = Section
    form = SectionForm
    formset = SectionFormSet
    template = "admin/articles/section/inline.html"
    extra = 0
    fieldsets = [
        (None, {"fields": ["heading", "body"]}),
        (_("More"), {"fields": [("key", "position")], "classes": ["collapse"]}),
    ]

    class Media:
        css = {"all": ["css/admin-writing.css"]}
        js = [
            Script("js/admin-chips.js", type="module"),
            Script("js/admin-desk.js", type="module"),
            Script("js/admin-paste.js", type="module"),
            Script("js/admin-measure.js", type="module"),
        ]


class FigureInline(BoundedInlineMixin, admin.StackedInline):
    model = Figure
    form = FigureForm
    formset = FigureFormSet
    extra = 0
    fieldsets = [
        (None, {"fields": ["thumbnail", "image", "alt", "decorative", "caption"]}),
        (_("More"), {"fields": ["key"], "classes": ["collapse"]}),
    ]
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


class WritingDesk:
    """For the admin of editions: the addresses that the desk's scripts ask."""

    def get_urls(self) -> list[Any]:
        def view(name: str, function: Any) -> Any:
            wrapped = self.admin_site.admin_view(function)  # type: ignore[attr-defined]
            return path(f"<int:pk>/{name}/", wrapped, name=f"articles_edition_{name}")

        return [
            view("references", self.references_view),
            view("measure", self.measure_view),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def references_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """References to choose from, as JSON."""
        return pickers.references(request, pickers.edition_for(self, request, pk))

    def measure_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How hard the text is as it stands in the browser."""
        return pickers.measure(request, pickers.edition_for(self, request, pk))
