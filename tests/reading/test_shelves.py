"""The shelves of the library: reading time, news, what is one's own; and what one has read."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from education.articles.models import Edition, Level
from education.reading.models import Reading
from tests.factories import (
    ArticleFactory,
    AssignmentFactory,
    EditionFactory,
    ReviewerFactory,
    TopicFactory,
)

READ = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def shelf(signed_in, patient):
    """shelf(time="5") gives the titles that a patient sees there."""
    client = signed_in(patient)

    def titles(**query):
        page = client.get(reverse("reading:library"), query).content.decode()
        return re.findall(r'card-title"><a href="[^"]+">(.*?)</a>', page)

    return titles


@pytest.fixture
def look(signed_in):
    def page(user, **query):
        return signed_in(user).get(reverse("reading:library"), query).content.decode()

    return page


def published(title, minutes=5, level=Level.FUNDAMENTALS, article=None):
    article = article or ArticleFactory(title=title)
    edition = EditionFactory(article=article, level=level, body="<p>About owls.</p>")
    edition.reading_minutes = minutes
    edition.save(update_fields=["reading_minutes"])
    edition.submit(edition.author)
    edition.publish(ReviewerFactory())
    return edition


def anew(edition):
    later = Edition.start(edition.article, edition.level, edition.author)
    later.submit(later.author)
    later.publish(ReviewerFactory())
    return later


def test_reading_time(shelf):
    published("Short", 5)
    long = published("Long", 11)
    published("Middle", 10)
    published("Unknown", None)
    assert shelf(time="5") == ["Short"]
    assert shelf(time="10") == ["Middle", "Short"]
    assert shelf(time="more") == ["Long"]
    assert shelf(time="x") == ["Long", "Middle", "Short", "Unknown"]
    # It is the time of the level that is asked for.
    published("Long", 4, Level.ACADEMIC, long.article)
    assert shelf(time="more", level="academic") == []
    assert shelf(time="5", level="academic") == ["Long"]
    assert shelf(time="5", q="owls") == ["Long", "Short"]


def test_news(shelf, time_machine):
    now = timezone.now()
    time_machine.move_to(now - timedelta(days=31))
    old, stays = published("Old"), published("Stays")
    time_machine.move_to(now)
    published("Brand new")
    anew(old)
    assert shelf(news="1") == ["Brand new", "Old"]
    assert shelf(news="0") == shelf() == ["Brand new", "Old", stays.article.title]
    assert sorted(shelf(news="1", q="owls")) == ["Brand new", "Old"]


def test_what_is_ones_own(shelf, patient, other_patient):
    opened, finished, given = published("Opened"), published("Finished"), published("Given")
    Reading.objects.note_opened(patient, opened)
    Reading.objects.note_opened(patient, finished)
    Reading.objects.note_finished(patient, finished)
    AssignmentFactory(patient=patient, article=given.article)
    withdrawn = AssignmentFactory(patient=patient, article=opened.article)
    withdrawn.withdraw(withdrawn.assigned_by)
    # What others do is nobody's business.
    Reading.objects.note_opened(other_patient, given)
    AssignmentFactory(patient=other_patient, article=opened.article)
    assert shelf(own="assigned") == ["Given"]
    assert shelf(own="opened") == ["Finished", "Opened"]
    assert shelf(own="finished") == ["Finished"]
    assert shelf(own="unopened") == ["Given"]
    assert shelf(own="opened", q="owls") == ["Finished", "Opened"]
    Reading.objects.take_back_finished(patient, finished)
    assert shelf(own="finished") == []


def test_staff_have_no_such_shelf(look, clinician, patient):
    published("Owls")
    for user in (clinician, ReviewerFactory()):
        page = look(user, own="finished")
        assert "Owls" in page and "Not opened yet" not in page
    assert "Not opened yet" in look(patient)


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"own": "assigned"}, "Your care team has not chosen an article for you yet."),
        ({"own": "opened"}, "You have not opened an article yet."),
        ({"own": "finished"}, "You have not said “I’ve finished” of an article yet."),
        ({"time": "more"}, "No article is all of what you have chosen."),
        ({"own": "opened", "time": "5"}, "No article is all of what you have chosen."),
        ({"q": "zebra", "own": "opened"}, "Try fewer or other words"),
    ],
)
def test_an_empty_shelf_says_why(look, patient, query, words):
    published("Owls")
    page = look(patient, **query)
    assert words in page and "Show the whole library" in page


def test_a_shelf_of_all_opened_ones_says_so(look, patient):
    Reading.objects.note_opened(patient, published("Owls"))
    assert "You have opened every article there is." in look(patient, own="unopened")


def test_choices_stay_while_others_are_made(look, patient):
    edition = published("Owls")
    edition.article.topics.add(TopicFactory(name="Clocks", slug="clocks"))
    page = look(patient, time="5", own="unopened", q="owls")
    assert "?time=5&amp;own=unopened&amp;q=owls&amp;topic=clocks" in page
    assert '<input type="hidden" name="own" value="unopened">' in page
    assert '<input type="hidden" name="time" value="5">' in page
    # What is chosen there is not folded away.
    assert re.search(r'<details class="more narrower" open>', page)
    assert 'narrower">' in look(patient, own="unopened")


def facts(page):
    return re.findall(
        r"<span class=\"chip chip-\w+\">(?:<svg.*?</svg>)?([a-z ]+[\d\w ]*)</span>", page
    )


def test_what_i_did_stands_at_its_level_with_its_day(look, patient, other_patient):
    edition = published("Owls")
    published("Owls", 9, Level.ACADEMIC, edition.article)
    Reading.objects.note_opened(patient, edition, READ)
    assert facts(look(patient)) == ["opened 2 Mar 2026"]
    # Neither follows from the other.
    Reading.objects.note_understood(patient, edition, READ + timedelta(days=1))
    assert facts(look(patient)) == ["opened 2 Mar 2026", "understood 3 Mar 2026"]
    Reading.objects.note_finished(patient, edition, READ + timedelta(days=2))
    assert facts(look(patient)) == [
        "opened 2 Mar 2026",
        "finished 4 Mar 2026",
        "understood 3 Mar 2026",
    ]
    assert facts(look(other_patient)) == facts(look(edition.author)) == []


def test_what_has_changed_since_says_so_until_it_is_opened(look, patient, other_patient):
    edition = published("Owls")
    Reading.objects.note_opened(patient, edition, READ)
    later = anew(edition)
    page = look(patient)
    assert facts(page) == ["changed since you read it"]
    assert "You read an earlier edition on 2 Mar 2026." in page
    assert f'href="/read/{edition.article.slug}/fundamentals/changes/"' in page
    assert "changed since" not in look(other_patient)
    Reading.objects.note_opened(patient, later, READ + timedelta(days=9))
    assert facts(look(patient)) == ["opened 11 Mar 2026"]


def test_a_clinician_assigns_from_here(look, clinician, patient, editor):
    edition = published("Owls")
    address = f"{reverse('care:caseload')}?article={edition.article.slug}"
    assert f'href="{address}"' in look(clinician)
    assert f'href="{address}&amp;level=fundamentals"' in look(clinician, level="fundamentals")
    for user in (patient, editor):
        assert "Assign to patients" not in look(user)
