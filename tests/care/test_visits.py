"""When the next visit is, the clinician's list, and what came of a visit."""

from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.care import visits
from education.care.models import Question, TeachBack, Visit
from education.journal.models import Reflection
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PatientFactory,
    PublishedEditionFactory,
)

NOW = "2026-11-24 12:00:00+00:00"
HOME, DATE, PAST = reverse("care:visit"), reverse("care:visit_date"), reverse("care:visits_past")
LIST = reverse("care:visits")


@pytest.fixture(autouse=True)
def one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(patient, clinician):
    return Visit.objects.create(patient=patient, on="2026-11-24", at="10:30", clinician=clinician)


def text_of(response):
    return response.content.decode()


def ask(patient, text, **fields):
    return Question.objects.create(
        patient=patient, text=text, **{"for_visit_since": timezone.now(), **fields}
    )


def after(client, visit, **data):
    """The form as it is opened, with what is changed in it, sent."""
    url = reverse("care:visit_after", args=[visit.public_id])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return client.post(url, {k: v for k, v in {**sent, **data}.items() if v not in (None, False)})


# --- The day --------------------------------------------------------------------------------


def test_the_patient_notes_and_changes_the_day(signed_in, patient, clinician):
    client = signed_in(patient)
    assert "When is your next visit?" in text_of(client.get(HOME))
    data = {"on": "2026-12-01", "at": "10:30", "clinician": str(clinician.public_id)}
    html = text_of(client.post(DATE, data, follow=True))
    assert "Tuesday 1 December 2026, 10:30" in html and f"with {clinician.name}" in html
    seen = client.get(DATE).context["form"]["seen"].value()
    client.post(DATE, {"on": "2026-12-02", "seen": seen})
    visit = Visit.objects.get()
    assert (visit.on, visit.at, visit.clinician) == (date(2026, 12, 2), None, None)
    # They note it for themselves: there is nothing to record.
    assert not AccessEvent.objects.exists()


def test_the_clinician_notes_it_and_the_patient_can_see_that(signed_in, patient, clinician):
    theirs, url = signed_in(clinician), reverse("care:patient_visit", args=[patient.public_id])
    assert theirs.get(url).context["form"]["clinician"].value() == clinician.public_id
    answer = theirs.post(url, {"on": "2026-12-01", "at": "09:00"}, follow=True)
    assert "Tuesday 1 December 2026, 9" in text_of(answer)
    client = signed_in(patient)
    assert "Tuesday 1 December 2026, 9" in text_of(client.get(HOME))
    record = text_of(client.get(reverse("accounts:access_record")))
    assert "noted something about your visit" in record


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"on": "2026-11-23"}, "This day is past."),
        ({"on": "2029-01-01"}, "within the next two years"),
        ({"on": "31/31/2026"}, "This day does not exist"),
        ({"on": "2026-12-01", "at": "25:00"}, "Write the time as"),
        ({"at": "10:00"}, "Say on which day this time is."),
        ({"on": "2026-12-01", "clinician": "x\x00"}, "Choose somebody from the list."),
    ],
)
def test_what_can_not_be_noted_stays_in_the_form(signed_in, patient, data, says):
    response = signed_in(patient).post(DATE, data)
    assert response.status_code == 200 and says in text_of(response)
    assert not Visit.objects.exists()
    for value in data.values():
        if "\x00" not in value:
            assert value in text_of(response)


def test_only_who_treats_the_patient_can_be_chosen(signed_in, patient, clinician):
    stranger = CareRelationshipFactory().clinician
    html = text_of(signed_in(patient).get(DATE))
    assert str(clinician.public_id) in html and str(stranger.public_id) not in html
    assert clinician.email not in html
    response = signed_in(patient).post(
        DATE, {"on": "2026-12-01", "clinician": str(stranger.public_id)}
    )
    assert "Choose somebody from the list." in text_of(response)


def test_there_is_one_next_visit(patient, visit):
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.create(patient=patient)
    visits.note(patient, patient, date(2026, 12, 24), time(9))
    assert Visit.objects.get().pk == visit.pk


@pytest.mark.parametrize(
    "wrong",
    [
        {"approved_at": timezone.now},
        {"approved": lambda: "{}"},
        {"on": lambda: None},
        {"ended_at": timezone.now, "approved": lambda: "{}", "approved_at": timezone.now},
    ],
)
def test_the_database_refuses_what_can_not_be(visit, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=visit.pk).update(**{key: of() for key, of in wrong.items()})


def test_a_visit_is_called_off_and_its_questions_stay(signed_in, patient, clinician, visit):
    ask(patient, "How long?")
    words = Reflection.objects.create(patient=patient, on="2026-11-20", text="A calm week.")
    client = signed_in(patient)
    client.post(HOME, {"reflections": [str(words.public_id)]})
    seen = client.get(f"{visit.get_absolute_url()}?look=now").context["sheet"].things.fingerprint
    assert visits.approve(visit, timezone.localdate(timezone=patient.zone), seen)
    words.refresh_from_db()
    assert words.shared
    url = reverse("care:visit_call_off", args=[visit.public_id])
    assert "This does not tell the clinic" in text_of(client.get(url))
    client.post(url)
    words.refresh_from_db()
    assert not Visit.objects.exists() and not words.shared
    assert Question.objects.get().text == "How long?"
    assert client.post(url).status_code == 404
    visits.note(patient, patient, date(2026, 12, 1))
    url = reverse("care:visit_call_off", args=[Visit.objects.get().public_id])
    signed_in(clinician).post(url)
    assert (
        AccessEvent.objects.order_by("number").last().action == "withdrew"
        and not Visit.objects.exists()
    )


