"""The reviewer's page: the text as patients see it, what has changed, and the decision."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from education.articles.models import Edition, State
from tests.factories import (
    EditionFactory,
    FigureFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TermFactory,
)

from .admin_pages import change_url, texts_of

pytestmark = pytest.mark.django_db


def act(name, edition):
    return reverse(f"admin:articles_edition_{name}", args=[edition.pk])


@pytest.fixture
def edition(editor):
    """A second edition in review, with something changed, cited, drawn and explained."""
    ReferenceFactory(key="new-2020")
    TermFactory(name="hormone", slug="hormone")
    body = "<p>A hormone works at night [@new-2020].</p><p>{figure:night}</p>"
    first = EditionFactory(body=[("One", body), ("Two", "<p>Stays as it is.</p>")])
    FigureFactory(edition=first, key="night", alt="A curve of one night.")
    first.measure()
    first.submit(first.author)
    first.publish(ReviewerFactory())
    second = Edition.start(first.article, first.level, editor)
    second.sections.filter(key="part-0").update(body=body.replace("at night", "by day as well"))
    second.submit(editor)
    return second


def page_of(client, edition):
    response = client.get(change_url(edition))
    assert response.status_code == 200
    return response.content.decode()


def test_the_reviewer_sees_all_that_a_decision_needs(edition, reviewer, signed_in):
    edition.send_back("Name the hours.", ReviewerFactory(name="Dr Former"))
    edition.submit(edition.author)
    page = page_of(signed_in(reviewer), edition)
    assert 'class="figure"' in page and "A curve of one night." in page
    assert "popovertarget" in page
    assert "A study of nights" in page
    assert re.search(r"<ins>.*by day as well", page)
    assert "1 section stayed as it was" in page
    assert "Nobody has checked the reference" in page
    assert "Name the hours." in page and "Dr Former" in page
    assert "Hardest sentences" in page
    assert "Approve and publish" in page and "Send back" in page


def test_editors_see_the_same_without_the_decision(edition, editor, signed_in):
    page = page_of(signed_in(editor), edition)
    assert "by day as well" in page and "Steps so far" in page
    assert "Approve and publish" not in page and "Send back" not in page


@pytest.mark.once
def test_ids_on_the_page_are_there_once_and_links_lead_somewhere(edition, reviewer, signed_in):
    page = page_of(signed_in(reviewer), edition)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'href="#([^"]+)"', page):
        assert target in ids, target
    for target in re.findall(r'popovertarget="([^"]+)"', page):
        assert target in ids, target


@pytest.mark.once
def test_every_finding_leads_to_a_place_that_is_there(editor, reviewer, signed_in):
    body = "<p>Said [@nobody-2020].</p><p>{figure:gone}</p>"
    draft = EditionFactory(body=[("One", "<p>Fine.</p>"), ("Two", body)], author=editor)
    FigureFactory(edition=draft, alt="")
    page = page_of(signed_in(editor), draft)
    places = re.findall(rf'href="{change_url(draft)}#([^"]+)"', page)
    assert len(places) >= 3
    for place in places:
        assert f'id="{place}"' in page
    draft.submit(editor)
    page = page_of(signed_in(reviewer), draft)
    for place in re.findall(rf'href="{change_url(draft)}#([^"]+)"', page):
        assert f'id="{place}"' in page


# How many questions are asked is up to us, whichever database answers them.
@pytest.mark.once
@pytest.mark.parametrize("state", ["draft", "review", "published", "retired"])
def test_the_page_costs_the_same_for_a_long_edition(state, editor, reviewer, signed_in):
    def cost(count, who):
        for number in range(count):
            ReferenceFactory(key=f"source-{who.pk}-{count}-{number}")
        parts = [("Head", f"<p>So [@source-{who.pk}-{count}-{n}].</p>") for n in range(count)]
        edition = PublishedEditionFactory(body=parts)
        if state in ("draft", "review"):
            edition = Edition.start(edition.article, edition.level, editor)
        if state == "review":
            edition.submit(editor)
        if state == "retired":
            edition.retire(editor)
        client = signed_in(who)
        client.get(change_url(edition))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(change_url(edition)).status_code == 200
        return len(queries)

    for who in (editor, reviewer):
        assert cost(1, who) == cost(7, who) <= 40


# --- The decision ---------------------------------------------------------------------------


def test_approving_takes_the_day_of_the_next_review(edition, reviewer, signed_in):
    page = page_of(signed_in(reviewer), edition)
    today = timezone.localdate(timezone=reviewer.zone)
    assert f'value="{(today + timedelta(days=365)).isoformat()}"' in page
    day = today + timedelta(days=200)
    signed_in(reviewer).post(act("publish", edition), {"next_review_on": day.isoformat()})
    edition.refresh_from_db()
    assert (edition.state, edition.next_review_on) == (State.PUBLISHED, day)


@pytest.mark.once
@pytest.mark.parametrize(
    "day", ["2001-01-01", "9999-12-31", "99999-01-01", "soon", "2026-02-30", "\x00", "9" * 5000]
)
@pytest.mark.parametrize("name", ["publish", "confirm"])
def test_a_day_that_makes_no_sense_is_said_beside_it(name, day, edition, reviewer, signed_in):
    if name == "confirm":
        edition.publish(ReviewerFactory())
    before = (edition.state, edition.next_review_on)
    response = signed_in(reviewer).post(act(name, edition), {"next_review_on": day})
    assert response.status_code == 422
    assert response.context["next_review_form"].errors
    page = response.content.decode()
    assert 'aria-invalid="true"' in page and 'id="id_next_review_on_error"' in page
    edition.refresh_from_db()
    assert (edition.state, edition.next_review_on) == before


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001, "a\x00b"])
def test_a_reason_that_is_none_is_said_beside_it_and_stays(reason, edition, reviewer, signed_in):
    response = signed_in(reviewer).post(act("send_back", edition), {"reason": reason})
    assert response.status_code == 422
    assert response.context["send_back_form"].errors["reason"]
    assert reason.strip("\x00 ")[:1] in response.content.decode()
    edition.refresh_from_db()
    assert edition.state == State.REVIEW


def test_what_was_written_is_still_there_after_an_error(edition, reviewer, signed_in):
    reason = "Please say how long. " * 120
    response = signed_in(reviewer).post(act("send_back", edition), {"reason": reason})
    assert reason in response.content.decode()


def test_confirming_moves_the_date_and_is_not_for_the_author(edition, reviewer, signed_in):
    edition.publish(ReviewerFactory())
    client = signed_in(reviewer)
    assert "Confirm it" in page_of(client, edition)
    day = timezone.localdate(timezone=reviewer.zone) + timedelta(days=700)
    response = client.post(act("confirm", edition), {"next_review_on": day}, follow=True)
    assert "Confirmed" in texts_of(response)
    edition.refresh_from_db()
    assert (edition.next_review_on, edition.reviewed_by) == (day, reviewer)


# --- Retiring -------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["editor", "reviewer"])
def test_retiring_asks_first_and_says_what_is_left(who, request, signed_in):
    edition = PublishedEditionFactory()
    PublishedEditionFactory(article=edition.article, level="academic")
    client = signed_in(request.getfixturevalue(who))
    assert act("retire", edition) in page_of(client, edition)
    page = client.get(act("retire", edition)).content.decode()
    assert "Patients can still read 1 other level of this article: Academic." in page
    edition.refresh_from_db()
    assert edition.state == State.PUBLISHED
    client.post(act("retire", edition))
    edition.refresh_from_db()
    assert edition.state == State.RETIRED


def test_retiring_the_last_level_says_that_none_is_left(editor, signed_in):
    edition = PublishedEditionFactory()
    page = signed_in(editor).get(act("retire", edition)).content.decode()
    assert "Patients can then read no level of this article" in page


def test_only_what_is_published_is_retired(editor, signed_in):
    edition = EditionFactory()
    client = signed_in(editor)
    assert "Only a published edition" in texts_of(client.get(act("retire", edition), follow=True))
    assert "in the meantime" in texts_of(client.post(act("retire", edition), follow=True))


def test_others_retire_nothing(clinician, administrator, patient, signed_in):
    edition = PublishedEditionFactory()
    for who in (clinician, administrator, patient):
        client = signed_in(who)
        for response in (client.get(act("retire", edition)), client.post(act("retire", edition))):
            assert response.status_code in (302, 403, 404)
    edition.refresh_from_db()
    assert edition.state == State.PUBLISHED


def test_the_levels_that_are_left_stand_in_reading_order(signed_in, reviewer):
    edition = PublishedEditionFactory()
    for level in ("academic", "intermediate"):
        PublishedEditionFactory(article=edition.article, level=level)
    url = reverse("admin:articles_edition_retire", args=[edition.pk])
    page = signed_in(reviewer).get(url).content.decode()
    assert "Patients can still read 2 other levels of this article: Intermediate, Academic." in page
