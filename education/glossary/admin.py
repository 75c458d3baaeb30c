"""The glossary, for editors: terms with everything that stands for them."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import BoundedInlineMixin
from accounts.admin_history import HistoryModelAdmin

from .forms import AliasForm, AliasFormSet, TermForm
from .importing import GlossaryFilesMixin
from .models import Alias, Term, month_ago

MONTHS_SHOWN = 12


class AliasInline(BoundedInlineMixin, admin.TabularInline):
    model = Alias
    form = AliasForm
    formset = AliasFormSet
    extra = 1
    verbose_name_plural = _("other texts that lead to this term")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alias]:
        # The preferred one is the name itself; the term keeps it.
        return super().get_queryset(request).filter(preferred=False)


class DefinitionFilter(admin.SimpleListFilter):
    title = _("definition")
    parameter_name = "definition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("both", _("Plain and technical")),
            ("no-plain", _("Without a plain one")),
            ("no-technical", _("Without a technical one")),
            ("none", _("Without any: not marked in articles")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term]:
        no_plain, no_technical = Q(plain_definition=""), Q(technical_definition="")
        chosen = {
            "both": ~no_plain & ~no_technical,
            "no-plain": no_plain,
            "no-technical": no_technical,
            "none": no_plain & no_technical,
        }.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


class LookupsFilter(admin.SimpleListFilter):
    """Which words patients do not know: from the counts, which know no patient."""

    title = _("look-ups, last 3 months")
    parameter_name = "lookups"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("hard", _("Hard words first")), ("never", _("Never looked up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term]:
        if self.value() == "hard":
            return queryset.filter(recent_lookups__gt=0)
        if self.value() == "never":
            return queryset.filter(recent_lookups=0)
        return queryset


@admin.register(Term)
class TermAdmin(GlossaryFilesMixin, HistoryModelAdmin):
    """A term, its definitions and its aliases on one page."""

    form = TermForm
    fieldsets = [
        (None, {"fields": ["name", "slug", "version"]}),
        (
            _("Definitions"),
            {
                "fields": ["plain_definition", "technical_definition"],
                "description": _("A term without any definition is not marked in articles."),
            },
        ),
        (_("Figure"), {"fields": ["figure_shown", "figure", "figure_alt"]}),
        (_("Connections"), {"fields": ["see_also", "source"]}),
        (_("How often patients looked it up"), {"fields": ["lookups_by_month"]}),
    ]
    readonly_fields = ["figure_shown", "lookups_by_month"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["see_also"]
    inlines = [AliasInline]
    list_display = ["name", "plain", "technical", "alias_count", "lookups_lately"]
    list_filter = [DefinitionFilter, LookupsFilter]
    search_fields = ["name", "aliases__text"]
    search_help_text = _("Name or any other text that leads to the term")
    ordering = ["name"]

    class Media:
        css = {"all": ["css/admin-glossary.css"]}
        js = ["js/admin-names.js", "js/admin-leave.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        # Counted first: the list may be ordered by the counts.
        aliases = Count("aliases", filter=Q(aliases__preferred=False), distinct=True)
        terms = Term.objects.with_recent_lookups().annotate(other_texts=aliases)
        return terms.order_by(*self.get_ordering(request))

    def get_ordering(self, request: HttpRequest) -> list[str]:
        if request.GET.get("lookups") == "hard":
            return ["-recent_lookups", "name"]
        return ["name"]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        # One by one: a bulk delete would not tell the articles that the glossary has changed.
        with transaction.atomic():
            for term in queryset:
                term.delete()

    def get_fieldsets(self, request: HttpRequest, obj: Term | None = None) -> Any:
        if obj is None:
            return [part for part in self.fieldsets if "lookups_by_month" not in part[1]["fields"]]
        if not self.has_change_permission(request, obj):
            # Who only reads has no form, and so nothing to be overwritten.
            first, *rest = self.fieldsets
            return [(first[0], {"fields": ["name", "slug"]}), *rest]
        return self.fieldsets

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if getattr(context["adminform"].form, "stale", False):
            # What the editor typed is in the form; this is what somebody else saved.
            saved = Term.objects.filter(pk=context["original"].pk)
            context["saved"] = saved.prefetch_related("aliases", "see_also").first()
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("plain"), boolean=True, ordering="plain_definition")
    def plain(self, term: Term) -> bool:
        return bool(term.plain_definition)

    @admin.display(description=_("technical"), boolean=True, ordering="technical_definition")
    def technical(self, term: Term) -> bool:
        return bool(term.technical_definition)

    @admin.display(description=_("aliases"), ordering="other_texts")
    def alias_count(self, term: Any) -> int:
        return term.other_texts

    @admin.display(description=_("look-ups, last 3 months"), ordering="recent_lookups")
    def lookups_lately(self, term: Any) -> int:
        return term.recent_lookups

    @admin.display(description=_("by month"))
    def lookups_by_month(self, term: Term) -> str:
        counts = dict(
            term.lookups.filter(month__gte=month_ago(MONTHS_SHOWN - 1)).values_list(
                "month", "count"
            )
        )
        months = [month_ago(ago) for ago in range(MONTHS_SHOWN)]
        return render_to_string(
            "admin/glossary/term/lookups.html",
            {"months": [(month, counts.get(month, 0)) for month in months] if counts else []},
        )

    @admin.display(description=_("now"))
    def figure_shown(self, term: Term) -> str:
        if not term.pk or not term.figure:
            return "–"
        return render_to_string("admin/glossary/term/figure.html", {"term": term})
