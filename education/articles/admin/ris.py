"""References in and out of the admin as RIS: preview, confirmation, download."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from education.articles import ris
from education.articles.models import Reference
from education.articles.ris_import import Row, apply, plan


class RisForm(forms.Form):
    """A RIS file, or its text."""

    file = forms.FileField(
        label=gettext_lazy("RIS file"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": ".ris,.txt,application/x-research-info-systems,text/plain"}
        ),
        help_text=gettext_lazy("As Zotero, EndNote, Mendeley or a journal’s page export it."),
    )
    text = forms.CharField(
        label=gettext_lazy("Or its text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80, "spellcheck": "false"}),
    )

    def clean_file(self) -> str:
        upload = self.cleaned_data["file"]
        if not isinstance(upload, UploadedFile):
            return ""
        try:
            # Never more than the limit is read, whatever was sent.
            return ris.decoded(upload.read(ris.MAX_BYTES + 1))
        except ris.RisError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        text = data.get("file") or data.get("text") or ""
        if not text.strip():
            raise ValidationError(_("Choose a file, or paste its text."))
        try:
            data["rows"] = plan(text)
        except ris.RisError as error:
            raise ValidationError(str(error)) from error
        data["text"] = text
        return data


class RisMixin:
    """What the admin of references can do with RIS."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view  # type: ignore[attr-defined]
        take = require_http_methods(["GET", "HEAD", "POST"])(self.import_view)
        return [
            path("import/", view(take), name="articles_reference_import"),
            path("export/", view(require_safe(self.export_view)), name="articles_reference_export"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    # --- In -----------------------------------------------------------------------------------

    def _may_import(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {**(extra_context or {}), "may_import": self._may_import(request)}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Show what a file would do; do it once that has been confirmed, and only that."""
        if not self._may_import(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._import_page(request, RisForm())
        form = RisForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._import_page(request, form)
        rows: list[Row] = form.cleaned_data["rows"]
        confirmed = request.POST.get("confirmed")
        if confirmed is None or any(row.problem for row in rows):
            return self._import_page(request, form, rows)
        if confirmed != _digest(rows):
            messages.warning(
                request, _("The references have changed meanwhile. Look at the preview again.")
            )
            return self._import_page(request, form, rows)
        try:
            with transaction.atomic():
                added, changed = apply(rows, _("Imported from RIS"))
                self._log(request, rows)
        except IntegrityError:
            messages.error(
                request, _("Somebody else has just saved the same. Look at the preview again.")
            )
            return self._import_page(request, RisForm(request.POST), rows)
        messages.success(
            request,
            _("Imported: %(added)d new, %(changed)d changed. They are not checked yet.")
            % {"added": added, "changed": changed}
            if added or changed
            else _("Nothing to import: all of these references are here already."),
        )
        return redirect("admin:articles_reference_changelist")

    def _log(self, request: HttpRequest, rows: list[Row]) -> None:
        for row in rows:
            if row.action == Row.NEW:
                self.log_addition(request, row.reference, _("Imported from RIS."))  # type: ignore[attr-defined]
            elif row.action == Row.CHANGED:
                self.log_change(request, row.reference, _("Imported from RIS."))  # type: ignore[attr-defined]

    def _import_page(
        self, request: HttpRequest, form: RisForm, rows: list[Row] | None = None
    ) -> HttpResponse:
        wrong = [row for row in rows or [] if row.problem]
        counts = {
            action: sum(row.action == action for row in rows or [])
            for action in (Row.NEW, Row.CHANGED, Row.UNCHANGED, Row.WRONG)
        }
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": Reference._meta,
            "title": _("Import references from RIS"),
            "form": form,
            # What is wrong stands first.
            "rows": [*wrong, *(row for row in rows or [] if not row.problem)],
            "is_preview": rows is not None,
            "counts": counts,
            "may_confirm": rows is not None and not wrong,
            "is_change": counts[Row.NEW] + counts[Row.CHANGED] > 0,
            "text": form.cleaned_data.get("text", "") if rows is not None else "",
            "digest": _digest(rows or []),
            "max_records": ris.MAX_RECORDS,
        }
        return TemplateResponse(request, "admin/articles/reference/import.html", context)

    # --- Out ----------------------------------------------------------------------------------

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All references as one file."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return _download(Reference.objects.order_by("key"))

    @admin.action(description=gettext_lazy("Export as RIS"), permissions=["view"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Reference]) -> HttpResponse:
        """The selected references as one file."""
        return _download(queryset.order_by("key"))


def _download(references: QuerySet[Reference]) -> HttpResponse:
    response = HttpResponse(
        ris.written(list(references)), content_type="application/x-research-info-systems"
    )
    response["Content-Disposition"] = 'attachment; filename="references.ris"'
    return response


def _digest(rows: list[Row]) -> str:
    """Stands for everything that a plan would do."""
    steps = [(row.number, row.action, row.key, row.changes, row.facts) for row in rows]
    return hashlib.sha256(repr(steps).encode("utf-8", "backslashreplace")).hexdigest()
