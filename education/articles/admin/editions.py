"""One edition: written while it is a draft, approved or sent back while it is in review."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from js_asset import Media, Script

from accounts.admin_base import PortalModelAdmin
from education.articles import richtext
from education.articles.findings import findings
from education.articles.forms import EditionForm
from education.articles.models import Edition, EditionStateError, Section, State
from education.articles.readability import LEVEL_RANGES

from .parts import FigureInline, SectionInline, thumbnail
from .states import state_mark

# The one style that the rich-text editor puts into the page (Tiptap's own, which has no option
# for a nonce here). A new editor version may need a new hash: the browser's console names it.
EDITOR_STYLE = "'sha256-PlumsSlvJ7vvWzjqibGAYKq92O3y/4JTxWWsWJvyUYA='"
MAX_REASON = 2000


@admin.register(Edition)
class EditionAdmin(PortalModelAdmin):
    """Editors write drafts; reviewers read everything, and approve or send back."""

    form = EditionForm
    inlines = [SectionInline, FigureInline]
    list_display = ["name", "level", "state_shown", "author", "reviewed_on", "updated_at"]
    list_filter = ["state", "level"]
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

    def has_review_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("articles.review_edition")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).select_related("article", "author", "reviewed_by")

    # --- The list -----------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("edition"), ordering="article__title")
    def name(self, edition: Edition) -> str:
        return f"{edition.article.title} · {edition.number}"

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, edition: Edition) -> str:
        return state_mark(edition.state, edition.get_state_display())

    # --- The page -----------------------------------------------------------------------------

    def get_fieldsets(self, request: HttpRequest, obj: Edition | None = None) -> Any:
        fields = ["change_note", "grade_reason"]
        if obj and self.has_change_permission(request, obj):
            fields.append("version")
        return [(_("About this edition"), {"fields": fields})]

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
        context |= {
            "findings": findings(edition),
            "grade_low": low,
            "grade_high": high,
            "may_change": may_change,
            "may_review": self.has_review_permission(request) and edition.state == State.REVIEW,
            "is_own": edition.author_id == request.user.pk,
            "may_start": request.user.has_perm("articles.add_edition") and in_work is None,
            "in_work": in_work if in_work != edition else None,
            "stale": form.stale,
            "last_saved_by": self._last_saved_by(edition) if form.stale else "",
        }
        if not may_change or form.stale:
            context["texts"] = self._texts(edition)
            context["figures"] = [(figure, thumbnail(figure)) for figure in edition.figures.all()]
        # The editor's import map is an inline script: it needs this request's nonce.
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)

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
            return self._move(
                request,
                obj,
                obj.submit,
                _("Submitted. A clinician who may review content can now approve it."),
            )
        return super().response_change(request, obj)

    # --- The way to the patient ---------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        def view(name: str, function: Callable[..., HttpResponse]) -> Any:
            wrapped = self.admin_site.admin_view(require_POST(function))
            return path(f"<int:pk>/{name}/", wrapped, name=f"articles_edition_{name}")

        return [
            view("submit", self.submit_view),
            view("publish", self.publish_view),
            view("send_back", self.send_back_view),
            *super().get_urls(),
        ]

    def submit_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand a saved draft to the reviewers."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        edition = self._edition(request, pk)
        return self._move(request, edition, edition.submit, _("Submitted for review."))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve and publish, by a reviewer who is not the author."""
        edition = self._for_review(request, pk)
        open_findings = [finding.text for finding in findings(edition) if finding.blocks]
        if open_findings:
            message = _("Not published. First: %(findings)s")
            self.message_user(
                request, message % {"findings": " ".join(open_findings)}, messages.ERROR
            )
            return self._to(edition)
        return self._move(
            request,
            edition,
            lambda: edition.publish(request.user),
            _("Published. Patients read this edition from now on."),
        )

    def send_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return to the author, with the reason."""
        edition = self._for_review(request, pk)
        reason = request.POST.get("reason", "").replace("\x00", "")
        if len(reason) > MAX_REASON:
            self.message_user(
                request,
                _("The reason is too long; %(max)d characters are the most.") % {"max": MAX_REASON},
                messages.ERROR,
            )
            return self._to(edition)
        return self._move(
            request,
            edition,
            lambda: edition.send_back(reason),
            _("Sent back to %(author)s.") % {"author": edition.author},
        )

    def _for_review(self, request: HttpRequest, pk: int) -> Edition:
        if not self.has_review_permission(request):
            raise PermissionDenied
        return self._edition(request, pk)

    def _edition(self, request: HttpRequest, pk: int) -> Edition:
        edition = self.get_object(request, str(pk))
        if edition is None:
            raise Http404
        return edition

    def _move(
        self, request: HttpRequest, edition: Edition, move: Callable[[], None], done: str
    ) -> HttpResponse:
        """Change the state, or say why it can't be changed."""
        try:
            move()
        except EditionStateError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.log_change(request, edition, done)
            self.message_user(request, done, messages.SUCCESS)
        return self._to(edition)

    @staticmethod
    def _to(edition: Edition) -> HttpResponse:
        return redirect("admin:articles_edition_change", edition.pk)
