"""What a patient says about an article: finished, understood, and each taken back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.audience import audience
from accounts.models import Role
from education.articles.models import Edition, Level
from education.reading.beacon import shown_edition
from education.reading.models import Reading


@audience(Role.PATIENT)
@require_POST
def finish(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """The patient says “I’ve finished”, or takes it back."""
    edition = _edition_or_404(request, slug, level)
    if _takes_back(request):
        Reading.objects.take_back_finished(request.user, edition)
        messages.info(request, _("Marked as not finished."))
    else:
        Reading.objects.note_finished(request.user, edition)
        _say(request, edition, _("Marked as finished. Your care team can see that."))
    return _back(slug, level)


@audience(Role.PATIENT)
@require_POST
def understand(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """The patient says “I understand”, or takes it back."""
    edition = _edition_or_404(request, slug, level)
    if _takes_back(request):
        Reading.objects.take_back_understood(request.user, edition)
        messages.info(request, _("“I understand” is taken back."))
    else:
        Reading.objects.note_understood(request.user, edition)
        _say(request, edition, _("Noted: you understand this. Your care team can see that."))
    return _back(slug, level)


def _edition_or_404(request: HttpRequest, slug: str, level: Level) -> Edition:
    """The edition that was on the page, although another may have come out since."""
    editions = Edition.objects.select_related("article").filter(article__slug=slug, level=level)
    if shown := shown_edition(request.POST.get("page", ""), request.user):
        return get_object_or_404(editions, pk=shown)
    number = request.GET.get("edition", "")
    if number.isdecimal() and len(number) <= 4:
        said = Reading.objects.visible_to(request.user).filter(edition__number=int(number))
        if edition := editions.filter(pk__in=said.values("edition")).first():
            return edition
    return get_object_or_404(editions.published())


def _takes_back(request: HttpRequest) -> bool:
    # In the address where a message offers Undo: its form carries no fields.
    return bool(request.POST.get("undo") or request.GET.get("undo"))


def _say(request: HttpRequest, edition: Edition, text: str) -> None:
    undo = f"{request.path}?undo=1&edition={edition.number}"
    messages.success(request, text, extra_tags=f"undo:{undo}")


def _back(slug: str, level: Level) -> HttpResponse:
    return redirect(f"{reverse('reading:reader', args=[slug, level])}#done")
