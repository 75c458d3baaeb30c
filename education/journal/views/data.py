"""The journal as files: taking it out, and bringing nights in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role
from accounts.sessions.reauthentication import fresh_sign_in_required
from education.journal import columns, exporting, importing
from education.journal.diary import STRETCHES
from education.journal.forms.importing import ImportForm
from education.journal.importing import Row, State
from education.journal.views.asking import require_form

CSV, JSON = "text/csv; charset=utf-8", "application/json"
# More rows than these say nothing new on a page.
MOST_SHOWN = 60
UNDO, UNDO_FOR = "journal import", timedelta(days=1)


@audience(Role.PATIENT)
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What can be taken out, what can be brought in, and what the columns mean."""
    context = {
        "nights": columns.NIGHTS,
        "reflections": columns.REFLECTIONS,
        "stretches": STRETCHES,
        "version": exporting.VERSION,
    }
    return render(request, "journal/data.html", context)


@audience(Role.PATIENT)
@fresh_sign_in_required(page="journal:data")
@require_safe
def export_nights(request: HttpRequest) -> StreamingHttpResponse:
    """All nights as CSV."""
    return _file(request, "nights.csv", CSV, exporting.nights_csv(request.user))


@audience(Role.PATIENT)
@fresh_sign_in_required(page="journal:data")
@require_safe
def export_reflections(request: HttpRequest) -> StreamingHttpResponse:
    """All reflections as CSV."""
    return _file(request, "reflections.csv", CSV, exporting.reflections_csv(request.user))


@audience(Role.PATIENT)
@fresh_sign_in_required(page="journal:data")
@require_safe
def export_json(request: HttpRequest) -> StreamingHttpResponse:
    """Everything as JSON."""
    return _file(request, "all.json", JSON, exporting.journal_json(request.user))


def _file(
    request: HttpRequest, name: str, content_type: str, content: Iterator[bytes]
) -> StreamingHttpResponse:
    today = timezone.localdate(timezone=request.user.zone)
    disposition = f'attachment; filename="journal-{today.isoformat()}-{name}"'
    return StreamingHttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": disposition}
    )


# --- Import -------------------------------------------------------------------------------------


@audience(Role.PATIENT)
@sensitive_post_parameters()
@require_form
def import_nights(request: HttpRequest) -> HttpResponse:
    """Look at a file of nights, then import those of them that can be."""
    if request.method != "POST":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    rows = importing.check(form.sheet, request.user)
    if request.POST.get("do") != "import":
        return _page(request, form, rows)
    if request.POST.get("checked") != form.fingerprint:
        messages.info(request, _("The rows have changed. Look at them, then import."))
        return _page(request, form, rows)
    return _import(request, form, rows)


def _import(request: HttpRequest, form: ImportForm, rows: list[Row]) -> HttpResponse:
    stored = importing.store(rows)
    if stored is None:
        # Another tab was faster: what it has stored is there now.
        rows = importing.check(form.sheet, request.user)
        if _of(rows, State.READY):
            messages.warning(
                request,
                _("One of these nights was written down at the same moment, so nothing was "
                  "imported yet. Look again, then import."),
            )  # fmt: skip
            return _page(request, form, rows)
    count, at = stored or (0, None)
    if at and count:
        token = signing.dumps(at.isoformat(), salt=UNDO)
        messages.success(
            request,
            ngettext(
                "%(n)s night is imported. Only you can see it.",
                "%(n)s nights are imported. Only you can see them.",
                count,
            )
            % {"n": f"{count:,}"},
            extra_tags="undo:" + reverse("journal:import_undo", args=[token]),
        )
    elif _of(rows, State.WRONG):
        return _page(request, form, rows)
    else:
        # The second of two clicks, too.
        messages.info(request, _("All these nights are in your journal already."))
    if _of(rows, State.WRONG, State.DIFFERENT):
        messages.info(request, _("The rows that were left out are still here."))
        return _page(request, form, importing.check(form.sheet, request.user))
    return redirect("journal:index")


@audience(Role.PATIENT)
@require_POST
def import_undo(request: HttpRequest, token: str) -> HttpResponse:
    """Take out the nights of one import, but for those that were changed or shared since."""
    try:
        at = datetime.fromisoformat(signing.loads(token, salt=UNDO, max_age=UNDO_FOR))
    except signing.BadSignature:
        raise Http404 from None
    count = importing.take_out(request.user, at)
    if count:
        said = ngettext(
            "%(n)s night is taken out again.", "%(n)s nights are taken out again.", count
        )
        messages.success(request, said % {"n": f"{count:,}"})
    else:
        messages.info(request, _("Nothing is left of this import to take out."))
    return redirect("journal:import")


def _of(rows: list[Row], *states: State) -> list[Row]:
    return [row for row in rows if row.state in states]


def _page(request: HttpRequest, form: ImportForm, rows: list[Row] | None = None) -> HttpResponse:
    rows = rows or []
    context: dict[str, Any] = {
        "form": form,
        "rows": rows,
        "columns": [column for column in columns.NIGHTS if column.is_read],
        "most": importing.MOST_ROWS,
    }
    for state in State:
        found = _of(rows, state)
        context[state.value] = {"count": len(found), "shown": found[:MOST_SHOWN]}
        context[state.value]["more"] = len(found) - len(context[state.value]["shown"])
    nights = sorted(row.night.diary_date for row in _of(rows, State.READY) if row.night)
    if nights:
        context |= {"first": nights[0], "last": nights[-1]}
    return render(request, "journal/import.html", context)