def test_a_past_day_is_asked_about(signed_in, patient, clinician, visit):
    Visit.objects.update(on="2026-11-20")
    client = signed_in(patient)
    url = reverse("care:visit_took_place", args=[visit.public_id])
    assert url in text_of(client.get(HOME))
    assert "Did the visit take place?" in text_of(client.get(url))
    assert Visit.objects.open().exists()
    html = text_of(client.post(url, follow=True))
    assert "When is your next visit?" in html and "Fri 20 Nov 2026" in html
    assert "has ended already" in text_of(client.post(url, follow=True))
    # What came of it can still be written down.
    answer = after(signed_in(clinician), visit, agreed="Rest.")
    assert "Rest." in text_of(client.get(answer["Location"]))


# --- The clinician's list -------------------------------------------------------------------


def test_the_list_has_todays_visits_first_and_leads_to_their_pages(signed_in, clinician, visit):
    def other(name, on, at=None):
        patient = PatientFactory(name=name)
        CareRelationshipFactory(clinician=clinician, patient=patient)
        return Visit.objects.create(patient=patient, on=on, at=at)

    early = other("Early", "2026-11-24", "08:00")
    other("Next week", "2026-12-01")
    past = other("Past", "2026-11-20")
    other("Next year", "2027-11-01")
    other("No day", None)
    Visit.objects.create(patient=PatientFactory(name="Stranger"), on="2026-11-24")
    client = signed_in(clinician)
    html = text_of(client.get(LIST))
    order = ["Early", visit.patient.name, "Next week", "Past"]
    places = [html.index(f"<strong>{name}</strong>") for name in order]
    assert places == sorted(places)
    for name in ("Next year", "No day", "Stranger"):
        assert name not in html
    assert early.get_absolute_url() in html and visit.get_absolute_url() in html
    assert reverse("care:visit_after", args=[past.public_id]) in html
    # Who is seen in the list is in their record.
    assert set(AccessEvent.objects.values_list("action", flat=True)) == {"listed"}
    assert AccessEvent.objects.count() == 4


@pytest.mark.parametrize("n", [1, 30])
def test_queries_of_the_list_do_not_grow(signed_in, clinician, django_assert_num_queries, n):
    for index in range(n):
        patient = PatientFactory()
        CareRelationshipFactory(clinician=clinician, patient=patient)
        Visit.objects.create(patient=patient, on=timezone.localdate() + timedelta(days=index % 5))
    client = signed_in(clinician)
    client.get(LIST)
    with django_assert_num_queries(7):
        client.get(LIST)


def test_a_day_without_visits_says_so(signed_in, clinician):
    assert "No visit is noted for today." in text_of(signed_in(clinician).get(LIST))


# --- After ----------------------------------------------------------------------------------


def test_the_patient_keeps_what_came_of_it(signed_in, patient, clinician, visit):
    first, second = ask(patient, "First?"), ask(patient, "Second?", place=1)
    private = ask(patient, "Mine?", for_visit_since=None)
    edition = PublishedEditionFactory(article__title="Nights and days")
    AssignmentFactory(patient=patient, article=edition.article, assigned_by=clinician)
    theirs = signed_in(clinician)
    form = theirs.get(reverse("care:visit_after", args=[visit.public_id]))
    assert "First?" in text_of(form) and "Mine?" not in text_of(form)
    answer = after(
        theirs, visit, agreed="Coffee before noon.",
        **{f"answer-{first.public_id}": "Two weeks."}, end="1",
    )  # fmt: skip
    client = signed_in(patient)
    html = text_of(client.get(visit.get_absolute_url()))
    assert answer["Location"] == visit.get_absolute_url()
    for words in ("What came of your visit", "Coffee before noon.", "First?", "Two weeks.",
                  "Nights and days"):  # fmt: skip
        assert words in html, words
    assert "Second?" not in html and "Mine?" not in html
    for question, settled in ((first, True), (second, False), (private, False)):
        question.refresh_from_db()
        assert (question.settled_at is not None) == settled
    # It is kept among the visits, and the answer among the questions.
    assert visit.get_absolute_url() in text_of(client.get(HOME))
    assert visit.get_absolute_url() in text_of(client.get(PAST))
    settled = text_of(client.get(reverse("care:questions_settled")))
    assert "Two weeks." in settled and clinician.name in settled
    record = text_of(client.get(reverse("accounts:access_record")))
    assert "noted the answer to 1 question of yours" in record


