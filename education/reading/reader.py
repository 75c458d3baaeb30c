"""What the reader shows around the text: the parts with their ways to other levels, and what the
patient did with the edition before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, CharField, F, FilteredRelation, Max, OuterRef, Q, Subquery

from accounts.models import User
from education.articles.models import Edition, Level, RenderedEdition, Section, State

from .beacon import token_for
from .evidence import Earlier, Facts
from .models import Assignment, SectionReached

_PART = '<section class="part" id="'


class _Joined(Aggregate):
    """Texts in one, with commas between them: a list that costs no query of its own."""

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ',')"
    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


def editions_for(reader: User, slug: str) -> list[Any]:
    """In one query the published editions of an article, the plainest first, and after them
    those that the patient who asks read before, the newest first."""
    editions: Any = Edition.objects.filter(article__slug=slug).select_related(
        "article", "reviewed_by"
    )
    editions = editions.annotate(part_keys=F("rendered__contents"))
    if reader.is_patient:
        reached = (
            SectionReached.objects.filter(reading=OuterRef("own__pk")).order_by().values("reading")
        )
        editions = (
            editions.annotate(
                own=FilteredRelation("readings", condition=Q(readings__patient=reader))
            )
            .filter(Q(state=State.PUBLISHED) | Q(own__isnull=False))
            .annotate(
                opened_at=F("own__opened_at"),
                finished_at=F("own__finished_at"),
                understood_at=F("own__understood_at"),
                last_key=F("own__last_section__key"),
                reached=Subquery(reached.annotate(x=_Joined("section__key")).values("x")),
                reached_at=Subquery(reached.annotate(x=Max("reached_at")).values("x")),
            )
        )
    else:
        editions = editions.filter(state=State.PUBLISHED)
    rows = list(editions)
    published = [one for one in rows if one.state == State.PUBLISHED]
    others = [one for one in rows if one.state == State.RETIRED]
    return sorted(published, key=lambda one: Level(one.level).rank) + sorted(
        others, key=lambda one: -one.number
    )


# --- The text and its parts -----------------------------------------------------------------


@dataclass(frozen=True)
class Way:
    """A level that treats some parts too."""

    url: str
    level: str
    keys: set[str]


@dataclass(frozen=True)
class Part:
    """One section of the text, and the levels that treat the same matter."""

    key: str
    # The heading, or what the part is called where it has none.
    name: str
    html: str
    simpler: Way | None
    deeper: Way | None


def parts_of(
    page: RenderedEdition, body_html: str, edition: Edition, published: Sequence[Any]
) -> list[Part]:
    """The text in its parts, so that something can stand after each of them."""
    chunks = [_PART + chunk for chunk in body_html.split(_PART)[1:]]
    if len(chunks) != len(page.contents) or not body_html.startswith(_PART):
        # A text that was stored before texts had parts.
        return []
    rank = Level(edition.level).rank
    ways = [(Level(one.level).rank, way) for one, way in _ways(published)]
    plainer = [way for other, way in reversed(ways) if other < rank]
    harder = [way for other, way in ways if other > rank]
    return [
        Part(
            key=part["key"],
            name=part["heading"] or edition.article.title,
            html=chunk,
            simpler=next((way for way in plainer if part["key"] in way.keys), None),
            deeper=next((way for way in harder if part["key"] in way.keys), None),
        )
        for part, chunk in zip(page.contents, chunks, strict=True)
    ]


def _ways(published: Sequence[Any]) -> list[tuple[Any, Way]]:
    keys = _keys_by_level(published)
    return [
        (one, Way(one.get_absolute_url(), one.get_level_display(), keys[one.pk]))
        for one in published
    ]


def _keys_by_level(published: Sequence[Any]) -> dict[int, set[str]]:
    keys = {one.pk: {part["key"] for part in one.part_keys or ()} for one in published}
    # What has not been rendered yet is asked once, for all of them.
    missing = [one.pk for one in published if one.part_keys is None]
    if missing:
        sections = Section.objects.filter(edition__in=missing).order_by()
        for edition, key in sections.values_list("edition_id", "key"):
            keys[edition].add(key)
    return keys


def next_level(edition: Edition, published: Sequence[Any]) -> Any:
    """The published level after this one, or None."""
    rank = Level(edition.level).rank
    return next((one for one in published if Level(one.level).rank > rank), None)


# --- What the patient did -------------------------------------------------------------------


@dataclass(frozen=True)
class Own:
    """What the patient who reads did with this edition, and with the one before it."""

    # Lets this page note what was on the patient's screen, for this edition only.
    token: str
    facts: Facts
    reached: list[str]
    # Where they left, as an entry of the contents; None at the beginning and after the end.
    left_at: dict[str, str] | None
    finished_at: datetime | None
    understood_at: datetime | None
    # The edition that they read before this one came out.
    earlier: Earlier | None
    is_changed: bool


def own_reading(
    patient: User,
    edition: Any,
    editions: Sequence[Any],
    contents: Sequence[dict[str, str]],
    assignment: Assignment | None,
) -> Own:
    """From what editions_for() has found, without another query."""
    there = [part["key"] for part in contents]
    keys = set((edition.reached or "").split(","))
    reached = [key for key in there if key in keys]
    facts = Facts(
        level=Level(edition.level),
        number=edition.number,
        is_current=True,
        opened_at=edition.opened_at,
        parts=len(there),
        parts_reached=len(reached),
        reached_at=edition.reached_at,
        finished_at=edition.finished_at,
        understood_at=edition.understood_at,
    )
    finished_at, understood_at = edition.finished_at, edition.understood_at
    if assignment is not None:
        finished_at = _since_assigned(finished_at, assignment.finished_at)
        understood_at = _since_assigned(understood_at, assignment.understood_at)
    earlier = _earlier(edition, editions)
    return Own(
        token=token_for(patient, edition),
        facts=facts,
        reached=reached,
        left_at=None if finished_at else _left_at(edition.last_key, contents),
        finished_at=finished_at,
        understood_at=understood_at,
        earlier=earlier,
        is_changed=earlier is not None and _last_fact(edition) is None,
    )


def _since_assigned(said: datetime | None, assigned: datetime | None) -> datetime | None:
    """When something was said of what is assigned: what was said before that is over."""
    return max(said, assigned) if said and assigned else None


def _left_at(key: str | None, contents: Sequence[dict[str, str]]) -> dict[str, str] | None:
    return next((part for part in contents[1:] if part["key"] == key), None)


def _last_fact(edition: Any) -> datetime | None:
    moments = (
        edition.opened_at,
        edition.finished_at,
        edition.understood_at,
        edition.reached_at,
    )
    return max((at for at in moments if at), default=None)


def _earlier(edition: Any, editions: Sequence[Any]) -> Earlier | None:
    for one in editions:
        is_before = one.level == edition.level and one.number < edition.number
        if is_before and (read_at := _last_fact(one)):
            return Earlier(one.number, read_at)
    return None
