"""The glossary, for editors: terms with everything that stands for them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin_base import BoundedInlineMixin, LabelledRowsMixin, PortalModelAdmin

from .models import Alias, Term, folded


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


@admin.register(Term)
class TermAdmin(PortalModelAdmin):
    """A term, its definitions and its aliases on one page."""

    fieldsets = [
        (None, {"fields": ["name", "slug"]}),
        (
            _("Definitions"),
            {
                "fields": ["plain_definition", "technical_definition"],
                "description": _("A term without any definition is not marked in articles."),
            },
        ),
        (_("Connections"), {"fields": ["see_also", "source"]}),
    ]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["see_also"]
    inlines = [AliasInline]
    list_display = ["name", "plain", "technical", "alias_count"]
    list_filter = [DefinitionFilter]
    search_fields = ["name", "aliases__text"]
    search_help_text = _("Name or any other text that leads to the term")
    ordering = ["name"]

    class Media:
        js = ["js/admin-names.js", "js/admin-leave.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Term]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                other_texts=Count("aliases", filter=Q(aliases__preferred=False), distinct=True)
            )
        )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        # One by one: a bulk delete would not tell the articles that the glossary has changed.
        for term in queryset:
            term.delete()

    @admin.display(description=_("plain"), boolean=True, ordering="plain_definition")
    def plain(self, term: Term) -> bool:
        return bool(term.plain_definition)

    @admin.display(description=_("technical"), boolean=True, ordering="technical_definition")
    def technical(self, term: Term) -> bool:
        return bool(term.technical_definition)

    @admin.display(description=_("aliases"), ordering="other_texts")
    def alias_count(self, term: Any) -> int:
        return term.other_texts
