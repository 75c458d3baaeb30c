"""What the care team sees of the journal: look at it, share, and stop."""

import uuid
from collections.abc import Sequence
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import CareRelationship, Role
from accounts.opened import Openings
from education.journal import sharing_changes
from education.journal.diary import STRETCHES, Diary
from education.journal.forms.sharing import NewEntriesForm
from education.journal.models import Preferences, Reflection
from education.journal.sharing import Look, Shared, team_of
from education.journal.views.asking import back, own_nights, own_reflection, require_form, sent


@audience(Role.PATIENT)
@require_form
def sharing(request: HttpRequest) -> HttpResponse:
    """Who sees what of the journal, exactly as they see it, and what new entries begin with."""
    wishes = Preferences.of(request.user)
    form = NewEntriesForm(sent(request), instance=wishes)
    if request.method == "POST" and form.is_valid():
        sharing_changes.set_wishes(request.user, form.cleaned_data)
        messages.success(request, _wishes_words(form))
        return redirect("journal:sharing")
    team = team_of(request.user)
    openings = Openings(request.user, page=bool(team))
    for care in team:
        # Theirs alone, and none of an earlier time in the team.
        found = openings.of_page(care.started_at)
        care.opened_page = next((one.at for one in found if one.by == care.clinician_id), None)
    shown_to = _shown_to(request, team)
    day = timezone.localdate(timezone=request.user.zone)
    context = {
        "form": form,
        "team": team,
        "shown_to": shown_to,
        "stretches": STRETCHES,
        "shares_something": sharing_changes.shares_something(request.user, wishes),
    }
    if days := _days(request):
        context |= {"days": days, "shared": _nights_only(request, day, days)}
    else:
        look = Look.of(shown_to) if shown_to else None
        context["shared"] = Shared.preview(request.user, day, look)
    return render(request, "journal/sharing.html", context)


def _wishes_words(form: NewEntriesForm) -> str:
    if any(form.cleaned_data.values()):
        return _("New entries begin shared as you chose. What you wrote before stays as it was.")
    return _("New entries begin private. What you wrote before stays as it was.")


def _shown_to(request: HttpRequest, team: Sequence[CareRelationship]) -> CareRelationship | None:
    """Whose page is previewed: the one that ?for= names, or whoever has cared longest."""
    wanted = request.GET.get("for")
    if wanted is None:
        return team[0] if team else None
    for care in team:
        if str(care.clinician.public_id) == wanted:
            return care
    raise Http404


def _days(request: HttpRequest) -> int | None:
    """The stretch of the page with more nights that is previewed, if any; 404 for others."""
    wanted = request.GET.get("last")
    if wanted is None:
        return None
    for days in STRETCHES:
        if wanted == str(days):
            return days
    raise Http404


def _nights_only(request: HttpRequest, day: date, days: int) -> Shared:
    return Shared(Diary.preview(request.user, until=day, days=days))


# --- Many at once ---------------------------------------------------------------------------


@audience(Role.PATIENT)
@require_POST
def share_nights(request: HttpRequest) -> HttpResponse:
    """Share the numbers of the last 14 nights."""
    day = timezone.localdate(timezone=request.user.zone)
    n = sharing_changes.share_last_nights(request.user, day)
    if n:
        words = ngettext(
            "Your care team can now see the numbers of %(n)d more night.",
            "Your care team can now see the numbers of %(n)d more nights.",
            n,
        )
        _say_with_undo(request, words % {"n": n})
    else:
        messages.info(request, _("No night of the last 14 has numbers that are not shared."))
    return redirect("journal:sharing")


@audience(Role.PATIENT)
@require_form
def stop_sharing(request: HttpRequest) -> HttpResponse:
    """Ask, then make everything private, what is still to be written included."""
    if request.method == "POST":
        if sharing_changes.stop_everything(request.user):
            _say_with_undo(request, _("Nothing is shared any more. New entries begin private."))
        else:
            messages.info(request, _("Nothing is shared."))
        return redirect("journal:sharing")
    team = team_of(request.user)
    context = {
        "counts": sharing_changes.counts(request.user),
        "names": get_text_list([care.clinician.name for care in team], _("and")),
    }
    return render(request, "journal/stop_sharing.html", context)


@audience(Role.PATIENT)
@require_POST
def undo_sharing(request: HttpRequest) -> HttpResponse:
    """Take the last change of many entries back."""
    if sharing_changes.undo(request.user):
        messages.success(request, _("Sharing is as it was before."))
    else:
        messages.info(request, _("There is nothing to take back any more."))
    return redirect("journal:sharing")


def _say_with_undo(request: HttpRequest, text: str) -> None:
    undo_url = reverse("journal:undo_sharing")
    messages.success(request, text, extra_tags=f"undo:{undo_url}")


# --- One entry ------------------------------------------------------------------------------


@audience(Role.PATIENT)
@require_POST
def night_share(request: HttpRequest, diary_date: date) -> HttpResponse:
    """Share a night's numbers or words, or stop; effective at once."""
    night = get_object_or_404(own_nights(request), diary_date=diary_date)
    said = {
        ("numbers", "share"): _("Your care team can now see the numbers of this night."),
        ("numbers", "stop"): _("The numbers of this night are private again."),
        ("words", "share"): _("Your care team can now see your words about this night."),
        ("words", "stop"): _("Your words about this night are private again."),
    }
    for part in ("numbers", "words"):
        wish = request.POST.get(part)
        if (part, wish) in said:
            own = own_nights(request).filter(pk=night.pk)
            sharing_changes.set_night(request.user, own, part, wish == "share")
            messages.success(request, said[part, wish])
            return back(request)
    messages.info(request, _("Nothing was changed."))
    return back(request)


@audience(Role.PATIENT)
@require_POST
def reflection_share(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Share a reflection, or stop; effective at once."""
    reflection = own_reflection(request, public_id)
    said = {
        "share": _("Your care team can now see this reflection."),
        "stop": _("This reflection is private again."),
    }
    wish = request.POST.get("words")
    if wish in said:
        own = Reflection.objects.visible_to(request.user).filter(pk=reflection.pk)
        sharing_changes.set_reflection(request.user, own, wish == "share")
        messages.success(request, said[wish])
    else:
        messages.info(request, _("Nothing was changed."))
    return back(request)
