"""The stored, rendered page of an edition, made anew when the glossary has changed."""

import logging

from django.db import DatabaseError, connection, transaction
from django.db.models import Subquery
from django.db.models.functions import Coalesce
from django.db.models.signals import post_save
from django.dispatch import receiver

from education.glossary.annotate import TermIndex, marked_slugs
from education.glossary.loading import term_index
from education.glossary.models import GlossaryVersion, Term
from education.glossary.signals import glossary_changed

from .models import Edition, Reference, RenderedEdition, ReviewStep, State
from .rendering import render

# So many pages are made anew while an editor waits for a save; the rest when they are read.
EAGERLY = 30

logger = logging.getLogger(__name__)


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
    # Read before the terms: a change in between makes the page stale, never falsely fresh.
    version = GlossaryVersion.current()
    return _rendered(edition, term_index(), version)


def render_stale(limit: int | None = None) -> int:
    """Render published editions whose page is missing or older than the glossary, oldest
    editions first; returns how many."""
    version = GlossaryVersion.current()
    stale = list(
        Edition.objects.published()
        .exclude(rendered__glossary_version=version)
        .order_by("pk")[:limit]
    )
    if stale:
        index = term_index()
        for edition in stale:
            _rendered(edition, index, version)
    return len(stale)


def _rendered(edition: Edition, index: TermIndex, version: int) -> RenderedEdition:
    result = render(edition, index)
    fields = {
        "glossary_version": version,
        "contents": result.contents,
        "body_html": result.body_html,
        "references_html": result.references_html,
        "terms_html": result.terms_html,
        "problems": result.problems,
    }
    if edition.state in (State.PUBLISHED, State.RETIRED):
        try:
            with transaction.atomic():
                page, _created = RenderedEdition.objects.update_or_create(
                    edition=edition, defaults=fields
                )
                page.terms.set(Term.objects.filter(slug__in=marked_slugs(result.body_html)))
            return page
        except DatabaseError:
            # A term or the edition went in this moment, or the disk is full. The page is a
            # copy: it is shown now, and the next reader’s is kept.
            logger.warning("The page of edition %s could not be kept.", edition.pk)
    return RenderedEdition(edition=edition, **fields)


@receiver(glossary_changed, dispatch_uid="articles.pages.glossary")
def _after_the_glossary(**kwargs: object) -> None:
    """So that “appears in” is right soon after an editor’s save."""
    render_stale(EAGERLY)


@receiver(post_save, sender=ReviewStep, dispatch_uid="articles.pages.published")
def _after_publishing(instance: ReviewStep, created: bool, **kwargs: object) -> None:
    """A new edition has its page, and its place in the glossary, before it is first read."""
    if created and instance.action == ReviewStep.Action.PUBLISHED:
        transaction.on_commit(lambda: render_stale(EAGERLY), robust=True)


@receiver(post_save, sender=Reference, dispatch_uid="articles.pages.reference")
def _after_a_reference(created: bool, **kwargs: object) -> None:
    """The pages that cite it are gone; without them “appears in” would leave their articles out."""
    if not created and not any(function is _again for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_again, robust=True)


def _again() -> None:
    render_stale(EAGERLY)
