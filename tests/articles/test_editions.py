"""The life of an edition: its steps, who may take them, and what the database refuses."""

import threading
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Role
from education.articles import immutability
from education.articles.models import (
    Edition,
    EditionStateError,
    ReviewStep,
    Section,
    State,
)
from education.articles.models.lifecycle import next_review, refuse_review_day, review_day_in
from tests.factories import (
    ArticleFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReviewerFactory,
)

pytestmark = pytest.mark.django_db


def steps_of(edition):
    return list(edition.steps.values_list("action", "by", "note"))


def in_review(**fields):
    edition = EditionFactory(**fields)
    edition.measure()
    edition.submit(edition.author)
    return edition


# --- The steps ------------------------------------------------------------------------------


def test_every_step_is_kept_with_who_and_why(editor, reviewer):
    article = ArticleFactory()
    edition = Edition.start(article, "fundamentals", editor)
    Section.objects.create(edition=edition, key="a", body="<p>Words.</p>")
    edition.submit(editor)
    edition.send_back("  Say how long.  ", reviewer)
    edition.submit(editor)
    edition.publish(reviewer)
    edition.confirm(reviewer, timezone.localdate() + timedelta(days=700))
    edition.retire(editor)
    assert steps_of(edition) == [
        ("started", editor.pk, ""),
        ("submitted", editor.pk, ""),
        ("sent_back", reviewer.pk, "Say how long."),
        ("submitted", editor.pk, ""),
        ("published", reviewer.pk, ""),
        ("confirmed", reviewer.pk, ""),
        ("retired", editor.pk, ""),
    ]


def test_a_new_edition_is_a_copy_of_what_patients_read(editor, reviewer):
    published = PublishedEditionFactory(body=[("One", "<p>As it is read.</p>")])
    later = Edition.start(published.article, published.level, editor)
    later.sections.update(body="<p>Never published.</p>")
    FigureFactory(edition=later, key="night")
    later.submit(editor)
    later.publish(reviewer)
    later.retire(editor)
    # Nothing is published now: the newest is copied, with its figures.
    third = Edition.start(published.article, published.level, editor)
    assert (third.number, third.sections.get().body) == (3, "<p>Never published.</p>")
    assert third.figures.get().key == "night"


def test_a_new_edition_copies_the_published_one_even_where_a_newer_one_was_retired(
    editor, reviewer
):
    published = PublishedEditionFactory(body="<p>As it is read.</p>")
    Edition.objects.create(
        article=published.article,
        level=published.level,
        author=editor,
        number=7,
        state=State.RETIRED,
        reviewed_by=reviewer,
        reviewed_on=timezone.localdate(),
        published_at=timezone.now(),
    )
    draft = Edition.start(published.article, published.level, editor)
    assert (draft.number, draft.sections.get().body) == (8, "<p>As it is read.</p>")


def test_publishing_retires_the_former_edition_and_says_so(editor, reviewer):
    first = PublishedEditionFactory()
    second = Edition.start(first.article, first.level, editor)
    second.submit(editor)
    second.publish(reviewer)
    first.refresh_from_db()
    assert (first.state, second.state) == (State.RETIRED, State.PUBLISHED)
    assert steps_of(first)[-1] == ("retired", reviewer.pk, "Edition 2 took its place.")


def test_a_step_that_fails_is_not_kept(reviewer):
    edition = EditionFactory()
    with pytest.raises(EditionStateError):
        edition.send_back("Not in review.", reviewer)
    with pytest.raises(EditionStateError):
        edition.retire(reviewer)
    with pytest.raises(EditionStateError):
        edition.publish(reviewer)
    assert steps_of(edition) == []


def test_a_reason_is_needed_and_stays(reviewer):
    edition = in_review()
    with pytest.raises(EditionStateError, match="Say what should be changed"):
        edition.send_back(" \n ", reviewer)
    edition.send_back("Shorter, please.", reviewer)
    edition.submit(edition.author)
    assert edition.review_note == ""
    assert edition.steps.get(action="sent_back").note == "Shorter, please."
    with pytest.raises(DatabaseError), transaction.atomic():
        edition.steps.filter(action="sent_back").update(note="Something else.")


# --- Four eyes ------------------------------------------------------------------------------


def test_nobody_approves_what_they_wrote_and_only_reviewers_approve(editor, clinician):
    author = EditorFactory()
    edition = in_review(author=author)
    author.role, author.may_review = Role.CLINICIAN, True
    author.save()
    for who, words in ((author, "somebody else"), (editor, "Only a"), (clinician, "Only a")):
        with pytest.raises(EditionStateError, match=words):
            edition.publish(who)
    edition.publish(ReviewerFactory())
    for who, words in ((author, "somebody else"), (editor, "Only a")):
        with pytest.raises(EditionStateError, match=words):
            edition.confirm(who)


def test_patients_and_clinicians_retire_nothing(patient, clinician):
    edition = PublishedEditionFactory()
    for who in (patient, clinician):
        with pytest.raises(EditionStateError, match="Only an editor"):
            edition.retire(who)


# --- Publishing is refused ------------------------------------------------------------------


