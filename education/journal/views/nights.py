"""Writing down a night, changing it, deleting it."""

from collections.abc import Mapping
from datetime import date
from typing import cast

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audience import audience
from accounts.models import Role, User
from education.journal import drafts
from education.journal.clock import IN_ORDER
from education.journal.forms import NightForm
from education.journal.models import Draft, Night, Preferences
from education.journal.opened import add_openings
from education.journal.usual import usual_times
from education.journal.views.asking import date_from, own_nights, require_form
from education.journal.words import clock_words, duration_words, night_words, percent_words

PARTS = ("numbers", "words")


@audience(Role.PATIENT)
@require_form
def night_new(request: HttpRequest) -> HttpResponse:
    """Write down a night: last night, or the one that ?date= names."""
    day = date_from(request, "date") or timezone.localdate(timezone=request.user.zone)
    if request.method != "POST" and own_nights(request).filter(diary_date=day).exists():
        messages.info(request, _("This night is already written down. Here it is."))
        return redirect("journal:night", day)
    patient = cast(User, request.user)
    night = Night(patient=patient, zone=patient.zone.key, diary_date=day)
    return _night_form(request, night, day)


@audience(Role.PATIENT)
@require_form
def night(request: HttpRequest, diary_date: date) -> HttpResponse:
    """One night: its answers to change, what can be worked out from them, and its sharing."""
    night = get_object_or_404(own_nights(request), diary_date=diary_date)
    return _night_form(request, night, diary_date)


def _night_form(request: HttpRequest, night: Night, day: date) -> HttpResponse:
    patient, is_new = cast(User, request.user), night._state.adding
    preferences = Preferences.of(patient)
    name, draft, filled = drafts.name_of_night(day), None, None
    if request.method != "POST":
        shared = {f"{part}_shared": getattr(preferences, f"shares_{part}") for part in PARTS}
        form, draft = drafts.opened(
            NightForm, patient, name, instance=night, initial=shared if is_new else {}
        )
    elif is_new and "usual" in request.POST:
        filled = usual_times(patient)
        if filled.clocks:
            filled = filled.only(one for one in IN_ORDER if not request.POST.get(one, "").strip())
        typed = {one: request.POST.get(one, "") for one in NightForm.base_fields}
        typed |= {one: clock_words(clock) for one, clock in filled.clocks.items()}
        form = NightForm(instance=night, initial=typed)
        name = _keep(request, name, typed)
    else:
        form = NightForm(request.POST, instance=night)
        if form.is_valid() and (
            saved := _save(form, preferences, drafts.names_sent(request.POST, name))
        ):
            messages.success(request, _saved_words(saved))
            return redirect("journal:index")
        name = _keep(request, name, request.POST)
    stored = None if is_new else own_nights(request).filter(pk=night.pk).first()
    if stored:
        add_openings(patient, [stored])
    context = {
        "form": form,
        "rows": form.rows(),
        "night": stored,
        "day": day,
        "is_new": is_new,
        "draft": draft,
        "draft_name": name,
        "returned": request.method == "POST",
        "shows_more": preferences.asks_more or form.has_more,
        "shares": preferences.shares_numbers or preferences.shares_words,
    }
    if is_new:
        context |= {
            "filled": filled,
            "has_usual": any(not form[one].value() for one in usual_times(patient).clocks),
            "begun": drafts.begun(patient, nights_only=True, except_for=name),
        }
    return render(request, "journal/night_form.html", context)


def _keep(request: HttpRequest, name: str, typed: Mapping[str, str]) -> str:
    """Keep what was sent and is not saved, as draft.js does; the name that its draft has."""
    try:
        kept = drafts.keep(request.user, name, typed)
    except drafts.NotKept:
        return name
    return kept.form if kept else name


def _save(form: NightForm, preferences: Preferences, names: list[str]) -> Night | None:
    """Store the night, forget its draft, and remember that the optional part is used."""
    with transaction.atomic():
        saved = form.save()
        if saved:
            Draft.objects.drop(saved.patient, *names)
            if form.answers_more and not preferences.asks_more:
                Preferences.objects.update_or_create(
                    patient=saved.patient, defaults={"asks_more": True}
                )
    return saved


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
    night = get_object_or_404(own_nights(request), diary_date=diary_date)
    if request.method == "POST":
        with transaction.atomic():
            night.delete()
            Draft.objects.drop(request.user, drafts.name_of_night(diary_date))
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
