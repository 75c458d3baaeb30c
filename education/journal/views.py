"""Pages of the journal. All are the patient's own; nobody else has a page here."""

import uuid
from datetime import date
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audience import audience
from accounts.models import Role, User
from education.articles.models import Article, Edition, Level, Prompt
from education.journal import timeline
from education.journal.converters import parse_diary_date
from education.journal.diary import Diary
from education.journal.forms import NightForm, ReflectionForm
from education.journal.models import Night, Reflection
from education.journal.words import duration_words, night_words, percent_words

require_form = require_http_methods(["GET", "HEAD", "POST"])


@audience(Role.PATIENT)
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The last nights as a picture, then everything by date, newest first."""
    before, after = _date_from(request, "before"), _date_from(request, "after")
    page = timeline.page(request.user, before=before, after=after)
    context = {"page": page, "is_first": page.newer_than is None and before is None}
    if context["is_first"]:
        today = timezone.localdate(timezone=request.user.zone)
        diary = Diary.for_owner(request.user, until=today)
        logged = any(night.diary_date == today for night in diary.nights)
        context |= {"diary": diary, "today": today, "is_logged": logged}
    return render(request, "journal/index.html", context)


# --- Nights ---------------------------------------------------------------------------------


@audience(Role.PATIENT)
@require_form
def night_new(request: HttpRequest) -> HttpResponse:
    """Write down a night: last night, or the one that ?date= names."""
    day = _date_from(request, "date") or timezone.localdate(timezone=request.user.zone)
    if request.method != "POST" and _own_nights(request).filter(diary_date=day).exists():
        messages.info(request, _("This night is already written down. Here it is."))
        return redirect("journal:night", day)
    patient = cast(User, request.user)
    night = Night(patient=patient, zone=patient.zone.key, diary_date=day)
    return _night_form(request, night, day)


@audience(Role.PATIENT)
@require_form
def night(request: HttpRequest, diary_date: date) -> HttpResponse:
    """One night: its answers to change, what can be worked out from them, and its sharing."""
    night = get_object_or_404(_own_nights(request), diary_date=diary_date)
    return _night_form(request, night, diary_date)


def _night_form(request: HttpRequest, night: Night, day: date) -> HttpResponse:
    is_new = night._state.adding
    form = NightForm(_sent(request), instance=night)
    if request.method == "POST" and form.is_valid() and (saved := form.save()):
        messages.success(request, _saved_words(saved))
        return redirect("journal:index")
    stored = None if is_new else _own_nights(request).filter(pk=night.pk).first()
    return render(
        request,
        "journal/night_form.html",
        {"form": form, "rows": form.rows(), "night": stored, "day": day, "is_new": is_new},
    )


def _saved_words(night: Night) -> str:
    """What a saved night comes to, in words."""
    measures = night.measures
    words = {
        "night": night_words(night.diary_date),
        "asleep": duration_words(measures.asleep),
        "in_bed": duration_words(measures.in_bed),
        "efficiency": percent_words(measures.efficiency),
    }
    if measures.asleep is not None and measures.in_bed is not None:
        return (
            _("%(night)s is saved. Asleep about %(asleep)s of %(in_bed)s in bed (%(efficiency)s).")
            % words
        )
    if measures.asleep is not None:
        return _("%(night)s is saved. Asleep about %(asleep)s.") % words
    return _("%(night)s is saved. Not enough answered to work out the time asleep.") % words


@audience(Role.PATIENT)
@require_form
def night_delete(request: HttpRequest, diary_date: date) -> HttpResponse:
    """Ask, then delete a night for good."""
    night = get_object_or_404(_own_nights(request), diary_date=diary_date)
    if request.method == "POST":
        night.delete()
        messages.success(request, _("%(night)s is deleted.") % {"night": night_words(diary_date)})
        return redirect("journal:index")
    return render(
        request,
        "journal/confirm_delete.html",
        {
            "title": _("Delete this night?"),
            "what": night_words(diary_date),
            "back_url": night.get_absolute_url(),
        },
    )


@audience(Role.PATIENT)
@require_POST
def night_share(request: HttpRequest, diary_date: date) -> HttpResponse:
    """Share a night's numbers or words, or stop; effective at once."""
    night = get_object_or_404(_own_nights(request), diary_date=diary_date)
    said = {
        ("numbers", "share"): _("Your care team can now see the numbers of this night."),
        ("numbers", "stop"): _("The numbers of this night are private again."),
        ("words", "share"): _("Your care team can now see your words about this night."),
        ("words", "stop"): _("Your words about this night are private again."),
    }
    for part in ("numbers", "words"):
        wish = request.POST.get(part)
        if (part, wish) in said:
            if not _own_nights(request).filter(pk=night.pk).set_shared(part, wish == "share"):
                raise Http404  # Another tab has just deleted it.
            messages.success(request, said[part, wish])
            return _back(request)
    messages.info(request, _("Nothing was changed."))
    return _back(request)


def _own_nights(request: HttpRequest):
    return Night.objects.visible_to(request.user)


# --- Reflections ----------------------------------------------------------------------------


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
    return _reflection_form(request, _own_reflection(request, public_id))


def _reflection_form(request: HttpRequest, reflection: Reflection) -> HttpResponse:
    is_new = reflection._state.adding
    form = ReflectionForm(_sent(request), instance=reflection)
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
    reflection = _own_reflection(request, public_id)
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


@audience(Role.PATIENT)
@require_POST
def reflection_share(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Share a reflection, or stop; effective at once."""
    reflection = _own_reflection(request, public_id)
    said = {
        "share": _("Your care team can now see this reflection."),
        "stop": _("This reflection is private again."),
    }
    wish = request.POST.get("words")
    if wish in said:
        own = Reflection.objects.visible_to(request.user)
        if not own.filter(pk=reflection.pk).set_shared(wish == "share"):
            raise Http404  # Another tab has just deleted it.
        messages.success(request, said[wish])
    else:
        messages.info(request, _("Nothing was changed."))
    return _back(request)


def _own_reflection(request: HttpRequest, public_id: uuid.UUID) -> Reflection:
    return get_object_or_404(
        Reflection.objects.visible_to(request.user).select_related("edition__article"),
        public_id=public_id,
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


# --- Helpers --------------------------------------------------------------------------------


def _date_from(request: HttpRequest, name: str) -> date | None:
    """A date of the query string; 404 where it is none."""
    value = request.GET.get(name)
    if value is None:
        return None
    try:
        return parse_diary_date(value)
    except ValueError:
        raise Http404 from None


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page of the journal that the button was on."""
    index_url = reverse("journal:index")
    wanted = request.POST.get("next", "")
    if wanted.startswith(index_url) and url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}
    ):
        return redirect(wanted)
    return redirect(index_url)
