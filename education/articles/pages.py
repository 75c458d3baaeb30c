"""The stored, rendered page of an edition, made anew when the glossary has changed."""

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from education.glossary.loading import term_index
from education.glossary.models import GlossaryVersion

from .models import Edition, RenderedEdition, State
from .rendering import render


def page_of(edition: Edition) -> RenderedEdition:
    """The edition as readers see it: one query where it has been rendered before.

    What is out of draft is rendered once per glossary version and kept; a draft is rendered
    anew each time and never kept.
    """
    page = (
        RenderedEdition.objects.filter(edition=edition)
        .annotate(current=Coalesce(Subquery(GlossaryVersion.objects.values("number")[:1]), 0))
        .first()
    )
    if page is not None and page.glossary_version == page.current:
        return page
    version = GlossaryVersion.current()
    result = render(edition, term_index())
    fields = {
        "glossary_version": version,
        "contents": result.contents,
        "body_html": result.body_html,
        "references_html": result.references_html,
        "terms_html": result.terms_html,
        "problems": result.problems,
    }
    if edition.state not in (State.PUBLISHED, State.RETIRED):
        return RenderedEdition(edition=edition, **fields)
    return RenderedEdition.objects.update_or_create(edition=edition, defaults=fields)[0]
