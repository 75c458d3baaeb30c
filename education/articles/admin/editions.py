"""One edition: written while it is a draft, approved or sent back while it is in review."""

from dataclasses import replace
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from js_asset import Media, Script

from accounts.admin_base import PortalModelAdmin
from education.articles import richtext
from education.articles.findings import Finding, findings
from education.articles.forms import EditionForm
from education.articles.models import Edition, Section, State
from education.articles.readability import LEVEL_RANGES
from education.articles.worklists import EDITION_WORK, work_on_editions

from .parts import FigureInline, SectionInline, WritingDesk, thumbnail
from .review import ReviewDesk
from .states import state_mark

# The one style that the rich-text editor puts into the page (Tiptap's own, which has no option
# for a nonce here). A new editor version may need a new hash: the browser's console names it.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"


class WorkFilter(admin.SimpleListFilter):
    """What waits for somebody; the admin's front page leads here."""

    title = gettext_lazy("work")
    parameter_name = "work"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(EDITION_WORK.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Edition]) -> QuerySet[Edition]:
        if self.value() in EDITION_WORK:
            return work_on_editions(queryset, self.value(), request.user)
        return queryset


@admin.register(Edition)
class EditionAdmin(ReviewDesk, WritingDesk, PortalModelAdmin):  # type: ignore[misc]
    """Editors write drafts; reviewers read everything, and approve or send back."""

    form = EditionForm
    inlines = [SectionInline, FigureInline]
    list_display = ["name", "level", "state_shown", "author", "next_review_shown", "updated"]
    list_filter = [WorkFilter, "state", "level"]
    list_select_related = ["article", "author"]
    search_fields = ["article__title", "article__slug", "author__name"]
    search_help_text = gettext_lazy("Title of the article or name of the author")
    ordering = ["-updated_at", "-pk"]
    actions = None

    class Media:
        js = [
            Script("js/admin-editor.js", type="module"),
            Script("js/admin-order.js", type="module"),
            "js/admin-leave.js",
        ]

    # --- Who may do what ----------------------------------------------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        # A new edition is started from its article, so that it begins as a copy.
        return False

    def has_change_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        return super().has_delete_permission(request, obj) and bool(obj and obj.is_draft)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).select_related("article", "author", "reviewed_by")

    # --- The list -----------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("edition"), ordering="article__title")
    def name(self, edition: Edition) -> str:
        return f"{edition.article.title} · {edition.number}"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, edition: Edition) -> str:
        return state_mark(edition.state, edition.get_state_display())

    @admin.display(description=gettext_lazy("next review"), ordering="next_review_on")
    def next_review_shown(self, edition: Edition) -> Any:
        """Only of what patients read: what is retired is never due."""
        return edition.next_review_on if edition.state == State.PUBLISHED else None

    @admin.display(description=gettext_lazy("changed"), ordering="updated_at")
    def updated(self, edition: Edition) -> Any:
        return localdate(edition.updated_at)

    # --- The page -----------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        if obj and not self.has_change_permission(request, obj):
            # To be read only: they stand among the facts.
            return []
        return [(_("About this edition"), {"fields": ["change_note", "grade_reason", "version"]})]

    def get_inlines(self, request: HttpRequest, obj: Edition | None) -> list[Any]:
        # What can't be edited is shown as text to read instead, by the template.
        return self.inlines if obj and self.has_change_permission(request, obj) else []

    def get_view_on_site_url(self, obj: Edition | None = None) -> str | None:
        return obj.get_absolute_url() if obj and obj.state != State.RETIRED else None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        if request.method == "POST" and object_id and self.has_change_permission(request):
            edition = self.get_object(request, unquote(object_id))
            if edition is not None and not edition.is_draft:
                return self._no_longer_a_draft(request, edition)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        response._csp_update = {"style-src": [EDITOR_STYLE]}  # type: ignore[attr-defined]
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        edition: Edition = context["original"]
        may_change = self.has_change_permission(request, edition)
        form = context["adminform"].form
        in_work = (
            Edition.objects.filter(article=edition.article_id, level=edition.level)
            .filter(state__in=[State.DRAFT, State.REVIEW])
            .first()
        )
        low, high = LEVEL_RANGES[edition.level]
        found = self._findings(request, edition)
        context |= {
            "findings": found,
            "has_blocking": any(finding.blocks for finding in found),
            "grade_low": low,
            "grade_high": high,
            "may_change": may_change,
            "may_start": request.user.has_perm("articles.add_edition") and in_work is None,
            "in_work": in_work if in_work != edition else None,
            "stale": form.stale,
            "last_saved_by": self._last_saved_by(edition) if form.stale else "",
            **self.review_context(request, edition, may_change),
            **context.get("typed_forms", {}),
        }
        if form.stale:
            context["texts"] = self._texts(edition)
        if not may_change or form.stale:
            context["figures"] = [(figure, thumbnail(figure)) for figure in edition.figures.all()]
        # The editor's import map is an inline script: it needs this request's nonce.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)

    def _findings(self, request: HttpRequest, edition: Edition) -> list[Finding]:
        """What is open; a place that this person can't open is not offered as a link."""
        reviews = edition.state == State.REVIEW and self.has_review_permission(request)
        found = findings(edition, request.user if reviews else None)
        if request.user.has_perm("accounts.view_clinicprofile"):
            return found
        closed = reverse("admin:accounts_clinicprofile_changelist")
        return [replace(one, url="") if one.url == closed else one for one in found]

    @staticmethod
    def _texts(edition: Edition) -> list[tuple[Section, str]]:
        """The saved sections, to be read; cleaned again, whatever way they came in."""
        return [
            (section, mark_safe(richtext.clean(section.body)))  # noqa: S308
            for section in edition.sections.all()
        ]

    @staticmethod
    def _last_saved_by(edition: Edition) -> str:
        entry = (
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(Edition), object_id=str(edition.pk)
            )
            .select_related("user")
            .first()
        )
        return entry.user.get_full_name() if entry else ""

    def _no_longer_a_draft(self, request: HttpRequest, edition: Edition) -> HttpResponse:
        """Somebody saves a draft that has left their hands: their words are shown, to be kept."""
        names = ("heading", "body", "change_note", "grade_reason", "alt", "caption")
        typed = [
            value
            for key, value in request.POST.items()
            if key.rpartition("-")[2] in names and "__prefix__" not in key and value.strip()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("This edition is no longer a draft"),
            "opts": self.opts,
            "original": edition,
            "typed": typed,
        }
        return TemplateResponse(
            request, "admin/articles/edition/no_longer_draft.html", context, status=409
        )

    # --- Saving -------------------------------------------------------------------------------

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.instance.measure()

    def response_change(self, request: HttpRequest, obj: Edition) -> HttpResponse:
        if "_preview" in request.POST:
            return redirect(obj.get_absolute_url())
        if "_submit_review" in request.POST:
            return self.move(
                request,
                obj,
                lambda: obj.submit(request.user),
                _("Submitted. A clinician who may review content can now approve it."),
            )
        return super().response_change(request, obj)
