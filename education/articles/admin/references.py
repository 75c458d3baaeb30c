"""Sources: added, imported, checked, and kept while a text cites them."""

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from accounts.admin_history import HistoryModelAdmin
from education.articles.citations import articles_citing, editions_citing, is_cited
from education.articles.forms import ReferenceForm
from education.articles.models import Reference

from .ris import RisMixin


class CheckedFilter(admin.SimpleListFilter):
    title = gettext_lazy("checked")
    parameter_name = "checked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Checked")), ("no", _("Not checked yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reference]) -> Any:
        if self.value() in ("yes", "no"):
            return queryset.filter(checked_on__isnull=self.value() == "no")
        return queryset


class CitedFilter(admin.SimpleListFilter):
    title = gettext_lazy("cited")
    parameter_name = "cited"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Cited in an article")), ("no", _("Not cited"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reference]) -> Any:
        if self.value() == "yes":
            return queryset.filter(key__in=list(_cited(request)))
        if self.value() == "no":
            return queryset.exclude(key__in=list(_cited(request)))
        return queryset


def _cited(request: HttpRequest) -> dict[str, set[int]]:
    """The articles by the references that they cite, looked up once per request."""
    if not hasattr(request, "articles_citing"):
        request.articles_citing = articles_citing()  # type: ignore[attr-defined]
    return request.articles_citing  # type: ignore[attr-defined]


@admin.register(Reference)
class ReferenceAdmin(RisMixin, HistoryModelAdmin):
    """A reference keeps its key, and can't be deleted, while any edition cites it."""

    form = ReferenceForm
    fieldsets = [
        (None, {"fields": ["key", "authors", "title"]}),
        (
            gettext_lazy("Where it appeared"),
            {"fields": ["container", ("year", "volume", "issue", "pages")]},
        ),
        (gettext_lazy("Where to find it"), {"fields": ["doi", "pmid", "url"]}),
        (
            gettext_lazy("Checked against the source"),
            {
                "fields": ["checked_on", "checked_by"],
                "description": gettext_lazy(
                    "Editors and reviewers see which references nobody has checked."
                ),
            },
        ),
    ]
    readonly_fields = ["checked_by"]
    list_filter = [CheckedFilter, CitedFilter]
    list_select_related = ["checked_by"]
    search_fields = ["key", "authors", "title", "container", "doi", "pmid"]
    search_help_text = gettext_lazy("Key, author, title, journal, DOI or PMID")
    ordering = ["key"]
    actions = ["mark_checked", "export_selected"]

    class Media:
        css = {"all": ["css/admin-references.css"]}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # Deleting goes one by one, because each has to be looked for in the texts.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Reference | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and is_cited(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.readonly_fields, *(["key"] if obj and is_cited(obj) else [])]

    def get_fieldsets(self, request: HttpRequest, obj: Reference | None = None) -> Any:
        first, *rest = self.fieldsets
        if obj is None or not self.has_change_permission(request, obj):
            return [first, *rest]
        # Who may change it carries along which version was opened.
        return [(first[0], {"fields": [*first[1]["fields"], "version"]}), *rest]

    # --- The list -----------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        @admin.display(description=gettext_lazy("cited in"))
        def cited_in(reference: Reference) -> str:
            count = len(_cited(request).get(reference.key, ()))
            if not count:
                return _("no article")
            return ngettext("%(count)d article", "%(count)d articles", count) % {"count": count}

        return ["key", "formatted", cited_in, "checked"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reference]:
        return super().get_queryset(request).select_related("checked_by")

    @admin.display(description=gettext_lazy("reference"))
    def formatted(self, reference: Reference) -> str:
        return format_html(
            '{}<strong class="ref-title">{}</strong> {}',
            f"{reference.authors.rstrip('.')}. " if reference.authors else "",
            f"{reference.title.rstrip('.')}.",
            reference.imprint,
        )

    @admin.display(description=gettext_lazy("checked"), ordering="checked_on")
    def checked(self, reference: Reference) -> str:
        if reference.checked_on is None:
            return format_html('<span class="state state-missing">{}</span>', _("Not checked"))
        return format_html(
            "{} <span class='quiet'>{}</span>",
            date_format(reference.checked_on),
            reference.checked_by or "",
        )

    @admin.action(description=gettext_lazy("Mark as checked today"), permissions=["change"])
    def mark_checked(self, request: HttpRequest, queryset: QuerySet[Reference]) -> None:
        """The editor has compared these with their sources."""
        count = 0
        with transaction.atomic():
            for reference in queryset.select_for_update(of=("self",)):
                self._check(request, reference)
                count += 1
        message = ngettext(
            "%(count)d reference is marked as checked today.",
            "%(count)d references are marked as checked today.",
            count,
        )
        self.message_user(request, message % {"count": count}, messages.SUCCESS)

    # --- The page -----------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        checked = self.admin_site.admin_view(require_POST(self.checked_view))
        return [
            path("<int:pk>/checked/", checked, name="articles_reference_checked"),
            *super().get_urls(),
        ]

    def checked_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One click: I have compared this with its source."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        with transaction.atomic():
            # Ids past 64 bits overflow on SQLite.
            rows = Reference.objects.select_for_update(of=("self",)).filter(pk=min(pk, 2**63 - 1))
            reference = rows.first()
            if reference is None:
                raise Http404
            is_seen = request.POST.get("version") == reference.updated_at.isoformat()
            if is_seen:
                self._check(request, reference)
        if is_seen:
            messages.success(request, _("Checked today, by you."))
        else:
            # What was compared with the source is no longer what is stored.
            messages.error(
                request, _("Somebody else changed this reference meanwhile. Compare it again.")
            )
        return redirect("admin:articles_reference_change", reference.pk)

    def _check(self, request: HttpRequest, reference: Reference) -> None:
        reference.checked_on = timezone.localdate()
        reference.checked_by = request.user
        reference._change_reason = _("Compared with its source")
        reference.save()
        self.log_change(request, reference, _("Compared with its source."))

    def save_model(self, request: HttpRequest, obj: Reference, form: Any, change: bool) -> None:
        if "checked_on" in form.changed_data:
            obj.checked_by = request.user if obj.checked_on else None
        super().save_model(request, obj, form, change)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        reference = context["original"]
        if reference is not None:
            saved = Reference.objects.select_related("checked_by").get(pk=reference.pk)
            context |= {
                "saved": saved,
                "stale": getattr(context["adminform"].form, "stale", False),
                "citing": editions_citing(saved),
                "may_check": self.has_change_permission(request, saved),
                "is_checked_today": saved.checked_by is not None
                and saved.checked_on == timezone.localdate(),
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _refuse_unless_ids(*values: str) -> None:
    if not all(re.fullmatch(r"\d{1,18}", value, re.ASCII) for value in values):
        raise Http404
