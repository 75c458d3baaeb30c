"""Attempts on reading, questions and care: what was said gets lost, counted wrongly, or acted on
by somebody whose care has ended."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation
from education.articles.models import Level
from education.care import teams
from education.care.models import Question
from education.reading import assigning
from education.reading.beacon import token_for
from education.reading.models import Assignment, Reading
from tests.factories import (
    AssignmentFactory,
    ClinicianFactory,
    PublishedEditionFactory,
    ReadingFactory,
)

BODY = [("", "<p>One.</p>"), ("Two", "<p>Two.</p>"), ("Three", "<p>Three.</p>")]
SEEN = "/read/evidence/seen/"
HOUR = timedelta(hours=1)


@pytest.fixture
def edition(db):
    return PublishedEditionFactory(body=BODY)


@pytest.fixture
def deeper(edition):
    return PublishedEditionFactory(article=edition.article, level=Level.INTERMEDIATE, body=BODY)


def say(client, edition, what="finish", **data):
    url = reverse(f"reading:{what}", args=[edition.article.slug, edition.level])
    return client.post(url, data)


# --- Evidence -------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["finish", "understand"])
def test_taking_it_back_of_one_level_leaves_what_was_said_of_another(
    signed_in, patient, edition, deeper, what
):
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    say(client, edition, what)
    say(client, deeper, what)
    say(client, edition, what, undo="1")
    fact = {"finish": "finished_at", "understand": "understood_at"}[what]
    kept = getattr(Reading.objects.get(edition=deeper), fact)
    assignment.refresh_from_db()
    assert getattr(assignment, fact) == kept
    assert getattr(Reading.objects.get(edition=edition), fact) is None
    say(client, deeper, what, undo="1")
    assignment.refresh_from_db()
    assert getattr(assignment, fact) is None


def test_undo_does_not_erase_what_was_said_before_it_was_assigned(signed_in, patient, edition):
    long_ago = timezone.now() - 30 * 24 * HOUR
    ReadingFactory(patient=patient, edition=edition, finished_at=long_ago, opened_at=long_ago)
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    say(client, edition)
    say(client, edition, undo="1")
    assignment.refresh_from_db()
    assert assignment.finished_at is None
    assert Reading.objects.get().finished_at == long_ago


def test_what_was_said_while_it_was_withdrawn_counts_when_it_is_restored(
    signed_in, clinician, patient, edition
):
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    assignment.withdraw(clinician)
    # The page was open already.
    say(signed_in(patient), edition)
    assert assigning.restore(assignment, clinician)
    assignment.refresh_from_db()
    assert assignment.finished_at == Reading.objects.get().finished_at
    assert assignment.opened_at is None and assignment.understood_at is None


def test_restoring_does_not_count_what_was_said_before_it_was_assigned(clinician, patient, edition):
    long_ago = timezone.now() - 30 * 24 * HOUR
    ReadingFactory(patient=patient, edition=edition, finished_at=long_ago)
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    assignment.withdraw(clinician)
    assert assigning.restore(assignment, clinician)
    assignment.refresh_from_db()
    assert assignment.opened_at is None and assignment.finished_at is None


def test_where_somebody_left_is_as_old_as_they_were_there(
    signed_in, patient, edition, time_machine
):
    """A phone that was offline tells late; what another one told of later stays later."""
    now = timezone.now()
    time_machine.move_to(now - HOUR, tick=False)
    token, client = token_for(patient, edition), signed_in(patient)

    def tell(key, age):
        facts = {token: [["last", key, int(age.total_seconds() * 1000)]]}
        told = client.post(SEEN, json.dumps(facts), content_type="application/json")
        assert told.status_code == 204

    time_machine.move_to(now, tick=False)
    client = signed_in(patient)
    # There 50 minutes ago, told now; then there 30 minutes ago, told a moment later.
    tell("part-1", timedelta(minutes=50))
    time_machine.move_to(now + timedelta(seconds=5), tick=False)
    tell("part-2", timedelta(minutes=30))
    assert Reading.objects.get().last_section.key == "part-2"
    tell("part-1", timedelta(minutes=40))
    assert Reading.objects.get().last_section.key == "part-2"


def test_what_a_phone_tells_late_is_still_the_first_time(signed_in, patient, edition, time_machine):
    now = timezone.now()
    AssignmentFactory(patient=patient, article=edition.article, assigned_at=now - 3 * HOUR)
    time_machine.move_to(now - 2 * HOUR, tick=False)
    token = token_for(patient, edition)
    time_machine.move_to(now, tick=False)
    client = signed_in(patient)
    for minutes in (30, 60, 10):
        facts = {token: [["opened", "", minutes * 60 * 1000]]}
        client.post(SEEN, json.dumps(facts), content_type="application/json")
    first = now - HOUR
    assert Reading.objects.get().opened_at == Assignment.objects.get().opened_at == first


def test_a_page_opened_in_the_second_of_assigning_counts_for_the_assignment(
    signed_in, patient, edition, time_machine
):
    """A page is not older than it is: its token keeps more than the whole second."""
    second = timezone.now().replace(microsecond=0)
    time_machine.move_to(second + timedelta(milliseconds=400), tick=False)
    assignment = AssignmentFactory(patient=patient, article=edition.article)
    time_machine.move_to(second + timedelta(milliseconds=500), tick=False)
    facts = {token_for(patient, edition): [["opened", "", 900]]}
    signed_in(patient).post(SEEN, json.dumps(facts), content_type="application/json")
    assignment.refresh_from_db()
    assert assignment.opened_at == second + timedelta(milliseconds=500)


def test_a_part_that_the_edition_has_not_leaves_no_trace(signed_in, patient, edition):
    facts = {token_for(patient, edition): [["part", "no-such", 0], ["last", "no-such", 0]]}
    client = signed_in(patient)
    assert client.post(SEEN, json.dumps(facts), content_type="application/json").status_code == 204
    assert not Reading.objects.exists()


# --- Questions ------------------------------------------------------------------------------


def test_another_question_from_the_same_page_is_not_swallowed(signed_in, patient):
    """Back, other words, Send: the browser sends the number of the first question again."""
    client, form_id = signed_in(patient), str(uuid4())
    url = reverse("care:question_new")
    for text in ("May I nap?", "May I nap?", "What about coffee?"):
        assert client.post(url, {"text": text, "form_id": form_id}).status_code == 302
    texts = Question.objects.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["May I nap?", "What about coffee?"]


def test_the_number_of_somebody_elses_question_changes_nothing(signed_in, patient, other_patient):
    theirs = Question.objects.create(patient=other_patient, text="Theirs")
    data = {"text": "Mine", "form_id": str(theirs.public_id)}
    page = signed_in(patient).post(reverse("care:question_new"), data, follow=True)
    assert "Theirs" not in page.content.decode()
    theirs.refresh_from_db()
    assert theirs.text == "Theirs"
    assert Question.objects.get(patient=patient).text == "Mine"


# --- Care that has ended, and care that was taken over --------------------------------------


@pytest.fixture
def invited(patient, clinician):
    invitation = Invitation(user=patient, invited_by=clinician)
    invitation.issue_token()
    return invitation


@pytest.fixture
def colleague(db):
    return ClinicianFactory(name="Dr Colleague")


def acts(client, patient):
    return [
        client.post(reverse(f"accounts:{name}", args=[patient.public_id])).status_code
        for name in ("invite_again", "revoke")
    ]


def test_whoever_handed_a_patient_over_has_no_hand_in_their_invitation(
    signed_in, clinician, patient, invited, colleague
):
    teams.hand_over(patient, colleague, clinician)
    client = signed_in(clinician)
    assert patient.email not in client.get(reverse("accounts:invitations")).content.decode()
    assert acts(client, patient) == [404, 404]
    invited.refresh_from_db()
    assert invited.state == "pending"


def test_whoever_took_a_patient_over_can_invite_them_again(
    signed_in, clinician, patient, invited, colleague, other_clinician
):
    teams.hand_over(patient, colleague, clinician)
    client = signed_in(colleague)
    assert patient.email in client.get(reverse("accounts:invitations")).content.decode()
    assert acts(signed_in(other_clinician), patient) == [404, 404]
    assert acts(client, patient) == [302, 302]


def test_a_colleague_who_was_deactivated_is_not_said_to_go_on_caring(
    signed_in, clinician, patient, colleague
):
    teams.share(patient, colleague, clinician)
    url = reverse("care:end_care", args=[patient.public_id])
    client = signed_in(clinician)
    assert "go on caring" in client.get(url).content.decode()
    colleague.is_active = False
    colleague.save()
    assert "Nobody else cares" in client.get(url).content.decode()


def test_nobody_undoes_what_somebody_else_assigned(
    signed_in, clinician, patient, edition, colleague
):
    teams.share(patient, colleague, clinician)
    one = AssignmentFactory(
        patient=patient, article=edition.article, assigned_by=clinician, batch=uuid4()
    )
    undo = reverse("care:undo_assign", args=[one.batch])
    assert signed_in(colleague).post(undo).status_code == 404
    assert signed_in(patient).post(undo).status_code in (403, 404)
    teams.end(patient, clinician)
    assert signed_in(clinician).post(undo).status_code == 404
    assert Assignment.objects.open().filter(pk=one.pk).exists()


# --- Hostile forms --------------------------------------------------------------------------

NASTY = ["", "\x00", "x\x00y", "'; --", "9" * 5000, "-1", "1e999", "٣", "\U0001f600" * 400,
         "../../", "//evil.example", "%00", "\r\nX: y", "{}", "0001-01-01", "9999-12-31",
         "urn:uuid:00000000-0000-0000-0000-000000000000"]  # fmt: skip


def nasty_posts(fields):
    """Each nasty value in every field at once, and all of them repeated."""
    yield from (dict.fromkeys(fields, value) for value in NASTY)
    yield dict.fromkeys(fields, NASTY)


def answers(client, url, fields):
    return {client.post(url, data).status_code for data in nasty_posts(fields)}


def test_no_form_of_a_clinician_breaks(signed_in, clinician, patient, edition):
    one = AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
    free = PublishedEditionFactory()
    client = signed_in(clinician)
    theirs = [patient.public_id]
    urls = {
        reverse("care:assign_article", args=[*theirs, free.article.slug]): (
            "level", "due_on", "note",
        ),
        reverse("care:assignment", args=[one.public_id]): ("level", "due_on", "note", "seen"),
        reverse("care:withdraw", args=[one.public_id]): ("reason",),
        reverse("care:team", args=theirs): ("colleague",),
        reverse("care:hand_over", args=theirs): ("colleague",),
        reverse("care:bulk"): (
            "patient", "article", "level", "step", "after", "q", "show", "find", "note", "due_on",
        ),
        reverse("accounts:invite_many"): ("text", "do", "step", "seen", "fingerprint", "confirm"),
        reverse("programmes:new"): (
            "name", "description", "new_id", "do", "pick", "step-0-article", "step-0-level",
            "step-0-days",
        ),
        reverse("reading:look"): ("next", "text", "face", "lines", "words", "theme"),
    }  # fmt: skip
    for url, fields in urls.items():
        found = answers(client, url, fields)
        assert found <= {200, 302, 400, 404}, (url, found)


def test_no_form_of_a_patient_breaks(signed_in, patient, edition):
    client = signed_in(patient)
    new = reverse("care:question_new")
    for url, fields in {
        new: ("text", "form_id"),
        reverse("reading:finish", args=[edition.article.slug, edition.level]): ("page", "undo"),
        reverse("accounts:profile"): ("name", "time_zone", "language", "mails_reminders"),
    }.items():
        found = answers(client, url, fields)
        assert found <= {200, 302, 400}, (url, found)
    for value in NASTY:
        query = {"article": value, "level": value, "part": value, "before": value, "page": value,
                 "edition": value, "q": value, "topic": value}  # fmt: skip
        for url in (new, reverse("care:questions"), reverse("reading:library")):
            assert client.get(url, query).status_code in (200, 400)


@pytest.mark.parametrize("target", ["//evil.example/x", "https://evil.example", "/\\evil.example"])
def test_the_look_of_the_page_leads_nowhere_else(signed_in, patient, target):
    answer = signed_in(patient).post(reverse("reading:look"), {"next": target, "words": "off"})
    assert "evil" not in answer["Location"]
