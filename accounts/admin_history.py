"""Admin pages of what keeps its history: who changed what and when, and the way back."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin

from accounts.admin_base import PortalModelAdmin, _is_id, _refusing_what_no_column_holds


class HistoryModelAdmin(PortalModelAdmin, SimpleHistoryAdmin):
    """A ModelAdmin whose objects can be looked at, and brought back, as they once were.

    Its pages are in templates/simple_history/.
    """

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if not _is_id(unquote(object_id)):
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if not (_is_id(object_id) and _is_id(version_id)):
            raise Http404
        if request.method == "POST" and not self.has_change_permission(request):
            # The library asks only who may look, and would bring it back for them.
            raise PermissionDenied
        try:
            with _refusing_what_no_column_holds(), transaction.atomic():
                return super().history_form_view(request, object_id, version_id, extra_context)
        except IntegrityError as error:
            raise BadRequest("Something else has this name by now.") from error

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if hasattr(obj, "_history"):
            self._keep_what_is_fixed(request, obj)
        return super().get_form(request, obj, change, **kwargs)

    def _keep_what_is_fixed(self, request: HttpRequest, former: Any) -> None:
        """What can no longer be changed does not change back either: an address that patients
        have, a key that texts cite."""
        now = self.model._default_manager.filter(pk=former.pk).first()
        if now is not None:
            for name in {*self.get_readonly_fields(request, now)} - {*self.readonly_fields}:
                setattr(former, name, getattr(now, name))

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("History of %(name)s") % {"name": obj}

    def history_form_view_title(self, request: HttpRequest, obj: Any) -> str:
        return _("%(name)s, as it was") % {"name": obj}
