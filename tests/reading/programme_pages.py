"""What the tests of programmes share: making one, and filling in its form."""

from django.urls import reverse
from django.utils import timezone

from education.articles.models import Article, Edition, Level, State
from education.reading.models import Programme, ProgrammeStep
from tests.factories import EditorFactory, PublishedEditionFactory, ReviewerFactory

NEW = "/programmes/new/"


def published(title, level=Level.FUNDAMENTALS, **more):
    """An article that patients can read at this level."""
    edition = PublishedEditionFactory(
        article__title=title,
        article__slug=title.lower().replace(" ", "-"),
        level=level,
        grade_reason="Written for a test.",
        **more,
    )
    return edition.article


def many_published(count):
    """Many such articles, light-0 and on, at little cost."""
    articles = Article.objects.bulk_create(
        Article(title=f"Light {number}", slug=f"light-{number}") for number in range(count)
    )
    author, reviewer, now = EditorFactory(), ReviewerFactory(), timezone.now()
    Edition.objects.bulk_create(
        Edition(
            article=article, level=Level.FUNDAMENTALS, number=1, state=State.PUBLISHED,
            author=author, reviewed_by=reviewer, reviewed_on=now.date(), published_at=now,
        )
        for article in articles
    )  # fmt: skip
    return articles


def add_level(article, level):
    return PublishedEditionFactory(article=article, level=level, grade_reason="Written for a test.")


def withdraw_level(article, level):
    Edition.objects.published().get(article=article, level=level).retire(EditorFactory())


def programme(*steps, name="First weeks", **more):
    """A programme of (article, level, days)."""
    made = Programme.objects.create(name=name, **more)
    ProgrammeStep.objects.bulk_create(
        ProgrammeStep(programme=made, position=place, article=article, level=level, days=days)
        for place, (article, level, days) in enumerate(steps, start=1)
    )
    return made


def steps_of(made):
    return list(made.steps.values_list("article__slug", "level", "days"))


def filled(*steps, name="First weeks", **more):
    """The form as a browser sends it; steps are (slug, level, days)."""
    data = {"name": name, "description": "", "do": "save", "pick": "", **more}
    for index, values in enumerate(steps):
        for field, value in zip(("article", "level", "days"), values, strict=True):
            data[f"step-{index}-{field}"] = value
    return data


def shown(response):
    """The steps in the form of a page: (slug, level, days)."""
    return [
        (step.shelved.article.slug, step["level"].value(), str(step["days"].value()))
        for step in response.context["steps"]
    ]


def page_of(made):
    return reverse("programmes:programme", args=[made.public_id])


def edit_of(made):
    return reverse("programmes:edit", args=[made.public_id])
