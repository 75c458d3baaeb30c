"""Writing a reflection, changing it, deleting it."""

import uuid
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audience import audience
from accounts.models import Role, User
from education.articles.models import Article, Edition, Level, Prompt
from education.journal.forms import ReflectionForm
from education.journal.models import Reflection
from education.journal.views.asking import own_reflection, require_form, sent


@audience(Role.PATIENT)
@require_form
def reflection_new(request: HttpRequest) -> HttpResponse:
    """Write a reflection: free, or to an article's prompt (?prompt= and ?level=)."""
    prompt, edition = _prompt_from(request)
    reflection = Reflection(
        patient=cast(User, request.user),
        on=timezone.localdate(timezone=request.user.zone),
        prompt=prompt,
        prompt_text=prompt.text if prompt else "",
        edition=edition,
    )
    return _reflection_form(request, reflection)


@audience(Role.PATIENT)
@require_form
def reflection(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One reflection, to read and to change, and its sharing."""
    return _reflection_form(request, own_reflection(request, public_id))


def _reflection_form(request: HttpRequest, reflection: Reflection) -> HttpResponse:
    is_new = reflection._state.adding
    form = ReflectionForm(sent(request), instance=reflection)
    if request.method == "POST" and form.is_valid() and form.save():
        messages.success(request, _("Your reflection is saved."))
        return redirect("journal:index")
    return render(
        request,
        "journal/reflection_form.html",
        {"form": form, "reflection": reflection, "is_new": is_new},
    )


@audience(Role.PATIENT)
@require_form
def reflection_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a reflection for good."""
    reflection = own_reflection(request, public_id)
    if request.method == "POST":
        reflection.delete()
        messages.success(request, _("Your reflection is deleted."))
        return redirect("journal:index")
    return render(
        request,
        "journal/confirm_delete.html",
        {
            "title": _("Delete this reflection?"),
            "what": reflection.prompt_text,
            "words": reflection.text,
            "back_url": reflection.get_absolute_url(),
        },
    )


def _prompt_from(request: HttpRequest) -> tuple[Prompt | None, Edition | None]:
    """The prompt and the edition that the address names; 404 for what cannot be.

    A prompt that an editor takes away while somebody is writing does not cost them their
    words: what they send is then a free reflection.
    """
    number, level = request.GET.get("prompt"), request.GET.get("level")
    if number is None:
        return None, None
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        raise Http404
    if level is not None and level not in Level.values:
        raise Http404
    prompt = Prompt.objects.filter(
        pk=int(number), article__in=Article.objects.visible_to(request.user)
    ).first()
    if prompt is None:
        if request.method == "POST":
            return None, None
        raise Http404
    if level is None:
        return prompt, None
    edition = (
        Edition.objects.visible_to(request.user)
        .published()
        .filter(article=prompt.article_id, level=level)
        .select_related("article")
        .first()
    )
    return prompt, edition
