"""Writing a reflection, changing it, deleting it."""

import uuid
from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audience import audience
from accounts.models import Role, User
from accounts.sealed import Unreadable
from education.articles.models import Article, Edition, Level, Prompt
from education.journal import drafts
from education.journal.forms import ReflectionForm
from education.journal.models import Draft, Preferences, Reflection
from education.journal.opened import add_openings
from education.journal.prompts import PROMPTS, prompt_text
from education.journal.views.asking import own_reflection, require_form


@audience(Role.PATIENT)
@require_form
def reflection_new(request: HttpRequest) -> HttpResponse:
    """Write a reflection: free, to an article's prompt (?prompt= and ?level=), or to one of
    ours (?ask=)."""
    prompt, edition = _prompt_from(request)
    ask = "" if prompt else _ask_from(request)
    reflection = Reflection(
        patient=cast(User, request.user),
        on=timezone.localdate(timezone=request.user.zone),
        prompt=prompt,
        prompt_text=prompt.text if prompt else prompt_text(ask) or "",
        edition=edition,
        shared=Preferences.of(request.user).shares_reflections,
    )
    return _reflection_form(request, reflection, ask, drafts.name_in_address(request.GET))


@audience(Role.PATIENT)
@require_form
def reflection(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One reflection, to read and to change, and its sharing."""
    reflection = own_reflection(request, public_id)
    if isinstance(reflection.text, Unreadable):
        # There is nothing to change: what is stored must outlast the missing key.
        return render(request, "journal/reflection_form.html", _page(reflection))
    return _reflection_form(request, reflection)


def _reflection_form(
    request: HttpRequest, reflection: Reflection, ask: str = "", name: str = ""
) -> HttpResponse:
    is_new = reflection._state.adding
    name = name or drafts.name_of_reflection(reflection)
    draft = None
    if request.method == "POST":
        form = ReflectionForm(request.POST, instance=reflection)
        if form.is_valid() and _save(request, form, name):
            messages.success(request, _("Your reflection is saved."))
            return redirect("journal:index")
        _keep(request, name)
    else:
        form, draft = drafts.opened(ReflectionForm, request.user, name, instance=reflection)
    context = _page(reflection) | {"form": form, "draft": draft, "draft_name": name}
    if is_new:
        context |= {"ask": ask, "prompts": PROMPTS.items()}
    return render(request, "journal/reflection_form.html", context)


def _page(reflection: Reflection) -> dict[str, object]:
    edition = reflection.edition
    add_openings(reflection.patient, reflections=[reflection])
    return {
        "reflection": reflection,
        "is_new": reflection._state.adding,
        # Another edition may have taken its place; the address is that of the level.
        "readable": edition is not None
        and Edition.objects.published()
        .filter(article=edition.article_id, level=edition.level)
        .exists(),
    }


def _save(request: HttpRequest, form: ReflectionForm, name: str) -> Reflection | None:
    with transaction.atomic():
        # Of two clicks at once the second waits here, and finds what the first one saved.
        User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        saved = form.save()
        if saved:
            Draft.objects.drop(request.user, *drafts.names_sent(request.POST, name))
        return saved


def _keep(request: HttpRequest, name: str) -> None:
    """Keep what can't be saved, for whoever has no JavaScript; the page shows it either way."""
    try:
        drafts.keep(request.user, name, request.POST)
    except drafts.NotKept:
        return


@audience(Role.PATIENT)
@require_form
def reflection_delete(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Ask, then delete a reflection for good."""
    reflection = own_reflection(request, public_id)
    if request.method == "POST":
        with transaction.atomic():
            Draft.objects.drop(request.user, drafts.name_of_reflection(reflection))
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


def _ask_from(request: HttpRequest) -> str:
    """The key of the prompt of ours that the address names; 404 where there is none.

    One that is taken away while somebody writes does not cost them their words: what they send
    or have begun is then a free reflection.
    """
    ask = request.GET.get("ask")
    if ask is None or ask in PROMPTS:
        return ask or ""
    if _goes_on(request):
        return ""
    raise Http404


def _goes_on(request: HttpRequest) -> bool:
    """Whether words are sent to this address, or were kept here."""
    name = drafts.name_in_address(request.GET)
    return request.method == "POST" or drafts.find(request.user, name) is not None


def _prompt_from(request: HttpRequest) -> tuple[Prompt | None, Edition | None]:
    """The prompt and the edition that the address names; 404 for what cannot be.

    A prompt that an editor takes away while somebody is writing does not cost them their
    words: what they send or have begun is then a free reflection.
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
        if _goes_on(request):
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