def test_publishing_names_everything_that_is_in_the_way(reviewer):
    edition = in_review(
        article=ArticleFactory(summary=""), body="<p>Said [@nobody-2020].</p><h4>Deep</h4>"
    )
    with pytest.raises(EditionStateError) as refused:
        edition.publish(reviewer)
    words = " ".join(refused.value.messages)
    for reason in ("nobody-2020", "no summary", "heading level is skipped"):
        assert reason in words
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


def test_publishing_looks_at_what_is_saved_not_at_what_was_loaded(reviewer):
    edition = in_review()
    type(edition.article).objects.update(summary="")
    with pytest.raises(EditionStateError, match="no summary"):
        edition.publish(reviewer)


# --- Days -----------------------------------------------------------------------------------


def test_the_next_review_is_in_a_year_or_on_a_chosen_day(reviewer):
    edition = PublishedEditionFactory()
    assert edition.next_review_on == edition.reviewed_on + timedelta(days=365)
    other = in_review()
    chosen = timezone.localdate() + timedelta(days=30)
    other.publish(reviewer, chosen)
    assert other.next_review_on == chosen


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "after today"), (-1, "after today"), (5 * 366 + 1, "within 5 years")],
)
def test_a_review_is_neither_today_nor_in_a_distant_future(days, words, reviewer):
    edition = in_review()
    day = timezone.localdate(timezone=reviewer.zone) + timedelta(days=days)
    with pytest.raises(EditionStateError, match=words):
        edition.publish(reviewer, day)
    edition.publish(reviewer)
    with pytest.raises(EditionStateError, match=words):
        edition.confirm(reviewer, day)


@given(today=st.dates(date(1990, 1, 1), date(2200, 1, 1)), months=st.integers(1, 60))
def test_days_of_review_are_days_of_the_calendar(today, months):
    day = review_day_in(months, today)
    assert (day.year - today.year) * 12 + day.month - today.month == months
    assert day.day <= today.day
    refuse_review_day(day, today)
    refuse_review_day(next_review(today), today)
    with pytest.raises(ValidationError):
        refuse_review_day(review_day_in(60, today) + timedelta(days=1), today)


def test_a_second_review_moves_the_dates_and_nothing_else(reviewer):
    edition = PublishedEditionFactory(body="<p>Still right.</p>")
    day = timezone.localdate() + timedelta(days=500)
    edition.confirm(reviewer, day)
    edition.refresh_from_db()
    assert (edition.state, edition.reviewed_by, edition.next_review_on) == (
        State.PUBLISHED,
        reviewer,
        day,
    )
    assert edition.sections.get().body == "<p>Still right.</p>"


def test_a_review_from_a_time_zone_where_it_is_still_yesterday_is_not_dated_back():
    east = ReviewerFactory(time_zone="Pacific/Kiritimati")
    west = ReviewerFactory(time_zone="Pacific/Pago_Pago")
    edition = PublishedEditionFactory(reviewer=east)
    reviewed_on = edition.reviewed_on
    edition.confirm(west)
    assert edition.reviewed_on == reviewed_on
    with pytest.raises(EditionStateError, match="after today"):
        edition.confirm(west, timezone.localdate(timezone=west.zone) + timedelta(days=1))


# --- Two at once ----------------------------------------------------------------------------


def test_of_two_stale_pages_one_publishes_and_the_other_is_told_who_did(reviewer):
    edition = in_review()
    mine, theirs = Edition.objects.get(pk=edition.pk), Edition.objects.get(pk=edition.pk)
    mine.publish(reviewer)
    with pytest.raises(EditionStateError, match=f"{reviewer.name} has already published"):
        theirs.publish(ReviewerFactory())
    assert Edition.objects.published().count() == 1
    assert list(mine.steps.filter(action="published").values_list("by")) == [(reviewer.pk,)]


@pytest.fixture
def emptied_afterwards(transactional_db):
    """The triggers would keep published editions from being removed after the test."""
    yield
    immutability.uninstall(connection)


@pytest.fixture
def triggers_again(django_db_blocker):
    """Below `transactional_db`: after the tables have been emptied, the triggers come back."""
    yield
    with django_db_blocker.unblock():
        immutability.install(connection)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_two_reviewers_publish_at_the_same_moment(_round, triggers_again, emptied_afterwards):
    former = PublishedEditionFactory()
    edition = Edition.start(former.article, former.level, former.author)
    edition.submit(former.author)
    reviewers = [ReviewerFactory(), ReviewerFactory()]
    together = threading.Barrier(2)
    said = []

    def publish(reviewer):
        try:
            mine = Edition.objects.get(pk=edition.pk)
            together.wait(10)
            mine.publish(reviewer)
            said.append("published")
        except EditionStateError as error:
            said.append(" ".join(error.messages))
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[one]) for one in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said)[1] == "published"
    assert "has already published this edition" in sorted(said)[0]
    assert list(Edition.objects.published()) == [edition]
    assert ReviewStep.objects.filter(edition=edition, action="published").count() == 1
    assert ReviewStep.objects.filter(edition=former, action="retired").count() == 1


def test_starting_twice_is_a_message(editor):
    article = ArticleFactory()
    Edition.start(article, "academic", editor)
    with pytest.raises(EditionStateError, match="already has an edition in work"):
        Edition.start(article, "academic", EditorFactory())
    assert ReviewStep.objects.count() == 1
