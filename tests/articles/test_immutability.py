"""What the database refuses, whatever way a change to published text comes in."""

from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from education.articles.models import Edition, EditionStateError, Figure, Section
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReviewerFactory,
)

pytestmark = pytest.mark.django_db


def refused(act):
    """Whether the database refuses; whatever it did is undone."""
    try:
        with transaction.atomic():
            act()
    except DatabaseError:
        return True
    return False


def sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture(params=["published", "retired"])
def fixed(request):
    """An edition that patients read, or have read, with a section and a figure."""
    edition = EditionFactory(body=[("One", "<p>Fixed.</p><p>{figure:night}</p>")])
    FigureFactory(edition=edition, key="night")
    edition.measure()
    edition.submit(edition.author)
    reviewer = ReviewerFactory()
    edition.publish(reviewer)
    if request.param == "retired":
        edition.retire(reviewer)
    return edition


CHANGES = {
    "queryset update": lambda e: Edition.objects.filter(pk=e.pk).update(grade_reason="x"),
    "update of the state": lambda e: Edition.objects.filter(pk=e.pk).update(state="draft"),
    "update of the author": lambda e: Edition.objects.filter(pk=e.pk).update(
        author=EditorFactory()
    ),
    "update to another article": lambda e: Edition.objects.filter(pk=e.pk).update(
        article=ArticleFactory()
    ),
    "save": lambda e: Edition(
        **{f.attname: getattr(e, f.attname) for f in Edition._meta.fields} | {"change_note": "x"}
    ).save(),
    "bulk_update": lambda e: Edition.objects.bulk_update([_noted(e)], ["change_note"]),
    "delete": lambda e: e.delete(),
    "queryset delete": lambda e: Edition.objects.filter(pk=e.pk)._raw_delete("default"),
    "raw update": lambda e: sql("UPDATE articles_edition SET number = 99 WHERE id = %s", e.pk),
    "raw delete": lambda e: sql("DELETE FROM articles_edition WHERE id = %s", e.pk),
    "back-dated review": lambda e: Edition.objects.filter(pk=e.pk).update(
        reviewed_on=date(2000, 1, 1)
    ),
    "review that is never due": lambda e: Edition.objects.filter(pk=e.pk).update(
        next_review_on=None
    ),
}


def _noted(edition):
    edition.change_note = "x"
    return edition


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_published_edition_is_changed_by_no_way(change, fixed):
    before = Edition.objects.filter(pk=fixed.pk).values().get()
    assert refused(lambda: change(fixed))
    assert Edition.objects.filter(pk=fixed.pk).values().get() == before


PART_CHANGES = {
    "section update": lambda e, draft: e.sections.update(body="<p>x</p>"),
    "section bulk_update": lambda e, draft: Section.objects.bulk_update(
        [_headed(e.sections.get())], ["heading"]
    ),
    "section delete": lambda e, draft: Section.objects.filter(edition=e).delete(),
    "section bulk_create": lambda e, draft: Section.objects.bulk_create(
        [Section(edition=e, key="more", body="<p>x</p>")]
    ),
    "section moved away": lambda e, draft: e.sections.update(edition=draft),
    "section moved in": lambda e, draft: draft.sections.update(edition=e, key="moved"),
    "figure update": lambda e, draft: e.figures.update(alt="x"),
    "figure delete": lambda e, draft: Figure.objects.filter(edition=e).delete(),
    "figure bulk_create": lambda e, draft: Figure.objects.bulk_create(
        [Figure(edition=e, key="more", image="x.png", width=1, height=1)]
    ),
    "figure moved away": lambda e, draft: e.figures.update(edition=draft),
    "raw section update": lambda e, draft: sql(
        "UPDATE articles_section SET body = '' WHERE edition_id = %s", e.pk
    ),
    "raw section insert": lambda e, draft: sql(
        "INSERT INTO articles_section (edition_id, position, key, heading, body) "
        "VALUES (%s, 9, 'raw', '', '')",
        e.pk,
    ),
    "raw figure delete": lambda e, draft: sql(
        "DELETE FROM articles_figure WHERE edition_id = %s", e.pk
    ),
}


def _headed(section):
    section.heading = "x"
    return section


def parts_of(edition):
    return list(edition.sections.values()) + list(edition.figures.values())


@pytest.mark.parametrize("change", PART_CHANGES.values(), ids=PART_CHANGES.keys())
@pytest.mark.parametrize("state", ["review", "published", "retired"])
def test_the_text_of_what_is_out_of_draft_is_changed_by_no_way(state, change, reviewer):
    edition = EditionFactory(body=[("One", "<p>Fixed.</p><p>{figure:night}</p>")])
    FigureFactory(edition=edition, key="night")
    edition.submit(edition.author)
    if state != "review":
        edition.publish(reviewer)
    if state == "retired":
        edition.retire(reviewer)
    draft = EditionFactory()
    before = parts_of(edition)
    assert refused(lambda: change(edition, draft))
    assert parts_of(edition) == before


def test_models_refuse_in_kinder_words():
    edition = PublishedEditionFactory()
    section = edition.sections.get()
    for act in (section.save, section.delete, lambda: FigureFactory(edition=edition)):
        with pytest.raises(EditionStateError, match="Start a new edition"):
            act()


@pytest.mark.only_on("sqlite3")
@pytest.mark.parametrize("table", ["articles_edition", "articles_section", "articles_figure"])
def test_sqlite_can_not_replace_it_either(fixed, table):
    rows = {
        "articles_edition": fixed,
        "articles_section": fixed.sections.get(),
        "articles_figure": fixed.figures.get(),
    }
    statement = f"REPLACE INTO {table} SELECT * FROM {table} WHERE id = %s"
    assert refused(lambda: sql(statement, rows[table].pk))
