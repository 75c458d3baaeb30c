"""What the care team sees of the journal: share, and stop."""

import uuid
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import Role
from education.journal.models import Reflection
from education.journal.views.asking import back, own_nights, own_reflection


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
            if not own_nights(request).filter(pk=night.pk).set_shared(part, wish == "share"):
                raise Http404  # Another tab has just deleted it.
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
        own = Reflection.objects.visible_to(request.user)
        if not own.filter(pk=reflection.pk).set_shared(wish == "share"):
            raise Http404  # Another tab has just deleted it.
        messages.success(request, said[wish])
    else:
        messages.info(request, _("Nothing was changed."))
    return back(request)
