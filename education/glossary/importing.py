"""The glossary's way into the admin as a file, and out of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST
from import_export.admin import ImportExportMixin
from import_export.forms import ConfirmImportForm, ImportExportFormBase, ImportForm

from .resources import FORMATS, TermResource, UploadStorage, glossary_version
from .spreadsheet import MAX_BYTES, MAX_ROWS, TableError, from_csv, from_xlsx, is_xlsx

ROWS_SHOWN = 200


class UploadForm(ImportForm):
    """One file; whether it is CSV or XLSX is seen from its content."""

    import_file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()

    @property
    def media(self) -> forms.Media:
        # The library’s script guesses the format from the file’s name.
        return forms.Media()

    def clean_import_file(self) -> Any:
        upload = self.cleaned_data["import_file"]
        if upload.size > MAX_BYTES:
            raise ValidationError(
                _("This file is larger than %(max)d MB."), params={"max": MAX_BYTES // 2**20}
            )
        return upload

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if upload := data.get("import_file"):
            data["format"] = "1" if is_xlsx(upload.read(4)) else "0"
            upload.seek(0)
        return data


class ConfirmForm(ConfirmImportForm):
    """What was previewed: the file, and the state of the glossary that it was compared with."""

    format = forms.ChoiceField(choices=[("0", "csv"), ("1", "xlsx")], widget=forms.HiddenInput)
    glossary_version = forms.CharField(widget=forms.HiddenInput, max_length=20)


class ChooseFormatForm(ImportExportFormBase):
    """CSV or XLSX; the file always holds all columns, so that it can be imported again."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.fields["format"].choices = [("0", "CSV"), ("1", _("Excel (XLSX)"))]
        self.fields["format"].initial = "0"


class GlossaryFilesMixin(ImportExportMixin):
    """Import and export of terms for those who may change them; export for whoever sees them."""

    resource_classes = [TermResource]
    import_formats = FORMATS
    export_formats = FORMATS
    import_form_class = UploadForm
    confirm_form_class = ConfirmForm
    export_form_class = ChooseFormatForm
    tmp_storage_class = UploadStorage
    # With a byte order mark Excel takes the file for what it is.
    to_encoding = "utf-8-sig"

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    # --- In -----------------------------------------------------------------------------------

    def add_data_read_fail_error_to_form(self, form: forms.Form, e: Exception) -> None:
        reason = str(e) if isinstance(e, TableError) else _("it can’t be read")
        row = e.row if isinstance(e, TableError) else 1
        if row > 1:
            reason = _("row %(row)d: %(reason)s") % {"row": row, "reason": reason}
        form.add_error(
            "import_file", _("Nothing was imported: %(reason)s.") % {"reason": reason.rstrip(".")}
        )

    def get_confirm_form_initial(self, request: HttpRequest, import_form: Any) -> dict[str, Any]:
        initial = super().get_confirm_form_initial(request, import_form)
        return {**initial, "glossary_version": glossary_version()} if initial else {}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "rows_shown": ROWS_SHOWN,
            "slice_shown": f":{ROWS_SHOWN}",
            "max_rows": number_format(MAX_ROWS, force_grouping=True),
            "max_mb": MAX_BYTES // 2**20,
        }

    @method_decorator(require_POST)
    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Import the file that was previewed, if the preview still holds."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = self.create_confirm_form(request)
        if not form.is_valid():
            raise BadRequest("This is not what the preview sent.")
        if form.cleaned_data["glossary_version"] != glossary_version():
            return self._start_again(
                request, _("The glossary has changed since the preview. Look at it once more.")
            )
        upload = UploadStorage(name=form.cleaned_data["import_file_name"])
        try:
            read = from_xlsx if form.cleaned_data["format"] == "1" else from_csv
            table = read(upload.read())
        except (FileNotFoundError, TableError):
            return self._start_again(
                request, _("The file of this preview is gone. Choose it once more.")
            )
        try:
            result = self.process_dataset(table, form, request, **kwargs)
        except IntegrityError:
            return self._start_again(
                request,
                _("Somebody else changed the glossary in this moment. Nothing was imported."),
            )
        upload.remove()
        if result.has_validation_errors():
            context = {
                **self.get_import_context_data(),
                **self.admin_site.each_context(request),
                "title": _("Import"),
                "form": self.import_form_class(FORMATS, self.resource_classes),
                "opts": self.opts,
                "media": self.media,
                "result": result,
            }
            return TemplateResponse(request, [self.import_template_name], context)
        return self.process_result(result, request)

    def _start_again(self, request: HttpRequest, why: str) -> HttpResponse:
        messages.warning(request, why)
        return redirect("admin:glossary_term_import")

    def add_success_message(self, result: Any, request: HttpRequest) -> None:
        new, changed, same = (result.totals[kind] for kind in ("new", "update", "skip"))
        if not (new or changed):
            messages.info(request, _("The file says what the glossary says: nothing changed."))
            return
        parts = [
            ngettext("%(n)d term new", "%(n)d terms new", new) % {"n": new},
            ngettext("%(n)d changed", "%(n)d changed", changed) % {"n": changed},
            ngettext("%(n)d as it was", "%(n)d as they were", same) % {"n": same},
        ]
        messages.success(request, _("Imported: %(what)s.") % {"what": ", ".join(parts)})

    def _create_log_entry(
        self, user_pk: Any, rows: list[Any], import_type: str, action_flag: int
    ) -> None:
        LogEntry.objects.log_actions(user_pk, rows, action_flag, _("Imported from a file."))

    # --- Out ----------------------------------------------------------------------------------

    def export_action(self, request: HttpRequest) -> HttpResponse:
        if "export_items" in request.POST:
            raise BadRequest("Terms are exported by the filters of the list.")
        try:
            return super().export_action(request)
        except IncorrectLookupParameters as error:
            raise BadRequest("The list has no such filter.") from error
