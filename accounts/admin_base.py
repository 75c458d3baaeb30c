"""What every admin page of the portal has in common."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.widgets import (
    AdminTextareaWidget,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.core.exceptions import BadRequest
from django.db import DataError, IntegrityError, models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _


@contextmanager
def _refusing_what_no_column_holds() -> Iterator[None]:
    """Ids past 64 bits overflow on SQLite and are a DataError on PostgreSQL: 400, not 500."""
    try:
        yield
    except (OverflowError, DataError) as error:
        raise BadRequest("A value does not fit its column.") from error


def _is_id(value: Any) -> bool:
    """Whether a row could have this id."""
    return re.fullmatch(r"\d{1,18}", str(value), re.ASCII) is not None


class BoundedInlineMixin:
    """For inlines: as many rows as an editor may need, and no more for somebody who lies about
    their number to keep the server busy."""

    max_num = 60

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        kwargs |= {"absolute_max": self.max_num + 20, "validate_max": True}
        return super().get_formset(request, obj, **kwargs)  # type: ignore[misc]


class LabelledRowsMixin:
    """For formsets shown as a table: every field says its name, which only its column shows."""

    def add_fields(self, form: forms.BaseForm, index: int | None) -> None:
        super().add_fields(form, index)  # type: ignore[misc]
        number = "" if index is None else f" {index + 1}"
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", f"{capfirst(field.label or '')}{number}")


class _OnlyIdsMixin:
    """Django's autocomplete looks up whatever was posted, even what can be no id."""

    def optgroups(self, name: str, value: list[Any], attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if _is_id(one)], attr)  # type: ignore[misc]


# Where the list of choices is put; at the end of the page it would be outside every landmark.
_IN_MAIN = {"data-dropdown-parent": "#content-start"}


class _OneOfMany(_OnlyIdsMixin, AutocompleteSelect):  # type: ignore[misc]
    pass


class _SomeOfMany(_OnlyIdsMixin, AutocompleteSelectMultiple):  # type: ignore[misc]
    pass


class PortalModelAdmin(admin.ModelAdmin):
    """A ModelAdmin that answers nonsense with 400 and a lost race with a message."""

    show_facets = admin.ShowFacets.NEVER
    # Without it every list would also count the whole table.
    show_full_result_count = False
    list_per_page = 50
    view_on_site = False
    empty_value_display = "–"
    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})}}

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _OneOfMany(db_field, self.admin_site, _IN_MAIN))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", _SomeOfMany(db_field, self.admin_site, _IN_MAIN))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only the filters that the list offers.

        Django also allows any field one step away, and so would answer who keeps a journal.
        """
        offered = {
            one if isinstance(one, str) else getattr(one, "parameter_name", "")
            for one in self.get_list_filter(request)
        }
        return lookup in {
            f"{name}{how}" for name in offered for how in ("", "__exact", "__id__exact", "__isnull")
        }

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """As many words as somebody types; a thousand are more than SQLite can join."""
        words = search_term[:100].split()[:10]
        return super().get_search_results(request, queryset, " ".join(words))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """An empty _to_field is none; Django would look for a field without a name."""
        return super().get_object(request, object_id, from_field or None)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not all(map(_is_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest("A selected row has no id.")
        with _refusing_what_no_column_holds():
            title = capfirst(self.opts.verbose_name_plural)
            return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        with _refusing_what_no_column_holds():
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except IntegrityError:
                # The forms find clashes; this is the moment between their look and the saving.
                messages.error(
                    request, _("Somebody else has just saved the same. Look at what is there now.")
                )
                return redirect(request.get_full_path())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if context["original"] is not None:
            context |= {"title": str(context["original"]), "subtitle": None}
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        with _refusing_what_no_column_holds():
            return super().delete_view(request, object_id, extra_context)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        with _refusing_what_no_column_holds():
            return super().history_view(request, object_id, extra_context)
