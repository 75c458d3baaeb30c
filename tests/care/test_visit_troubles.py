"""What a hostile reviewer found about visits, and what must not come back."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.articles.models import Edition
from education.care import visits
from education.care.models import ChosenReflection, Question, TeachBack, Visit
from education.care.sheet import MOST_QUESTIONS
from education.journal.models import Reflection
from education.reading.models import Assignment
from tests.factories import AssignmentFactory, CareRelationshipFactory, PatientFactory

NOW = "2026-11-24 12:00:00+00:00"
HOME, LIST = reverse("care:visit"), reverse("care:visits")


@pytest.fixture(autouse=True)
def one_moment(request):
    if request.node.get_closest_marker("django_db"):
        yield
        return
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(patient, clinician):
    return Visit.objects.create(patient=patient, on="2026-11-24", clinician=clinician)


def text_of(response):
    return response.content.decode()


def ask(patient, text, marked=True, place=0):
    since = timezone.now() if marked else None
    return Question.objects.create(patient=patient, text=text, for_visit_since=since, place=place)


def offered(page):
    return [part.partition('"')[0] for part in text_of(page).split('name="offered" value="')[1:]]


def approve(client, visit):
    url = visit.get_absolute_url()
    seen = client.get(f"{url}?look=now").context["sheet"].things.fingerprint
    client.post(reverse("care:visit_approve", args=[visit.public_id]), {"page": seen})


def after_url(visit):
    return reverse("care:visit_after", args=[visit.public_id])


# --- Preparing ------------------------------------------------------------------------------


def test_one_question_is_exchanged_for_another_when_there_is_no_more_room(signed_in, patient):
    marked = [ask(patient, f"{n}?", place=n) for n in range(MOST_QUESTIONS)]
    new = ask(patient, "New?", marked=False)
    chosen = [str(one.public_id) for one in [*marked[1:], new]]
    signed_in(patient).post(HOME, {"questions": chosen})
    assert "New?" in [one.text for one in Question.objects.for_visit()]
    assert "0?" in [one.text for one in Question.objects.private()]


def test_what_the_page_did_not_offer_stays_as_it_is(signed_in, patient):
    client = signed_in(patient)
    old = ask(patient, "Old?", marked=False)
    seen = offered(client.get(HOME))
    marked = ask(patient, "Marked in another tab?")
    for number in range(25):
        ask(patient, f"Newer {number}?", marked=False)
    client.post(HOME, {"offered": seen, "questions": [str(old.public_id)]})
    assert {one.text for one in Question.objects.for_visit()} == {old.text, marked.text}
    client.post(HOME, {"offered": ["", "x", "\x00", "9" * 5000]})
    assert Question.objects.for_visit().count() == 2


def test_preparing_without_a_day_is_told_to_nobody(signed_in, patient, clinician):
    client, theirs = signed_in(patient), signed_in(clinician)
    client.post(HOME, {})
    page = reverse("care:patient", args=[patient.public_id])
    assert "No next visit is noted." in text_of(theirs.get(page))
    visit = Visit.objects.get()
    assert theirs.get(visit.get_absolute_url()).status_code == 404
    approve(client, visit)
    assert visit.get_absolute_url() in text_of(theirs.get(page))


def test_what_is_shared_by_hand_after_choosing_stays_shared(signed_in, patient, visit):
    words = Reflection.objects.create(patient=patient, on="2026-11-20", text="A calm week.")
    client = signed_in(patient)
    client.post(HOME, {"reflections": [str(words.public_id)]})
    approve(client, visit)
    assert ChosenReflection.objects.get().shared_since
    share = reverse("journal:reflection_share", args=[words.public_id])
    client.post(share, {"words": "stop"})
    with time_machine.travel("2026-11-24 12:01:00+00:00", tick=False):
        client.post(share, {"words": "share"})
        visits.end(visit, patient)
    words.refresh_from_db()
    assert words.shared


# --- Shown ----------------------------------------------------------------------------------


def test_an_approved_question_stays_whatever_is_opened_again(signed_in, patient, clinician, visit):
    client, theirs = signed_in(patient), signed_in(clinician)
    for number in range(MOST_QUESTIONS):
        ask(patient, f"Question {number}?", place=number)
    first = Question.objects.for_visit()[0]
    client.post(reverse("care:question_settle", args=[first.public_id]))
    last = ask(patient, "The last?", place=9)
    approve(client, visit)
    client.post(reverse("care:question_reopen", args=[first.public_id]))
    assert "The last?" in text_of(theirs.get(visit.get_absolute_url()))
    # There is no room for it any more.
    first.refresh_from_db()
    assert first.for_visit_since is None and first.settled_at is None
    # Nor for those from before there was a limit, which hide nothing that is approved.
    Question.objects.exclude(pk=last.pk).update(for_visit_since=timezone.now(), place=1)
    assert "The last?" in text_of(theirs.get(visit.get_absolute_url()))
    assert "The last?" in text_of(client.get(visit.get_absolute_url()))


def test_on_a_day_that_is_past_it_can_still_be_taken_back(signed_in, patient, visit):
    client = signed_in(patient)
    approve(client, visit)
    Visit.objects.update(on="2026-11-20")
    html = text_of(client.get(HOME))
    assert "Did the visit take place?" in html and "See what is shown" in html


def test_it_is_past_where_the_visit_is(signed_in, patient, clinician, visit):
    """At noon in London it is already tomorrow in Auckland."""
    patient.time_zone, clinician.time_zone = "Pacific/Auckland", "America/New_York"
    patient.save()
    clinician.save()
    client = signed_in(patient)
    assert "This day is past" not in text_of(client.get(HOME))
    took_place = reverse("care:visit_took_place", args=[visit.public_id])
    Visit.objects.update(on="2026-12-24")
    assert "still to come" in text_of(client.post(took_place, follow=True))
    visit.refresh_from_db()
    assert visit.ended_at is None


def test_what_has_left_the_library_is_no_dead_link(signed_in, patient, clinician, visit):
    assignment = AssignmentFactory(patient=patient)
    edition = Edition.objects.get(article=assignment.article)
    TeachBack.objects.create(patient=patient, edition=edition, understood="partly", words="So.")
    Assignment.objects.all().delete()
    edition.retire(edition.reviewed_by)
    html = text_of(signed_in(clinician).get(visit.get_absolute_url()))
    assert assignment.article.title in html
    assert reverse("reading:reader", args=[assignment.article.slug, edition.level]) not in html


def test_todays_visits_are_there_however_many_are_coming(signed_in, clinician, visit):
    for index in range(105):
        patient = PatientFactory()
        CareRelationshipFactory(clinician=clinician, patient=patient)
        Visit.objects.create(patient=patient, on=timezone.localdate() + timedelta(days=3))
        assert index < 200
    html = text_of(signed_in(clinician).get(LIST))
    assert visit.get_absolute_url() in html and "There are more than are shown here." in html


# --- After ----------------------------------------------------------------------------------


def test_an_answer_is_not_lost_when_the_patient_ends_the_visit(
    signed_in, patient, clinician, visit
):
    question, theirs = ask(patient, "How long?"), signed_in(clinician)
    seen = theirs.get(after_url(visit)).context["form"]["seen"].value()
    with time_machine.travel("2026-11-24 12:01:00+00:00", tick=False):
        visits.end(visit, patient)
        data = {f"answer-{question.public_id}": "Two weeks.", "seen": seen}
        response = theirs.post(after_url(visit), data)
        assert "Two weeks." in text_of(response)
        data["seen"] = response.context["form"]["seen"].value()
        theirs.post(after_url(visit), data)
    question.refresh_from_db()
    assert question.answer == "Two weeks." and question.settled_at_visit == visit


def test_an_answer_whose_question_is_gone_is_said(signed_in, patient, clinician, visit):
    question, theirs = ask(patient, "How long?"), signed_in(clinician)
    seen = theirs.get(after_url(visit)).context["form"]["seen"].value()
    visits.unmark(patient, [question.pk])
    data = {f"answer-{question.public_id}": "Two weeks.", "agreed": "Rest.", "seen": seen}
    html = text_of(theirs.post(after_url(visit), data))
    assert "an answer has no question any more" in html and "Two weeks." in html
    visit.refresh_from_db()
    assert visit.agreed == "" and "Rest." in html
    theirs.post(after_url(visit), {"agreed": "Rest.", "seen": seen})
    visit.refresh_from_db()
    assert visit.agreed == "Rest."


def test_an_empty_field_does_not_wipe_what_a_colleague_answered(
    signed_in, patient, clinician, visit
):
    question = ask(patient, "How long?")
    theirs = signed_in(clinician)
    seen = theirs.get(after_url(visit)).context["form"]["seen"].value()
    colleague = CareRelationshipFactory(patient=patient).clinician
    name = f"answer-{question.public_id}"
    with time_machine.travel("2026-11-24 12:01:00+00:00", tick=False):
        signed_in(colleague).post(after_url(visit), {name: "Two weeks.", "seen": seen})
        response = theirs.post(after_url(visit), {name: "", "agreed": "Rest.", "seen": seen})
        form = response.context["form"]
        assert "Two weeks." in text_of(response)
        sent = {field: form[field].value() for field in form.fields}
        theirs.post(after_url(visit), {key: value for key, value in sent.items() if value})
    question.refresh_from_db()
    visit.refresh_from_db()
    assert (question.answer, visit.agreed) == ("Two weeks.", "Rest.")


def test_what_was_settled_by_mistake_is_opened_again(signed_in, patient, clinician, visit):
    question, theirs = ask(patient, "How long?"), signed_in(clinician)
    name = str(question.public_id)
    form = theirs.get(after_url(visit)).context["form"]
    theirs.post(after_url(visit), {f"settled-{name}": "on", "seen": form["seen"].value()})
    form = theirs.get(after_url(visit)).context["form"]
    assert form[f"settled-{name}"].value()
    theirs.post(after_url(visit), {"seen": form["seen"].value()})
    question.refresh_from_db()
    assert question.settled_at is None
    assert "How long?" in text_of(signed_in(patient).get(reverse("care:questions")))


def test_a_changed_answer_is_in_the_record(signed_in, patient, clinician, visit):
    question, theirs = ask(patient, "How long?"), signed_in(clinician)
    for answer in ("Two weeks.", "Three."):
        seen = theirs.get(after_url(visit)).context["form"]["seen"].value()
        theirs.post(after_url(visit), {f"answer-{question.public_id}": answer, "seen": seen})
    changes = AccessEvent.objects.filter(action="changed", what="question")
    assert changes.count() == 2


def test_a_visit_with_results_is_not_called_off(signed_in, patient, visit):
    visit.agreed = "Rest."
    visit.save()
    url = reverse("care:visit_call_off", args=[visit.public_id])
    html = text_of(signed_in(patient).post(url, follow=True))
    assert "can’t be called off" in html and Visit.objects.exists()


# --- Teach-back -----------------------------------------------------------------------------


def test_a_teach_back_sent_twice_is_one(signed_in, patient, clinician):
    assignment = AssignmentFactory(patient=patient, assigned_by=clinician)
    url = reverse("care:teach_back_new", args=[patient.public_id, assignment.article.slug])
    theirs = signed_in(clinician)
    data = {
        "edition": "fundamentals-1", "understood": "repeat", "words": "So.",
        "again": "fundamentals", "form_id": str(theirs.get(url).context["form"].form_id),
    }  # fmt: skip
    theirs.post(url, data)
    theirs.post(url, data)
    assert TeachBack.objects.count() == 1 and Assignment.objects.count() == 2


def test_a_day_without_a_level_is_asked_about(signed_in, patient, clinician):
    assignment = AssignmentFactory(patient=patient, assigned_by=clinician)
    url = reverse("care:teach_back_new", args=[patient.public_id, assignment.article.slug])
    data = {"edition": "fundamentals-1", "understood": "partly", "words": "So.",
            "again": "", "due_on": "2026-12-24"}  # fmt: skip
    assert "Choose a level, or leave the day empty." in text_of(
        signed_in(clinician).post(url, data)
    )
    assert not TeachBack.objects.exists()


# --- At once --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_ending_and_preparing_and_moving_at_once_break_nothing(patient, clinician, signed_in):
    own, other, theirs = signed_in(patient), signed_in(patient), signed_in(clinician)
    broken = []

    def work(step):
        try:
            together.wait(10)
            if step().status_code >= 500:
                broken.append("500")
        except Exception as error:
            broken.append(error)
        finally:
            connections.close_all()

    for _round in range(5):
        visit = visits.note(patient, patient, timezone.localdate(), None, clinician)
        questions = [ask(patient, f"{n}?", place=n) for n in range(3)]
        url = after_url(visit)
        seen = theirs.get(url).context["form"]["seen"].value()
        answers = {f"answer-{one.public_id}": "Yes." for one in questions[:2]}
        move = reverse("care:question_move", args=[questions[2].public_id])
        steps = [
            lambda url=url, data={**answers, "seen": seen, "end": "1"}: theirs.post(url, data),
            lambda move=move: own.post(move, {"way": "up"}),
            lambda: other.post(HOME, {}),
        ]
        together = threading.Barrier(len(steps))
        threads = [threading.Thread(target=work, args=[step]) for step in steps]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        Question.objects.all().delete()
        Visit.objects.all().delete()
    assert not broken, broken
