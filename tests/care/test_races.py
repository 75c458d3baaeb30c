"""People who do the same, or opposite things, at the same moment.

Each has a thread and a connection of their own; what is stored is really committed.
"""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, User
from education.care import teams, visits
from education.care.models import Question, TeachBack, Visit
from education.care.sheet import MOST_QUESTIONS
from education.reading.assigning import assign
from education.reading.models import Assignment, AssignmentChange, Reading, Wanted
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    ClinicianFactory,
    PatientFactory,
    PublishedEditionFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 3
# With fewer, one is done before the other has begun.
MANY = 400


def at_once(*works):
    """Let all of these begin in the same moment; what each returned. Nothing may be raised."""
    together = threading.Barrier(len(works))
    results = [None] * len(works)
    raised = []

    def work(place):
        try:
            together.wait(10)
            results[place] = works[place]()
        except Exception as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[place]) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not raised, raised
    assert not any(thread.is_alive() for thread in threads)
    return results


@pytest.fixture
def colleague(patient):
    """Another clinician who treats `patient`."""
    return CareRelationshipFactory(patient=patient).clinician


def recorded(patient, action):
    return AccessEvent.objects.filter(patient=patient, action=action).count()


def test_two_clinicians_assign_the_same_article(patient, clinician, colleague, signed_in):
    clients = [signed_in(one) for one in (clinician, colleague)]
    for count in range(1, ROUNDS + 1):
        edition = PublishedEditionFactory()
        url = reverse("care:assign_article", args=[patient.public_id, edition.article.slug])

        def post(client, url=url, level=edition.level):
            return client.post(url, {"level": level, "note": "", "due_on": ""}, follow=True)

        pages = at_once(*(lambda one=one: post(one) for one in clients))
        assert [page.status_code for page in pages] == [200, 200]
        # Once on the way back to the patient, once beside the form that came too late.
        assert sum(bool(page.redirect_chain) for page in pages) == 1
        given = Assignment.objects.get(patient=patient, article=edition.article)
        assert given.withdrawn_at is None
        assert recorded(patient, AccessEvent.Action.ASSIGNED) == count


def test_two_assign_to_many_in_opposite_order():
    """With locks taken in the order of the choice, each would wait for the other for ever."""
    clinicians = [ClinicianFactory(), ClinicianFactory()]
    patients = User.objects.bulk_create(PatientFactory.build_batch(MANY))
    CareRelationship.objects.bulk_create(
        CareRelationship(clinician=clinician, patient=patient)
        for clinician in clinicians
        for patient in patients
    )
    for _ in range(ROUNDS):
        edition = PublishedEditionFactory()
        wanted = [Wanted(patient, edition.article, edition.level) for patient in patients]
        outcomes = at_once(
            lambda wanted=wanted: assign(wanted, by=clinicians[0]),
            lambda wanted=wanted[::-1]: assign(wanted, by=clinicians[1]),
        )
        assert sum(len(one.assigned) for one in outcomes) == MANY
        assert sum(len(one.already) for one in outcomes) == MANY
        given = Assignment.objects.open().filter(article=edition.article)
        assert set(given.values_list("patient", flat=True)) == {one.pk for one in patients}
        assert given.count() == MANY
    assert AccessEvent.objects.count() == MANY * ROUNDS


def test_withdrawing_while_the_patient_finishes(patient, clinician, signed_in):
    client = signed_in(clinician)
    for _ in range(ROUNDS):
        edition = PublishedEditionFactory()
        given = AssignmentFactory(
            patient=patient, article=edition.article, level=edition.level, assigned_by=clinician
        )
        answer, _said = at_once(
            lambda given=given: client.post(reverse("care:withdraw", args=[given.public_id])),
            lambda edition=edition: Reading.objects.note_finished(patient, edition),
        )
        assert answer.status_code == 302
        given.refresh_from_db()
        reading = Reading.objects.get(patient=patient, edition=edition)
        # What the patient said is kept, whoever was faster; the assignment says it too if it
        # was open then.
        assert reading.finished_at is not None
        assert given.withdrawn_at is not None
        assert given.finished_at in (None, reading.finished_at)
        assert given.changes.count() == 1


def test_undo_clicked_twice(clinician, patient, signed_in):
    patients = [patient, *PatientFactory.create_batch(4)]
    for one in patients[1:]:
        CareRelationshipFactory(clinician=clinician, patient=one)
    clients = [signed_in(clinician), signed_in(clinician)]
    for count in range(1, ROUNDS + 1):
        edition = PublishedEditionFactory()
        outcome = assign(
            [Wanted(one, edition.article, edition.level) for one in patients], by=clinician
        )
        url = reverse("care:undo_assign", args=[outcome.batch])
        answers = at_once(*(lambda one=one, url=url: one.post(url) for one in clients))
        assert [answer.status_code for answer in answers] == [302, 302]
        assert not Assignment.objects.open().filter(batch=outcome.batch).exists()
        assert AssignmentChange.objects.count() == len(patients) * count
        assert recorded(patient, AccessEvent.Action.WITHDREW) == count


