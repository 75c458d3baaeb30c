"""The clinicians' pages of programmes."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role
from education.reading.models import Programme

from .editor import Editor
from .plan import plan, plans

PROGRAMMES_PER_PAGE = 30


def _programme_or_404(request: HttpRequest, public_id: uuid.UUID) -> Programme:
    return get_object_or_404(
        Programme.objects.visible_to(request.user).select_related("updated_by"),
        public_id=public_id,
    )


@audience(Role.CLINICIAN)
@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Programmes in use, or those that were put away."""
    away = request.GET.get("show") == "away"
    shown = Programme.objects.visible_to(request.user).filter(put_away_at__isnull=not away)
    page = Paginator(shown, PROGRAMMES_PER_PAGE).get_page(request.GET.get("page"))
    steps = plans(page.object_list)
    rows = [(programme, steps[programme.pk]) for programme in page.object_list]
    return render(
        request,
        "reading/programmes/index.html",
        {
            "page": page,
            "rows": rows,
            "away": away,
            "is_first": not rows and not away and not Programme.objects.exists(),
        },
    )


@audience(Role.CLINICIAN)
@require_safe
def programme(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One programme: its steps with level, time, grade and day."""
    programme = _programme_or_404(request, public_id)
    steps = plan(programme)
    given = [one.edition for one in steps if one.edition is not None]
    return render(
        request,
        "reading/programmes/programme.html",
        {
            "programme": programme,
            "steps": steps,
            "given": given,
            "minutes": sum(edition.reading_minutes or 0 for edition in given),
            "last_day": max((one.step.days for one in steps if one.edition), default=0),
            "left_out": len(steps) - len(given),
        },
    )


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new programme."""
    editor = Editor(request, None)
    if request.method == "POST":
        saved = editor.save()
        before = None if saved else _made_before(request, editor)
        if saved or before:
            made = before or editor.form.instance
            messages.success(request, _("“%(name)s” is ready to assign.") % {"name": made.name})
            return redirect("programmes:programme", made.public_id)
    return render(request, "reading/programmes/edit.html", editor.context())


def _made_before(request: HttpRequest, editor: Editor) -> Programme | None:
    """What the first of two clicks on the same form has made."""
    if editor.button != "save" or not editor.form.is_bound:
        return None
    name = editor.form.cleaned_data.get("name") or editor.form.instance.name
    return Programme.objects.filter(
        public_id=editor.form.made_before(), created_by=request.user, name=name
    ).first()


@audience(Role.CLINICIAN)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Change a programme; what was assigned from it stays as it is."""
    # The version is compared with a locked row, so all of it is one transaction.
    with transaction.atomic():
        editor = Editor(request, _programme_or_404(request, public_id))
        if request.method == "POST" and editor.save():
            messages.success(
                request,
                _("“%(name)s” is saved. What was assigned before stays as it is.")
                % {"name": editor.form.instance.name},
            )
            return redirect("programmes:programme", public_id)
        return render(request, "reading/programmes/edit.html", editor.context())


@audience(Role.CLINICIAN)
@require_POST
def put_away(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Offer a programme no more; what was assigned from it stays."""
    programme = _programme_or_404(request, public_id)
    in_use = Programme.objects.in_use().filter(pk=programme.pk)
    if in_use.update(put_away_at=timezone.now()):
        messages.success(
            request,
            _("“%(name)s” is put away. What was assigned from it stays.")
            % {"name": programme.name},
            extra_tags=f"undo:{reverse('programmes:bring_back', args=[public_id])}",
        )
    else:
        messages.info(request, _("This programme was put away already."))
    return redirect("programmes:index")


@audience(Role.CLINICIAN)
@require_POST
def bring_back(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Offer a programme again, unless another one has its name by now."""
    programme = _programme_or_404(request, public_id)
    away = Programme.objects.filter(pk=programme.pk, put_away_at__isnull=False)
    try:
        with transaction.atomic():
            brought = away.update(put_away_at=None)
    except IntegrityError:
        messages.warning(
            request,
            format_html(
                '{} <a href="{}">{}</a>',
                _("Another programme has this name by now. Give this one a different name first."),
                reverse("programmes:edit", args=[public_id]),
                _("Change the name"),
            ),
        )
    else:
        if brought:
            messages.success(request, _("“%(name)s” is in use.") % {"name": programme.name})
        else:
            messages.info(request, _("This programme is in use already."))
    return redirect("programmes:programme", public_id)
