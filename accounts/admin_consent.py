"""The text that patients agree to, for administrators: written, looked at, published."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from .admin_base import PortalModelAdmin
from .lost_updates import VersionedForm
from .models import ConsentText, User
from .privacy.sample import SAMPLE
from .privacy.words import as_html


class ConsentTextForm(VersionedForm):
    class Meta:
        model = ConsentText
        fields = ["text", "change_note"]
        widgets = {"text": forms.Textarea(attrs={"rows": 24, "cols": 90})}
        help_texts = {
            "text": _(
                "Plain words. An empty line begins a new paragraph; a line that begins with ## is "
                "a heading, one that begins with - is an item of a list."
            ),
            "change_note": _(
                "One sentence for those who have agreed to an earlier version. "
                "Not needed for the first one."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "text" in self.fields and self.instance.pk is None:
            current = ConsentText.objects.current()
            self.initial.setdefault("text", current.text if current else SAMPLE)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not data.get("change_note") and ConsentText.objects.current() is not None:
            self.add_error("change_note", _("Say in a sentence what has changed."))
        return data


@admin.register(ConsentText)
class ConsentTextAdmin(PortalModelAdmin):
    """A draft at a time. What is published never changes: a change is a new version."""

    form = ConsentTextForm
    list_display = ["named", "state", "published_at", "published_by", "change_note"]
    list_select_related = ["published_by"]
    ordering = ["-number"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        drafts = ConsentText.objects.filter(published_at__isnull=True)
        return super().has_add_permission(request) and not drafts.exists()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_published(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_published(obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: deleting many at once would not ask what is published."""
        return {}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if _is_published(obj):
            return ["text", "change_note", "published_at", "published_by"]
        return ["text", "change_note", *([] if obj is None else ["version"])]

    def get_urls(self) -> list[Any]:
        publish = require_http_methods(["GET", "HEAD", "POST"])(self.publish_view)
        return [
            path(
                "<int:pk>/publish/",
                self.admin_site.admin_view(publish),
                name="accounts_consenttext_publish",
            ),
            *super().get_urls(),
        ]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The form holds the row while it compares versions.
        with transaction.atomic():
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ConsentText, form: Any, change: bool) -> None:
        if not change:
            obj.number = ConsentText.objects.next_number()
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        return self._look_at(request, obj) or super().response_add(request, obj, *args)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self._look_at(request, obj) or super().response_change(request, obj)

    def _look_at(self, request: HttpRequest, obj: ConsentText) -> HttpResponse | None:
        """Saving leads on to the preview, unless somebody wants to go on writing."""
        if "_continue" in request.POST:
            return None
        return redirect("admin:accounts_consenttext_publish", obj.pk)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How patients will see it, and how many are asked; then publish."""
        text = self.get_object(request, str(pk))
        if text is None:
            raise Http404
        if not self.has_change_permission(request, text):
            return redirect("admin:accounts_consenttext_changelist")
        if request.method == "POST":
            # What was looked at is what is published.
            if request.POST.get("seen") != text.updated_at.isoformat():
                messages.warning(request, _("Somebody changed it meanwhile. Look at it again."))
            elif text.publish(request.user):
                self.log_change(request, text, [{"changed": {"fields": ["published"]}}])
                messages.success(request, _("It is published. Patients are asked from now on."))
                return redirect("admin:accounts_consenttext_changelist")
            else:
                messages.warning(request, _("A later version is published already."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish version %(version)s?") % {"version": text.number},
            "opts": self.opts,
            "text": text,
            "words": as_html(text.text),
            "asked": User.objects.patients().filter(is_active=True).count(),
            "is_first": ConsentText.objects.current() is None,
        }
        return TemplateResponse(request, "admin/accounts/consenttext/publish.html", context)

    @admin.display(description=_("version"), ordering="number")
    def named(self, text: ConsentText) -> str:
        return str(_("Version %(version)s") % {"version": text.number})

    @admin.display(description=_("state"))
    def state(self, text: ConsentText) -> str:
        if text.published_at is None:
            return format_html('<span class="state state-draft">{}</span>', _("draft"))
        return format_html('<span class="state state-published">{}</span>', _("published"))


def _is_published(text: ConsentText | None) -> bool:
    return text is not None and text.published_at is not None
