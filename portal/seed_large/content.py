"""Articles to assign: as many as a large clinic would have."""

from dataclasses import dataclass
from random import Random

from django.db import transaction

from accounts.models import Role, User
from education.articles.models import Article, Edition, Level, Section, State, Topic
from education.articles.search import index

from .rows import DAY, Clock, some_id

EDITOR = "large-editor@example.org"
REVIEWER = "large-reviewer@example.org"
TOPIC = "made-up-matters"
HEADINGS = ("What it is", "Why it happens", "What you can do", "When to ask", "What comes next")
WORDS = (
    "sleep night light morning evening hormone body clock rest quiet room warm cool walk day "
    "visit diary team question slowly often sometimes earlier later longer shorter before after"
).split()
MINUTES = {Level.FUNDAMENTALS: 4, Level.INTERMEDIATE: 8, Level.ACADEMIC: 14}
GRADES = {Level.FUNDAMENTALS: 6.5, Level.INTERMEDIATE: 9.5, Level.ACADEMIC: 13.5}


@dataclass(frozen=True)
class Text:
    """A published edition and its sections, by id."""

    edition: int
    sections: tuple[int, ...]


# By article, its published editions by level.
Library = list[tuple[int, dict[str, Text]]]


@transaction.atomic
def write_articles(count: int, chance: Random, clock: Clock) -> None:
    """Published articles at three levels, in bulk: publishing is not what a large demo is for."""
    editor = User.objects.create_user(
        EDITOR, name="Edda Editor", role=Role.EDITOR, public_id=some_id(chance)
    )
    reviewer = User.objects.create_user(
        REVIEWER, name="Dr Rolf Reviewer", role=Role.CLINICIAN, may_review=True,
        public_id=some_id(chance),
    )  # fmt: skip
    topic, _ = Topic.objects.get_or_create(
        slug=TOPIC, defaults={"name": "Made-up matters", "position": 99}
    )
    articles = Article.objects.bulk_create(
        Article(
            slug=f"made-up-matter-{number}",
            title=f"Made-up matter {number}: {' '.join(chance.sample(WORDS, 3))}",
            summary="Text of a large demo, made of words in no order.",
        )
        for number in range(1, count + 1)
    )
    Article.topics.through.objects.bulk_create(
        Article.topics.through(article=article, topic=topic) for article in articles
    )
    editions = Edition.objects.bulk_create(
        Edition(
            article=article,
            level=level,
            number=1,
            author=editor,
            reading_minutes=MINUTES[level],
            reading_grade=GRADES[level],
        )
        for article in articles
        for level in Level
    )
    Section.objects.bulk_create(
        Section(
            edition=edition,
            position=place,
            key=f"part-{place}",
            heading=heading,
            body=f"<p>{' '.join(chance.choices(WORDS, k=120)).capitalize()}.</p>",
        )
        for edition in editions
        for place, heading in enumerate(HEADINGS)
    )
    at = clock.at(clock.now - 400 * DAY)
    Edition.objects.filter(pk__in=[one.pk for one in editions]).update(
        state=State.PUBLISHED, reviewed_by=reviewer, reviewed_on=at.date(), published_at=at
    )
    index.reindex()


def library() -> Library:
    """Everything that is published, in an order that the seed decides alone."""
    sections: dict[int, list[int]] = {}
    published = Edition.objects.published().order_by("article__slug", "level")
    for edition, section in (
        Section.objects.filter(edition__in=published)
        .order_by("edition", "position")
        .values_list("edition", "pk")
    ):
        sections.setdefault(edition, []).append(section)
    found: dict[int, dict[str, Text]] = {}
    for pk, article, level in published.values_list("pk", "article", "level"):
        found.setdefault(article, {})[level] = Text(pk, tuple(sections.get(pk, ())))
    return list(found.items())
