"""Which texts cite which references."""

from collections.abc import Iterable

from .models import Edition, Reference, Section, State
from .rendering import cited_keys


def is_cited(reference: Reference) -> bool:
    """Whether the text of any edition, old ones too, cites this reference."""
    bodies = Section.objects.filter(body__contains=f"@{reference.key}")
    return any(reference.key in cited_keys(body) for body in bodies.values_list("body", flat=True))


def editions_citing(reference: Reference) -> list[Edition]:
    """The editions that cite it, with their articles; what is retired stands last."""
    sections = Section.objects.filter(body__contains=f"@{reference.key}")
    pks = {
        edition
        for edition, body in sections.values_list("edition", "body")
        if reference.key in cited_keys(body)
    }
    editions = Edition.objects.filter(pk__in=pks).select_related("article")
    return sorted(
        editions.order_by("article__title", "article", "pk"),
        key=lambda edition: edition.state == State.RETIRED,
    )


def articles_citing() -> dict[str, set[int]]:
    """For each reference that is cited, the articles in which it is; retired editions aside.

    One query, whatever the number of references.
    """
    sections = Section.objects.filter(body__contains="[@").exclude(edition__state=State.RETIRED)
    return _by_key(sections.order_by().values_list("edition__article", "body").iterator())


def _by_key(cited_in: Iterable[tuple[int, str]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for article, body in cited_in:
        for key in cited_keys(body):
            found.setdefault(key, set()).add(article)
    return found