def test_handing_over_while_assigning(patient, clinician, colleague):
    newcomers = ClinicianFactory.create_batch(ROUNDS)
    treating = clinician
    for newcomer in newcomers:
        edition = PublishedEditionFactory()
        wanted = [Wanted(patient, edition.article, edition.level)]
        handed, outcome = at_once(
            lambda by=treating, to=newcomer: teams.hand_over(patient, to, by),
            lambda by=treating, wanted=wanted: assign(wanted, by=by),
        )
        assert handed
        assert len(outcome.assigned) + len(outcome.not_cared_for) == 1
        # Afterwards there is no doubt about whose patient it is.
        later = assign(wanted, by=treating)
        assert later.not_cared_for == wanted and not later.assigned
        assert CareRelationship.objects.open().get(patient=patient, clinician=newcomer)
        treating = newcomer


def test_two_hand_over_to_the_same_colleague(patient, clinician, colleague):
    third = ClinicianFactory()
    handed = at_once(
        lambda: teams.hand_over(patient, third, clinician),
        lambda: teams.hand_over(patient, third, colleague),
    )
    assert handed == [True, True]
    open_now = CareRelationship.objects.open().filter(patient=patient)
    assert [one.clinician for one in open_now] == [third]


def test_restoring_while_a_colleague_assigns_anew(patient, clinician, colleague):
    edition = PublishedEditionFactory()
    given = AssignmentFactory(
        patient=patient, article=edition.article, level=edition.level, assigned_by=clinician
    )
    given.withdraw(clinician)
    restored, outcome = at_once(
        lambda: given.restore(clinician),
        lambda: assign([Wanted(patient, edition.article, edition.level)], by=colleague),
    )
    assert restored != bool(outcome.assigned)
    assert Assignment.objects.open().get(patient=patient, article=edition.article)


# --- Visits ---------------------------------------------------------------------------------


def test_patient_and_clinician_note_the_next_visit_at_once(patient, clinician, signed_in):
    own, theirs = signed_in(patient), signed_in(clinician)
    url = reverse("care:patient_visit", args=[patient.public_id])
    for day in range(1, ROUNDS + 1):
        data = {"on": (timezone.localdate() + timedelta(days=day)).isoformat()}
        Visit.objects.all().delete()
        at_once(
            partial(own.post, reverse("care:visit_date"), data),
            partial(theirs.post, url, data),
        )
        assert Visit.objects.get().on.isoformat() == data["on"]


def test_no_more_is_marked_than_there_is_room_for(patient, signed_in):
    clients = [signed_in(patient) for _ in range(4)]
    for _round in range(ROUNDS):
        Question.objects.all().delete()
        asked = [
            Question.objects.create(patient=patient, text=f"Question {n}?")
            for n in range(MOST_QUESTIONS + 2)
        ]
        for question in asked[: MOST_QUESTIONS - 1]:
            visits.mark(patient, [question.pk])
        urls = [
            reverse("care:question_for_visit", args=[one.public_id])
            for one in asked[MOST_QUESTIONS - 2 :]
        ]
        at_once(
            *(partial(client.post, url, {"for_visit": "yes"})
              for client, url in zip(clients, urls, strict=True))
        )  # fmt: skip
        places = list(Question.objects.for_visit().values_list("place", flat=True))
        assert places == list(range(MOST_QUESTIONS))


def test_two_finish_the_same_visit(patient, clinician, colleague, signed_in):
    clients = [signed_in(one) for one in (clinician, colleague)]
    for _round in range(ROUNDS):
        visit = Visit.objects.create(patient=patient, on=timezone.localdate())
        question = Question.objects.create(
            patient=patient, text="How long?", for_visit_since=timezone.now()
        )
        url = reverse("care:visit_after", args=[visit.public_id])
        seen = [client.get(url).context["form"]["seen"].value() for client in clients]
        answers = at_once(
            *(
                partial(
                    client.post,
                    url,
                    {
                        "agreed": f"By {n}.",
                        "seen": seen[n],
                        "end": "1",
                        f"answer-{question.public_id}": f"Answer {n}.",
                    },
                )
                for n, client in enumerate(clients)
            )
        )
        # One of them is told, and nothing of the other's is overwritten.
        assert sorted(one.status_code for one in answers) == [200, 302]
        first = [one.status_code for one in answers].index(302)
        visit.refresh_from_db()
        question.refresh_from_db()
        assert (visit.agreed, question.answer) == (f"By {first}.", f"Answer {first}.")
        question.delete()


def test_a_teach_back_and_an_assignment_at_once_leave_one_assignment(
    patient, clinician, colleague, signed_in
):
    clients = [signed_in(one) for one in (clinician, colleague)]
    for _round in range(ROUNDS):
        edition = PublishedEditionFactory()
        AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
        url = reverse("care:teach_back_new", args=[patient.public_id, edition.article.slug])
        data = {
            "edition": "fundamentals-1",
            "understood": "repeat",
            "words": "Words.",
            "again": "fundamentals",
        }
        at_once(*(partial(client.post, url, data) for client in clients))
        assert Assignment.objects.open().filter(article=edition.article).count() == 1
        assert TeachBack.objects.filter(edition=edition).count() == 2
