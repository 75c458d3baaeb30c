"""Writing down a night, changing it, deleting it."""

from datetime import date
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audience import audience
from accounts.models import Role, User
from education.journal.forms import NightForm
from education.journal.models import Night
from education.journal.views.asking import date_from, own_nights, require_form, sent
from education.journal.words import duration_words, night_words, percent_words


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
    is_new = night._state.adding
    form = NightForm(sent(request), instance=night)
    if request.method == "POST" and form.is_valid() and (saved := form.save()):
        messages.success(request, _saved_words(saved))
        return redirect("journal:index")
    stored = None if is_new else own_nights(request).filter(pk=night.pk).first()
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
    night = get_object_or_404(own_nights(request), diary_date=diary_date)
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
