"""Sources: added, checked, and kept while a text cites them."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin_base import PortalModelAdmin
from education.articles.forms import ReferenceForm
from education.articles.models import Reference, Section


class CheckedFilter(admin.SimpleListFilter):
    title = _("checked")
    parameter_name = "checked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Checked")), ("no", _("Not checked yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reference]) -> Any:
        if self.value() in ("yes", "no"):
            return queryset.filter(checked_on__isnull=self.value() == "no")
        return queryset


@admin.register(Reference)
class ReferenceAdmin(PortalModelAdmin):
    """A reference keeps its key, and can't be deleted, while any edition cites it."""

    form = ReferenceForm
    fieldsets = [
        (None, {"fields": ["key", "authors", "title"]}),
        (
            _("Where it appeared"),
            {"fields": ["container", ("year", "volume", "issue", "pages")]},
        ),
        (_("Where to find it"), {"fields": ["doi", "pmid", "url"]}),
        (
            _("Checked against the source"),
            {
                "fields": ["checked_on", "checked_by"],
                "description": _("Editors and reviewers see which references nobody has checked."),
            },
        ),
    ]
    readonly_fields = ["checked_by"]
    list_display = ["key", "formatted", "checked"]
    list_filter = [CheckedFilter]
    list_select_related = ["checked_by"]
    search_fields = ["key", "authors", "title", "container", "doi", "pmid"]
    search_help_text = _("Key, author, title, journal, DOI or PMID")
    ordering = ["key"]
    actions = ["mark_checked"]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting goes one by one, because each has to be looked for in the texts.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Reference | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and is_cited(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(["key"] if obj and is_cited(obj) else [])]

    def save_model(self, request: HttpRequest, obj: Reference, form: Any, change: bool) -> None:
        if "checked_on" in form.changed_data:
            obj.checked_by = request.user if obj.checked_on else None
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Mark as checked today"), permissions=["change"])
    def mark_checked(self, request: HttpRequest, queryset: QuerySet[Reference]) -> None:
        """The editor has compared these with their sources."""
        count = queryset.update(checked_on=timezone.localdate(), checked_by=request.user)
        message = ngettext(
            "%(count)d reference is marked as checked today.",
            "%(count)d references are marked as checked today.",
            count,
        )
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    @admin.display(description=_("reference"))
    def formatted(self, reference: Reference) -> str:
        return format_html(
            '{}<strong class="ref-title">{}</strong> {}',
            f"{reference.authors}. " if reference.authors else "",
            reference.title,
            reference.imprint,
        )

    @admin.display(description=_("checked"), ordering="checked_on")
    def checked(self, reference: Reference) -> str:
        if reference.checked_on is None:
            return format_html('<span class="state state-missing">{}</span>', _("Not checked"))
        return format_html(
            "{} <span class='quiet'>{}</span>",
            timezone.template_localtime(reference.checked_on),
            reference.checked_by or "",
        )


def is_cited(reference: Reference) -> bool:
    """Whether the text of any edition, old ones too, cites this reference."""
    return Section.objects.filter(body__contains=f"@{reference.key}").exists()
