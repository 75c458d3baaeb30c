"""Inviting many: a list is looked at first, and nobody is invited before that is confirmed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.audience import audience
from accounts.models import Role
from accounts.sessions.counting import limited

from .forms import SheetForm
from .people import Candidate, check, invite
from .sheet import MOST_ROWS


@audience(Role.CLINICIAN, Role.ADMINISTRATOR)
@limited("invite_many")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invite_many(request: HttpRequest) -> HttpResponse:
    """Look at a list of people, and invite those of them who can be."""
    if request.method != "POST":
        return _page(request, SheetForm())
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form)
    candidates = check(form.sheet.lines, request.user)
    if request.POST.get("do") != "invite":
        return _page(request, form, candidates)
    if request.POST.get("checked") != form.fingerprint:
        messages.info(request, _("The rows have changed. Look at them, then invite."))
        return _page(request, form, candidates)
    return _invite(request, form, candidates)


def _invite(request: HttpRequest, form: SheetForm, candidates: list[Candidate]) -> HttpResponse:
    ready = [one for one in candidates if not one.error]
    left = [one for one in candidates if one.error and not one.is_settled]
    if not ready:
        if left:
            return _page(request, form, candidates)
        # The second of two clicks, too.
        messages.info(request, _("Everybody in this list is invited or in your care already."))
        return redirect("accounts:invitations")
    if invite(ready, request.user) is None:
        again = check(form.sheet.lines, request.user)
        if any(not one.error for one in again) or any(not one.is_settled for one in again):
            messages.warning(
                request,
                _("Somebody else was inviting one of these people at the same moment, so nobody "
                  "was invited yet. Look again, then invite."),
            )  # fmt: skip
            return _page(request, form, again)
    messages.success(
        request,
        ngettext(
            "%(n)d person is invited. The mail leaves now, or in the morning where it is night.",
            "%(n)d people are invited. The mails leave now, or in the morning where it is night.",
            len(ready),
        )
        % {"n": len(ready)},
    )
    if not left:
        return redirect("accounts:invitations")
    # What was left out stays here to be corrected: it can't travel in an address.
    form.show([one.line for one in left])
    messages.info(request, _("The rows that were left out are still here."))
    return _page(request, form, check([one.line for one in left], request.user))


def _page(
    request: HttpRequest, form: SheetForm, candidates: list[Candidate] | None = None
) -> HttpResponse:
    candidates = candidates or []
    context: dict[str, Any] = {
        "form": form,
        "shown": form.shown,
        "candidates": candidates,
        "ready": [one for one in candidates if not one.error],
        "wrong": [one for one in candidates if one.error and not one.is_settled],
        "settled": [one for one in candidates if one.error and one.is_settled],
        "most": MOST_ROWS,
        "with_roles": request.user.is_administrator,
    }
    return render(request, "accounts/invite_many.html", context)
