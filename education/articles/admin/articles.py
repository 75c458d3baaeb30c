"""Topics, and articles with a view of where their three levels stand."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.admin_base import BoundedInlineMixin, PortalModelAdmin
from accounts.admin_history import HistoryModelAdmin
from education.articles.forms import ArticleForm, PromptForm, PromptFormSet
from education.articles.models import (
    Article,
    Edition,
    EditionStateError,
    Level,
    Prompt,
    State,
    Topic,
)
from education.articles.worklists import articles_with_gaps

from .states import level_marks, levels_of


@admin.register(Topic)
class TopicAdmin(PortalModelAdmin):
    """The shelves of the library, in the order in which they stand there."""

    fields = ["name", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}
    list_display = ["name", "position", "article_count"]
    search_fields = ["name"]
    ordering = ["position", "name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Topic]:
        return super().get_queryset(request).annotate(count=Count("articles"))

    @admin.display(description=_("articles"), ordering="count")
    def article_count(self, topic: Any) -> int:
        return topic.count


class PromptInline(BoundedInlineMixin, admin.TabularInline):
    model = Prompt
    form = PromptForm
    formset = PromptFormSet
    extra = 1
    verbose_name_plural = _("reflection prompts, shown at the end of the article")


class WorkFilter(admin.SimpleListFilter):
    """What an editor or reviewer looks for in the list."""

    title = _("work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("review", _("Waiting for review")),
            ("draft", _("Draft in work")),
            ("gap", _("A level is missing")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        editions = Edition.objects.filter(article=OuterRef("pk"))
        if self.value() in (State.REVIEW, State.DRAFT):
            return queryset.filter(Exists(editions.filter(state=self.value())))
        return articles_with_gaps(queryset) if self.value() == "gap" else queryset


@admin.register(Article)
class ArticleAdmin(HistoryModelAdmin):
    """An article's facts and prompts; its texts are one click away, in its editions."""

    form = ArticleForm
    fieldsets = [
        (None, {"fields": ["title", "slug", "summary"]}),
        (_("In the library"), {"fields": ["topics", "audience"]}),
        (_("Terminology codes"), {"fields": ["codes"], "classes": ["collapse"]}),
    ]
    inlines = [PromptInline]
    list_display = ["title", "fundamentals", "intermediate", "academic", "shelves"]
    list_filter = [WorkFilter, "topics"]
    search_fields = ["title", "slug", "summary"]
    search_help_text = _("Title, slug or summary")
    ordering = ["title", "pk"]

    class Media:
        js = ["js/admin-leave.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        in_sight = Edition.objects.order_by("level", "number")
        return (
            super()
            .get_queryset(request)
            .prefetch_related("topics", Prefetch("editions", queryset=in_sight))
        )

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (
            obj and obj.editions.all().exists()
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        return ["slug"] if self._has_been_published(obj) else []

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj and self.has_change_permission(request, obj):
            return [*fieldsets, (None, {"fields": ["version"], "classes": ["unseen"]})]
        return fieldsets

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ["title"]}

    @staticmethod
    def _has_been_published(article: Article | None) -> bool:
        """Patients may have kept the address, even of what is retired by now."""
        return article is not None and any(
            edition.published_at for edition in article.editions.all()
        )

    def get_view_on_site_url(self, obj: Article | None = None) -> str | None:
        if obj and any(edition.state == State.PUBLISHED for edition in obj.editions.all()):
            return obj.get_absolute_url()
        return None

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        article = self.get_object(request, object_id)
        context = {
            **(extra_context or {}),
            "levels": levels_of(article) if article else [],
            "may_start": request.user.has_perm("articles.add_edition"),
        }
        return super().change_view(request, object_id, form_url, context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        article = context["original"]
        if article is not None and getattr(context["adminform"].form, "stale", False):
            # The form holds what was typed; beside it stands what somebody else has saved.
            saved = Article.objects.get(pk=article.pk)
            names = ["title", "slug", "summary", "audience", "codes"]
            context["saved_now"] = [
                (Article._meta.get_field(name).verbose_name, getattr(saved, name)) for name in names
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def response_add(self, request: HttpRequest, obj: Article, *args: Any) -> HttpResponse:
        response = super().response_add(request, obj, *args)
        if "_continue" in request.POST or "_addanother" in request.POST:
            return response
        # The next step is to write a level, and that begins on the article's page.
        return redirect("admin:articles_article_change", obj.pk)

    def get_urls(self) -> list[Any]:
        start = self.admin_site.admin_view(require_POST(self.start_view))
        return [
            path("<int:pk>/start/", start, name="articles_article_start"),
            *super().get_urls(),
        ]

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start a new edition of a level: a copy of the newest one, or an empty one."""
        if not request.user.has_perm("articles.add_edition"):
            raise PermissionDenied
        article = self.get_object(request, str(pk))
        if article is None or request.POST.get("level") not in Level.values:
            raise Http404
        try:
            edition = Edition.start(article, request.POST["level"], author=request.user)
        except EditionStateError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect("admin:articles_article_change", pk)
        self.message_user(
            request,
            _("Edition %(number)d has been started. Patients see it once it is published.")
            % {"number": edition.number},
            messages.SUCCESS,
        )
        return redirect("admin:articles_edition_change", edition.pk)

    @admin.display(description=Level.FUNDAMENTALS.label)
    def fundamentals(self, article: Article) -> str:
        return level_marks(levels_of(article)[0])

    @admin.display(description=Level.INTERMEDIATE.label)
    def intermediate(self, article: Article) -> str:
        return level_marks(levels_of(article)[1])

    @admin.display(description=Level.ACADEMIC.label)
    def academic(self, article: Article) -> str:
        return level_marks(levels_of(article)[2])

    @admin.display(description=_("topics"))
    def shelves(self, article: Article) -> str:
        return ", ".join(topic.name for topic in article.topics.all())
