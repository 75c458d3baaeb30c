"""What has changed in a level since the reader read it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.audience import EVERYONE, audience
from accounts.replica import from_replica
from education.articles.comparison import compare, edition_before
from education.articles.models import Edition, Level
from education.reading.evidence import edition_read_before


@audience(EVERYONE)
@require_safe
@from_replica
def changes(request: HttpRequest, slug: str, level: Level) -> HttpResponse:
    """For a patient, what differs from the edition that they read; else, from the one before."""
    new = get_object_or_404(
        Edition.objects.published().select_related("article"), article__slug=slug, level=level
    )
    old = edition_read_before(request.user, new) if request.user.is_patient else edition_before(new)
    if old is None:
        raise Http404
    between = (
        Edition.objects.filter(article=new.article_id, level=level, published_at__isnull=False)
        .filter(number__gt=old.number, number__lte=new.number)
        .order_by("-number")
    )
    comparison = compare(old, new, for_readers=True)
    return render(
        request,
        "reading/changes.html",
        {
            "article": new.article,
            "edition": new,
            "old": old,
            "comparison": comparison,
            "sections": [one for one in comparison.sections if one.is_changed],
            "notes": [one for one in between if one.change_note],
        },
    )
