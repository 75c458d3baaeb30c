"""The clinician's home: who needs attention and why, and how much it costs to show."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, Invitation, User
from education.articles.models import Level
from education.care.models import Question
from education.journal.models import Night, Reflection
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
    PublishedEditionFactory,
    ReadingFactory,
)

NOBODY = "6d1c1cf0-6c8f-4e5c-9f0a-6f6f2d1b7a10"
REASONS = ["question", "overdue", "unopened", "shared", "invited"]


@pytest.fixture
def clara(db):
    return ClinicianFactory(time_zone="UTC")


def cared_for(clara, **fields):
    patient = PatientFactory(**fields)
    CareRelationshipFactory(
        clinician=clara, patient=patient, started_at=timezone.now() - timedelta(days=30)
    )
    return patient


def show(signed_in, clara, **query):
    client, url = signed_in(clara), reverse("care:caseload")
    answer = client.post(url, query, follow=True) if "q" in query else client.get(url, query)
    return answer.content.decode().replace("\xa0", " ")


def names(page):
    return re.findall(r'href="/patients/[0-9a-f-]+/">([^<]+)</a>', page)


def ask(patient):
    Question.objects.create(patient=patient, text="What helps?", for_visit_since=timezone.now())


def be_late(patient, article=None, days=2):
    due_on = timezone.localdate() - timedelta(days=days)
    more = {"article": article} if article else {}
    return AssignmentFactory(patient=patient, due_on=due_on, **more)


def leave_unopened(patient, article=None):
    more = {"article": article} if article else {}
    long_ago = timezone.now() - timedelta(days=8)
    return AssignmentFactory(patient=patient, assigned_at=long_ago, **more)


def share(patient, back=1, at=None):
    Night.objects.create(
        patient=patient,
        diary_date=timezone.localdate() - timedelta(days=back),
        zone="UTC",
        quality=3,
        numbers_shared=True,
        numbers_shared_at=at or timezone.now(),
    )


def invite(patient, clara):
    invitation = Invitation(user=patient, invited_by=clara)
    invitation.issue_token()
    return invitation


# --- Why ------------------------------------------------------------------------------------


def test_the_most_urgent_stands_first_and_each_reason_has_its_list(signed_in, clara):
    article = PublishedEditionFactory().article
    invite(cared_for(clara, name="Ada Invited"), clara)
    share(cared_for(clara, name="Bo Shared"))
    leave_unopened(cared_for(clara, name="Cy Unopened"), article)
    be_late(cared_for(clara, name="Di Overdue"), article)
    ask(cared_for(clara, name="Ed Asked"))
    quiet = cared_for(clara, name="Abe Quiet")
    Question.objects.create(patient=quiet, text="Mine alone.")
    needy = ["Ed Asked", "Di Overdue", "Cy Unopened", "Bo Shared", "Ada Invited"]
    page = show(signed_in, clara)
    assert names(page) == [*needy, "Abe Quiet"]
    day = timezone.now().strftime("%a %-d %b")
    assert f"asked a question, {day}" in page
    assert "overdue since" in page and "not opened since" in page
    assert f"shared a new entry, {day}" in page
    assert f"invited on {day}, not here yet" in page
    assert names(show(signed_in, clara, show="attention")) == needy
    for reason, name in zip(REASONS, needy, strict=True):
        assert names(show(signed_in, clara, show=reason)) == [name]


def test_several_of_a_kind_are_counted_with_the_day_that_matters(signed_in, clara):
    patient = cared_for(clara)
    be_late(patient, days=5)
    be_late(patient, days=2)
    day = timezone.localdate() - timedelta(days=5)
    is_this_year = day.year == timezone.localdate().year
    first = day.strftime("%a %-d %b" if is_this_year else "%-d %b %Y")
    ask(patient)
    ask(patient)
    page = show(signed_in, clara)
    assert f"2 articles overdue, the first since {first}" in page
    assert "asked 2 questions, the last on" in page
    Question.objects.create(patient=patient, text="Mine alone.")
    assert "asked 2 questions, the last on" in show(signed_in, clara)


def test_at_most_three_reasons_and_among_them_the_one_asked_for(signed_in, clara):
    patient = cared_for(clara)
    ask(patient)
    be_late(patient)
    leave_unopened(patient)
    share(patient)
    invite(patient, clara)
    page = show(signed_in, clara)
    assert page.count('class="reason"') == 3
    assert "and 2 more reasons" in page
    assert "not here yet" not in page
    assert "not here yet" in show(signed_in, clara, show="invited")


def test_what_was_done_needs_no_attention_any_more(signed_in, clara):
    patient = cared_for(clara)
    edition = PublishedEditionFactory()
    leave_unopened(patient, edition.article)
    ask(patient)
    ReadingFactory(patient=patient, edition=edition)
    Question.objects.update(settled_at=timezone.now())
    invite(patient, clara)
    Invitation.objects.update(accepted_at=timezone.now())
    assert names(show(signed_in, clara, show="attention")) == []


def test_shared_is_new_until_the_page_of_the_patient_was_opened(signed_in, clara):
    patient = cared_for(clara)
    share(patient, at=timezone.now() - timedelta(days=60))
    assert names(show(signed_in, clara, show="shared")) == []
    share(patient, back=2, at=timezone.now() - timedelta(hours=2))
    Reflection.objects.create(
        patient=patient,
        on=date(2026, 1, 1),
        text="Mine",
        shared=True,
        shared_at=timezone.now() - timedelta(hours=1),
    )
    assert "shared 2 new entries" in show(signed_in, clara, show="shared")
    patient.care_received.update(page_opened_at=timezone.now())
    assert names(show(signed_in, clara, show="shared")) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"revoked_at": timezone.now()}, "invitation withdrawn on"),
        (
            {
                "sent_at": timezone.now() - timedelta(days=9),
                "expires_at": timezone.now() - timedelta(days=2),
            },
            "invitation expired on",
        ),
    ],
)
def test_an_invitation_that_leads_nowhere_is_said(signed_in, clara, change, words):
    invite(cared_for(clara), clara)
    Invitation.objects.update(**change)
    assert words in show(signed_in, clara, show="invited")


def test_only_own_patients_and_only_shared_nights_are_counted(signed_in, clara):
    patient = cared_for(clara, name="Sharing Sam")
    PatientFactory(name="Somebody Else")
    today = timezone.localdate()
    for back, shared in ((1, True), (2, False), (3, True)):
        Night.objects.create(
            patient=patient,
            diary_date=today - timedelta(days=back),
            zone="UTC",
            quality=3,
            numbers_shared=shared,
        )
    page = show(signed_in, clara)
    assert "2 nights" in page
    assert "Somebody Else" not in page


# --- Search and empty lists -----------------------------------------------------------------


def test_search_by_name_and_address(signed_in, clara):
    cared_for(clara, name="Anna Early", email="early@example.org")
    cared_for(clara, name="Zoe Late")
    assert names(show(signed_in, clara, q="anna")) == ["Anna Early"]
    assert names(show(signed_in, clara, q="EARLY@")) == ["Anna Early"]
    assert names(show(signed_in, clara, q="early  anna")) == ["Anna Early"]
    assert "Nobody found" in show(signed_in, clara, q="%' OR 1=1 --")


def test_a_search_stays_when_the_list_changes_and_the_other_way_round(signed_in, clara):
    ask(cared_for(clara, name="Anna Early"))
    page = show(signed_in, clara, q="anna", show="question")
    other = re.search(r'href="(/caseload/\?show=overdue&amp;found=[^"]+)"', page)[1]
    assert "anna" not in other.lower()
    page = signed_in(clara).get(other.replace("&amp;", "&")).content.decode()
    assert 'value="anna"' in page and "Nobody found" in page
    page = show(signed_in, clara, q="anna", show="question")
    assert '<input type="hidden" name="show" value="question">' in page
    assert 'href="/caseload/?show=question"' in page


@pytest.mark.once
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "Invite your first patient"),
        ({"show": "attention"}, "Nobody needs attention"),
        ({"show": "overdue"}, "Nobody at the moment"),
        ({"q": "x"}, "Nobody found"),
        ({"after": f"0.{NOBODY}"}, "Nobody else on this page"),
    ],
)
def test_an_empty_caseload_says_what_to_do(signed_in, clara, query, words):
    assert words in show(signed_in, clara, **query)


# --- Pages ----------------------------------------------------------------------------------


def fill(clara, patients):
    """Patients with something of everything."""
    edition = PublishedEditionFactory()
    for _ in range(patients):
        patient = cared_for(clara)
        be_late(patient, edition.article)
        ReadingFactory(patient=patient, edition=edition)
        share(patient)
        ask(patient)
        invite(patient, clara)


@pytest.mark.once
@pytest.mark.parametrize("patients", [1, 3, 50])
def test_queries_do_not_grow_with_patients(
    signed_in, clara, django_assert_num_queries, time_machine, patients
):
    fill(clara, patients)
    now = timezone.now()
    # Who is seen in the list is noted in eight where their records begin with it; within the hour
    # one is enough to know that; later it is noted in six.
    for hours, queries in ((0, 18), (0, 11), (2, 16)):
        time_machine.move_to(now + timedelta(hours=hours))
        client = signed_in(clara)
        with django_assert_num_queries(queries):
            client.get(reverse("care:caseload"), {"show": "attention"})
    listed = AccessEvent.objects.filter(actor=clara, action="listed")
    assert listed.count() == 2 * min(patients, 50)


def link(page, rel):
    found = re.search(rf'href="([^"]+)" rel="{rel}"', page)
    return found and found[1].replace("&amp;", "&")


@pytest.fixture
def hundred(clara):
    """103 patients: 60 who asked, 43 with nothing; and their names in the order of the list."""
    asked = [cared_for(clara, name=f"Asked {n:03}") for n in range(60)]
    for patient in asked:
        ask(patient)
    quiet = [cared_for(clara, name=f"Quiet {n:03}") for n in range(43)]
    return asked + quiet


def test_every_patient_is_on_one_page_forward_and_back(signed_in, clara, hundred):
    client = signed_in(clara)
    url, forward = reverse("care:caseload"), []
    while url:
        page = client.get(url).content.decode()
        forward.append(names(page))
        last, url = page, link(page, "next")
    assert [len(page) for page in forward] == [50, 50, 3]
    assert sum(forward, []) == [patient.name for patient in hundred]
    assert "Quiet" not in link(client.get(reverse("care:caseload")).content.decode(), "next")
    back = []
    while url := link(last, "prev"):
        last = client.get(url).content.decode()
        back.insert(0, names(last))
    assert back == forward[:2]


def test_who_needs_attention_goes_over_pages_and_ends_there(signed_in, clara, hundred):
    client = signed_in(clara)
    first = client.get(reverse("care:caseload"), {"show": "attention"}).content.decode()
    second = client.get(link(first, "next")).content.decode()
    assert [len(names(page)) for page in (first, second)] == [50, 10]
    assert link(second, "next") is None
    assert names(client.get(link(second, "prev")).content.decode()) == names(first)


def test_whoever_marks_the_place_may_change_or_leave(signed_in, clara, hundred):
    client = signed_in(clara)
    second = link(client.get(reverse("care:caseload")).content.decode(), "next")
    marker = hundred[49]
    following = [patient.name for patient in hundred[50:100]]
    Question.objects.filter(patient=marker).delete()
    assert names(client.get(second).content.decode())[:10] == following[:10]
    marker.care_received.get().end()
    assert names(client.get(second).content.decode()) == following
    # Nobody has this id any more.
    User.objects.filter(pk=marker.pk).update(public_id=uuid4())
    page = client.get(second).content.decode()
    assert len(names(page)) == 50


def test_any_place_gives_a_page(signed_in, clara):
    cared_for(clara, name="Una Here")
    client = signed_in(clara)
    places = ["0", "-1", "abc", "9" * 30, "\x00", f"².{NOBODY}", f"6.{NOBODY}", "3.x", "."]
    for place in places:
        query = {"after": place, "before": place, "show": "\x00x", "q": "x", "found": f"é{place}"}
        response = client.get(reverse("care:caseload"), query)
        assert names(response.content.decode()) == ["Una Here"], query


# --- Choosing who gets something ------------------------------------------------------------


def test_choosing_for_an_article_stays_through_search_lists_and_pages(signed_in, clara):
    edition = PublishedEditionFactory(article__title="Night light")
    has = cared_for(clara, name="Has It")
    cared_for(clara, name="Has Not")
    AssignmentFactory(patient=has, article=edition.article)
    level = Level.FUNDAMENTALS
    page = show(signed_in, clara, article=edition.article.slug, level=level, q="has")
    assert "Who should read “Night light”?" in page
    assert "At the level Fundamentals." in page
    assert page.count("has it already") == 1
    kept = f"article={edition.article.slug}&amp;level={level}"
    assert re.search(f'href="/caseload/\\?show=overdue&amp;found=[^&]+&amp;{kept}"', page)
    assert page.count(f'name="article" value="{edition.article.slug}"') == 2
    assert re.search(r'href="/caseload/\?found=[^&"]+">Stop choosing', page.replace("\n", ""))


@pytest.mark.parametrize(
    "what", [{"article": "no-such"}, {"programme": "x"}, {"programme": NOBODY}]
)
def test_what_is_gone_can_not_be_chosen_for(signed_in, clara, what):
    cared_for(clara, name="Una Here")
    page = show(signed_in, clara, **what)
    assert "can’t be assigned any more" in page.replace("&#x27;", "’")
    assert "Stop choosing" not in page