def test_the_end_closes_what_was_shown_for_it(signed_in, patient, clinician, visit):
    ask(patient, "How long?")
    words = Reflection.objects.create(patient=patient, on="2026-11-20", text="A calm week.")
    client, theirs = signed_in(patient), signed_in(clinician)
    client.post(HOME, {"reflections": [str(words.public_id)]})
    look = client.get(f"{visit.get_absolute_url()}?look=now").context["sheet"]
    client.post(
        reverse("care:visit_approve", args=[visit.public_id]), {"page": look.things.fingerprint}
    )
    assert "A calm week." in text_of(theirs.get(visit.get_absolute_url()))
    after(theirs, visit, end="1")
    assert "A calm week." not in text_of(theirs.get(visit.get_absolute_url()))
    words.refresh_from_db()
    assert not words.shared
    visit.refresh_from_db()
    assert visit.approved == "" and visit.ended_by == clinician


def test_saving_goes_on_and_can_be_corrected(signed_in, patient, clinician, visit):
    question = ask(patient, "How long?")
    theirs = signed_in(clinician)
    after(theirs, visit, **{f"settled-{question.public_id}": "on"})
    visit.refresh_from_db()
    assert visit.ended_at is None
    after(theirs, visit, **{f"answer-{question.public_id}": "Two weeks."}, end="1")
    after(theirs, visit, **{f"answer-{question.public_id}": "Three."}, agreed="Rest.")
    html = text_of(signed_in(patient).get(visit.get_absolute_url()))
    assert "Three." in html and "Two weeks." not in html and "Rest." in html


def test_nobody_overwrites_unseen_what_a_colleague_saved(signed_in, patient, clinician, visit):
    colleague = CareRelationshipFactory(patient=patient).clinician
    url = reverse("care:visit_after", args=[visit.public_id])
    seen = signed_in(clinician).get(url).context["form"]["seen"].value()
    with time_machine.travel("2026-11-24 12:05:00+00:00"):
        after(signed_in(colleague), visit, agreed="Theirs.")
    theirs = signed_in(clinician)
    response = theirs.post(url, {"agreed": "Mine.", "seen": seen, "end": "1"})
    html = text_of(response)
    assert "Somebody else changed this" in html and "Mine." in html and "Theirs." in html
    visit.refresh_from_db()
    assert visit.agreed == "Theirs." and visit.ended_at is None
    theirs.post(url, {"agreed": "Mine.", "seen": response.context["form"]["seen"].value()})
    visit.refresh_from_db()
    assert visit.agreed == "Mine."


def test_a_question_that_the_patient_settles_meanwhile_stays_settled(
    signed_in, patient, clinician, visit
):
    question = ask(patient, "How long?")
    theirs = signed_in(clinician)
    url = reverse("care:visit_after", args=[visit.public_id])
    form = theirs.get(url).context["form"]
    signed_in(patient).post(reverse("care:question_settle", args=[question.public_id]))
    theirs.post(
        url, {"seen": form["seen"].value(), f"answer-{question.public_id}": "Too late.", "end": "1"}
    )
    question.refresh_from_db()
    assert question.settled_by == patient and question.answer == ""


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("agreed", "x" * 2001, "at most 2000"),
        ("agreed", "a\x00b", "Null characters"),
        ("answer", "x" * 501, "at most 500"),
    ],
)
def test_what_is_too_long_stays_in_the_form(
    signed_in, patient, clinician, visit, field, value, says
):
    question = ask(patient, "How long?")
    name = field if field == "agreed" else f"answer-{question.public_id}"
    response = after(signed_in(clinician), visit, **{name: value})
    assert says in text_of(response)
    question.refresh_from_db()
    assert question.settled_at is None


def test_past_visits_are_paged(signed_in, patient, clinician):
    for day in range(1, 26):
        at = timezone.now() - timedelta(days=day)
        Visit.objects.create(patient=patient, on=at.date(), ended_at=at, clinician=clinician)
    client = signed_in(patient)
    assert "All visits before" in text_of(client.get(HOME))
    html = text_of(client.get(PAST))
    assert html.count('href="/visits/') == 20
    older = html.partition('href="?before=')[2].partition('"')[0]
    html = text_of(client.get(f"{PAST}?before={older}"))
    assert html.count('href="/visits/') == 5 and "Newer" in html
    assert client.get(f"{PAST}?before=x%00").status_code == 200


def test_the_patient_page_leads_to_the_visit_and_the_one_before(
    signed_in, patient, clinician, visit
):
    before = Visit.objects.create(patient=patient, on="2026-10-01", ended_at=timezone.now())
    html = text_of(signed_in(clinician).get(reverse("care:patient", args=[patient.public_id])))
    assert visit.get_absolute_url() in html and before.get_absolute_url() in html
    assert "Tuesday 24 November 2026, 10:30" in html


def test_an_empty_visit_has_an_empty_summary(signed_in, patient, clinician, visit):
    after(signed_in(clinician), visit, end="1")
    html = text_of(signed_in(patient).get(visit.get_absolute_url()))
    assert "Nothing was written down at this visit." in html
    assert not TeachBack.objects.exists()
