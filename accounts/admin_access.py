"""Administrators see patients' names and addresses, too: what they open is in the record.

Each page is rendered in one transaction with its note, so that there is none without.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.options import ModelAdmin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.models import AccessEvent, User

Action, What = AccessEvent.Action, AccessEvent.What


class RecordedMixin(ModelAdmin):
    """For the admin of a model whose rows name people; before PortalModelAdmin."""

    # What of a patient's its pages are about.
    recorded_as: str

    def person_of(self, row: Any) -> User:
        """Whom a row is about; a patient or somebody else."""
        raise NotImplementedError

    def note(self, request: HttpRequest, person: User, action: str) -> None:
        """Note in the record that something was done, if this is a patient."""
        if person.is_patient:
            AccessEvent.objects.record(
                patient=person, actor=request.user, action=action, what=self.recorded_as
            )

    def listed(
        self, request: HttpRequest, response: HttpResponse, rows: Iterable[Any]
    ) -> HttpResponse:
        """Render a page that names the people of these rows, with its note."""
        people = [self.person_of(row) for row in rows]
        with AccessEvent.objects.listing(people, by=request.user):
            return rendered(response)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        rows = shown["cl"].result_list if "cl" in shown else shown.get("chosen", ())
        return self.listed(request, response, rows)

    @transaction.atomic
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        response = super().changeform_view(request, object_id, form_url, extra_context)
        return self._opened(request, response)

    @transaction.atomic
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        return self._opened(request, super().history_view(request, object_id, extra_context))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._without_name(super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._without_name(super().log_change(request, obj, message))

    def _without_name(self, entry: Any) -> Any:
        """Recent actions stand on the front page, which is in nobody's record."""
        entry.object_repr = f"{self.opts.verbose_name} {entry.object_id}"
        entry.save(update_fields=["object_repr"])
        return entry

    def _opened(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        context = getattr(response, "context_data", None) or {}
        row = context.get("original") or context.get("object")
        if row is not None:
            self.note(request, self.person_of(row), Action.OPENED)
        return rendered(response)


def rendered(response: HttpResponse) -> HttpResponse:
    """The response with its page made now and not later, outside the transaction."""
    return response.render() if isinstance(response, TemplateResponse) else response


class RecordedAutocomplete(AutocompleteJsonView):
    """The choices of a person by name: who of the patients is offered is noted as in a list."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        people = [one for one in context["object_list"] if isinstance(one, User)]
        with AccessEvent.objects.listing(people, by=self.request.user):
            return context
