"""What a visit says in each of its states, and what it never says."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent
from education.articles.models import Edition, Level, State
from education.care import teach_backs, teams, visits
from education.care.models import Question, TeachBack, Visit
from education.journal.models import Reflection
from education.reading.models import Assignment
from tests.factories import (
    AssignmentFactory,
    ClinicianFactory,
    PublishedEditionFactory,
)

NOW = "2026-11-24 12:00:00+00:00"
HOME, LIST, DATE = reverse("care:visit"), reverse("care:visits"), reverse("care:visit_date")


@pytest.fixture(autouse=True)
def one_moment():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def visit(patient, clinician):
    return Visit.objects.create(
        patient=patient, on="2026-11-24", clinician=clinician, noted_by=patient
    )


@pytest.fixture
def thought(patient):
    return Reflection.objects.create(patient=patient, on="2026-11-20", text="A calm week.")


def text_of(response):
    return response.content.decode()


def page_of(client, visit, look=""):
    return text_of(client.get(visit.get_absolute_url() + look))


def ask(patient, text="How long?"):
    return Question.objects.create(patient=patient, text=text, for_visit_since=timezone.now())


def prepare(client, reflections=(), questions=()):
    return client.post(
        HOME,
        {
            "reflections": [str(one.public_id) for one in reflections],
            "questions": [str(one.public_id) for one in questions],
        },
        follow=True,
    )


def approve(client, visit):
    url = visit.get_absolute_url()
    seen = client.get(f"{url}?look=now").context["sheet"].things.fingerprint
    client.post(reverse("care:visit_approve", args=[visit.public_id]), {"page": seen})


def is_shared(thought):
    return Reflection.objects.get(pk=thought.pk).shared


def patient_page(client, patient):
    return text_of(client.get(reverse("care:patient", args=[patient.public_id])))


def after(client, visit, **data):
    """The form as it is opened, with what is changed in it, sent."""
    url = reverse("care:visit_after", args=[visit.public_id])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent = {key: value for key, value in {**sent, **data}.items() if value not in (None, False)}
    return client.post(url, sent, follow=True)


def explain(patient, clinician, edition, words="It keeps the clock.", **more):
    return teach_backs.note(
        patient, clinician, edition=edition, understood="partly", words=words, **more
    )


# --- Nobody sees a private reflection before the page is approved ----------------------------


def test_a_private_reflection_is_shared_by_approving_and_no_sooner(
    signed_in, patient, clinician, visit, thought
):
    client, theirs = signed_in(patient), signed_in(clinician)
    assert "shown once you approve it" in text_of(prepare(client, [thought]))
    assert not is_shared(thought)
    assert thought.text not in patient_page(theirs, patient) + page_of(theirs, visit)
    assert thought.text in page_of(client, visit, "?look=now")
    approve(client, visit)
    assert is_shared(thought) and thought.text in page_of(theirs, visit)
    client.post(reverse("care:visit_take_back", args=[visit.public_id]))
    assert not is_shared(thought)
    assert thought.text not in patient_page(theirs, patient) + page_of(theirs, visit)
    # It is still chosen: approving once more is enough.
    approve(client, visit)
    assert is_shared(thought)


def test_what_the_patient_makes_private_by_hand_is_not_shared_again(
    signed_in, patient, clinician, visit, thought
):
    client, theirs = signed_in(patient), signed_in(clinician)
    prepare(client, [thought])
    approve(client, visit)
    share = reverse("journal:reflection_share", args=[thought.public_id])
    client.post(share, {"words": "stop"})
    page = page_of(client, visit)
    assert thought.text not in page + page_of(theirs, visit)
    # Gone is not new: there is nothing to approve.
    assert "exactly this" in page and "new or different" not in page
    approve(client, visit)
    assert not is_shared(thought)
    prepare(client, [thought])
    approve(client, visit)
    assert is_shared(thought)


def test_an_approval_ends_by_itself_when_nobody_finishes_the_visit(
    signed_in, patient, visit, thought, one_moment
):
    client = signed_in(patient)
    prepare(client, [thought])
    approve(client, visit)
    for days, shown in ((30, True), (31, False)):
        one_moment.move_to(timezone.now().replace(month=11, day=24) + timedelta(days=days))
        out = StringIO()
        call_command("erase_expired", stdout=out)
        assert ("approvals of visits" in out.getvalue()) != shown
        visit.refresh_from_db()
        assert visit.is_approved == shown == is_shared(thought)


def test_stopping_everything_and_the_end_of_the_visit_leave_nothing_to_bring_back(
    signed_in, patient, visit, thought
):
    client = signed_in(patient)
    prepare(client, [thought])
    approve(client, visit)
    client.post(reverse("journal:stop_sharing"))
    assert not is_shared(thought)
    assert visits.end(visit, patient)
    client.post(reverse("journal:undo_sharing"))
    assert not is_shared(thought)


# --- What waits to be approved ---------------------------------------------------------------


def test_the_pages_say_what_waits_to_be_approved(signed_in, patient, visit):
    client, today = signed_in(patient), reverse("care:today")
    assert "Nothing is shown there yet" in text_of(client.get(today))
    one = ask(patient)
    prepare(client, questions=[one])
    assert "not approved yet" in text_of(client.get(HOME))
    assert "approve it" in text_of(client.get(today))
    approve(client, visit)
    assert "you approved the page of this visit" in text_of(client.get(HOME))
    assert "Nothing is different." in text_of(prepare(client, questions=[one]))
    two = ask(patient, "And when?")
    assert "the page from before until you approve" in text_of(
        prepare(client, questions=[one, two])
    )
    assert "What you chose since is not approved yet" in text_of(client.get(HOME))
    assert f"{visit.get_absolute_url()}?look=now" in text_of(client.get(today))


def test_what_is_not_approved_is_not_said_to_be_nothing(signed_in, patient, clinician, visit):
    theirs = signed_in(clinician)
    ask(patient)
    page = page_of(theirs, visit)
    assert page.count("Not approved yet.") == 3
    assert "No question." not in page and "None is chosen." not in page
    approve(signed_in(patient), visit)
    assert "None is chosen." in page_of(theirs, visit)


def test_an_answer_of_a_moment_ago_stays_on_the_page(signed_in, patient, clinician, visit):
    client, theirs = signed_in(patient), signed_in(clinician)
    one = ask(patient)
    approve(client, visit)
    html = text_of(after(theirs, visit, **{f"answer-{one.public_id}": "Two weeks."}))
    assert "Two weeks." in html and "No question." not in html
    assert "once the visit is finished" in html
    assert "Two weeks." in page_of(client, visit)


# --- Finishing -------------------------------------------------------------------------------


def test_finishing_can_be_taken_back_for_an_hour(signed_in, patient, clinician, visit, one_moment):
    client, theirs = signed_in(patient), signed_in(clinician)
    html = text_of(after(theirs, visit, agreed="Rest.", end="1"))
    undo = reverse("care:visit_open_again", args=[visit.public_id])
    assert undo in html
    # Only by whom it was finished.
    assert "can’t be undone" in text_of(client.post(undo, follow=True))
    assert "open again" in text_of(theirs.post(undo, follow=True))
    assert Visit.objects.open().get().agreed == "Rest."
    after(theirs, visit, end="1")
    one_moment.shift(timedelta(hours=1, seconds=1))
    theirs.post(undo)
    assert not Visit.objects.open().exists()


def test_a_visit_is_not_opened_again_beside_the_next_one(signed_in, patient, visit):
    assert visits.end(visit, patient)
    Visit.objects.create(patient=patient, on="2026-12-24")
    undo = reverse("care:visit_open_again", args=[visit.public_id])
    assert "can’t be undone" in text_of(signed_in(patient).post(undo, follow=True))


def test_one_look_at_the_question_ends_nothing(signed_in, patient, visit):
    url = reverse("care:visit_took_place", args=[visit.public_id])
    signed_in(patient).get(url)
    Visit.objects.update(on=None)
    signed_in(patient).get(url)
    assert Visit.objects.open().exists()


def test_a_visit_that_is_finished_early_was_on_that_day(signed_in, patient, clinician, visit):
    Visit.objects.update(on="2026-12-01")
    theirs = signed_in(clinician)
    page = text_of(theirs.get(reverse("care:visit_after", args=[visit.public_id])))
    assert "This visit is on Tuesday 1 December" in page
    after(theirs, visit, agreed="Rest.", end="1")
    html = text_of(signed_in(patient).get(HOME))
    assert "Your visit on Tue 24 Nov" in html and "1 Dec" not in html


def test_what_came_of_it_is_the_first_thing_for_some_weeks(
    signed_in, patient, clinician, visit, one_moment
):
    after(signed_in(clinician), visit, agreed="Rest.", end="1")
    client, today = signed_in(patient), reverse("care:today")
    assert "What came of your visit on Tue 24 Nov" in text_of(client.get(today))
    assert "Read what came of it" in text_of(client.get(HOME))
    one_moment.shift(timedelta(days=29))
    client = signed_in(patient)
    assert "What came of your visit" not in text_of(client.get(today))
    assert "Read what came of it" not in text_of(client.get(HOME))


def test_finished_ones_stay_in_the_list_of_the_day(signed_in, clinician, visit):
    theirs = signed_in(clinician)
    after(theirs, visit, end="1")
    html = text_of(theirs.get(LIST))
    assert "Finished today" in html and "Open the summary" in html


def test_only_what_was_given_on_its_days_came_of_it(signed_in, patient, clinician, visit):
    Visit.objects.update(on="2026-11-03")
    for title, on in (("Then", "2026-11-03"), ("Between", "2026-11-12"), ("Now", "2026-11-24")):
        article = PublishedEditionFactory(article__title=f"{title} given").article
        one = AssignmentFactory(patient=patient, article=article)
        Assignment.objects.filter(pk=one.pk).update(assigned_at=f"{on} 10:00+00:00")
    html = text_of(after(signed_in(clinician), visit, end="1"))
    assert "Then given" in html and "Now given" in html and "Between given" not in html


# --- The day ---------------------------------------------------------------------------------


def test_a_day_that_somebody_else_has_changed_is_not_overwritten(
    signed_in, patient, clinician, visit
):
    client, theirs = signed_in(patient), signed_in(clinician)
    url = reverse("care:patient_visit", args=[patient.public_id])
    seen = theirs.get(url).context["form"]["seen"].value()
    client.post(
        DATE,
        {
            "on": "2026-12-01",
            "at": "10:00",
            "seen": client.get(DATE).context["form"]["seen"].value(),
        },
    )
    answer = theirs.post(url, {"on": "2026-11-25", "seen": seen})
    html = text_of(answer)
    assert "Somebody else changed this" in html and "Tuesday 1 December 2026, 10" in html
    assert Visit.objects.get().on.isoformat() == "2026-12-01"
    again = answer.context["form"]["seen"].value()
    theirs.post(url, {"on": "2026-11-25", "seen": again})
    assert Visit.objects.get().on.isoformat() == "2026-11-25"


def test_without_a_day_the_team_still_finds_what_it_has_written_in(
    signed_in, patient, clinician, visit
):
    client, theirs = signed_in(patient), signed_in(clinician)
    after(theirs, visit, agreed="Rest.")
    seen = client.get(DATE).context["form"]["seen"].value()
    html = text_of(client.post(DATE, {"seen": seen}, follow=True))
    assert "Saved, without a day." in html
    assert "Rest." in text_of(theirs.get(reverse("care:visit_after", args=[visit.public_id])))


def test_the_clinics_day_counts_where_it_is_still_yesterday(signed_in, patient, clinician):
    """At noon in London it is the next day in Auckland."""
    patient.time_zone, clinician.time_zone = "Pacific/Auckland", "America/New_York"
    patient.save()
    clinician.save()
    signed_in(patient).post(DATE, {"on": "2026-11-24"})
    assert Visit.objects.get().on.isoformat() == "2026-11-24"


def test_a_past_day_is_said_to_be_past_on_each_page(signed_in, patient, clinician, visit):
    Visit.objects.update(on="2026-11-20")
    client, theirs = signed_in(patient), signed_in(clinician)
    assert "Prepare it, 3 minutes" not in text_of(client.get(reverse("care:today")))
    for reader in (client, theirs):
        assert "This day is past" in page_of(reader, visit)
    finish = reverse("care:visit_after", args=[visit.public_id])
    assert f'btn-primary" href="{finish}"' in patient_page(theirs, patient)


def test_whoever_leaves_is_not_said_to_be_there(signed_in, patient, clinician, visit):
    colleague = ClinicianFactory(name="Dr New Colleague")
    assert teams.hand_over(patient, colleague, clinician)
    visit.refresh_from_db()
    assert visit.clinician == colleague
    assert teams.end(patient, colleague)
    assert "with Dr" not in text_of(signed_in(patient).get(HOME))


# --- What was explained -----------------------------------------------------------------------


def test_what_was_explained_without_a_visit_is_there_for_the_patient(signed_in, patient, clinician):
    edition = PublishedEditionFactory(level=Level.FUNDAMENTALS)
    for n in range(22):
        explain(patient, clinician, edition, f"Words {n:02}.")
    client = signed_in(patient)
    html = text_of(client.get(HOME))
    assert "Words 21." in html and "Words 19." not in html
    url = reverse("care:explained")
    assert url in html
    page = client.get(url)
    assert "Words 02." in text_of(page) and "Words 01." not in text_of(page)
    older = text_of(client.get(url + page.context["older_url"]))
    assert "Words 01." in older and "Words 02." not in older
    last = TeachBack.objects.get(words__isnull=False, pk=TeachBack.objects.earliest("pk").pk)
    assert client.get(url, {"before": str(last.public_id)})["Location"] == url
    assert url in text_of(client.get(reverse("accounts:access_record")))


def test_nothing_explained_yet(signed_in, patient):
    assert "Nothing yet" in text_of(signed_in(patient).get(reverse("care:explained")))


def test_it_belongs_to_the_visit_of_today_and_to_none_that_is_far(patient, clinician, visit):
    edition = PublishedEditionFactory()
    assert explain(patient, clinician, edition).visit == visit
    visits.end(visit, clinician)
    far = Visit.objects.create(patient=patient, on="2027-02-24")
    assert explain(patient, clinician, edition).visit == visit
    Visit.objects.filter(pk=visit.pk).update(ended_at="2026-11-20 12:00+00:00")
    assert explain(patient, clinician, edition).visit is None
    assert visits.call_off(far, patient)


def test_other_words_sent_from_the_same_form_are_another_note(patient, clinician):
    edition = PublishedEditionFactory()
    one = explain(patient, clinician, edition, "It keeps the clock.")
    same = {"form_id": one.public_id}
    assert explain(patient, clinician, edition, "It keeps the clock.", **same) == one
    assert explain(patient, clinician, edition, "It sets the clock.", **same) != one
    assert TeachBack.objects.count() == 2


# --- A missing key, an empty library ----------------------------------------------------------


def test_what_can_not_be_read_outlasts_every_form(signed_in, patient, clinician, visit, settings):
    client, theirs = signed_in(patient), signed_in(clinician)
    one, keys = ask(patient), settings.JOURNAL_KEYS
    note = explain(patient, clinician, PublishedEditionFactory())
    after(theirs, visit, agreed="Rest.", **{f"answer-{one.public_id}": "Soon."})
    two = ask(patient, "And then?")
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    assert "can’t be read" in text_of(after(theirs, visit))
    two_url = reverse("care:question", args=[two.public_id])
    note_url = reverse("care:teach_back", args=[note.public_id])
    for reader, url, sent in (
        (client, two_url, {"text": "These words"}),
        (theirs, note_url, {"words": "These words", "understood": "understood"}),
    ):
        assert "can’t be read" in text_of(reader.get(url, follow=True))
        assert "can’t be read" in text_of(reader.post(url, sent, follow=True))
    settings.JOURNAL_KEYS = keys
    assert Visit.objects.get().agreed == "Rest."
    assert {q.text for q in Question.objects.all()} == {one.text, two.text}
    assert Question.objects.get(pk=one.pk).answer == "Soon."
    assert TeachBack.objects.get().words == "It keeps the clock."


def test_with_its_key_missing_nothing_is_said_to_be_approved(signed_in, patient, visit, settings):
    client = signed_in(patient)
    approve(client, visit)
    settings.JOURNAL_KEYS = [Fernet.generate_key().decode()]
    for html in (page_of(client, visit), text_of(client.get(HOME))):
        assert "You approved" not in html and "you approved" not in html


def test_what_has_left_the_library_is_named_and_not_linked(signed_in, patient, clinician, visit):
    edition = PublishedEditionFactory(article__title="Withdrawn by us")
    AssignmentFactory(patient=patient, article=edition.article)
    client, theirs = signed_in(patient), signed_in(clinician)
    link = f'href="{reverse("reading:reader", args=[edition.article.slug, edition.level])}"'
    back = reverse("care:teach_back_new", args=[patient.public_id, edition.article.slug])
    pages = (
        lambda: text_of(client.get(reverse("care:today"))),
        lambda: text_of(client.get(HOME)),
        lambda: page_of(theirs, visit),
        lambda: patient_page(theirs, patient),
    )
    assert all(link in page() for page in pages) and back in pages[2]()
    Edition.objects.filter(pk=edition.pk).update(state=State.RETIRED)
    for page in pages:
        html = page()
        assert "Withdrawn by us" in html and link not in html and back not in html


def test_the_record_tells_the_page_from_its_day(signed_in, patient, clinician, visit):
    """What is not the page that the patient approved is not said to have opened it."""
    theirs = signed_in(clinician)
    for name, key in (("patient_visit", patient), ("visit_call_off", visit)):
        theirs.get(reverse(f"care:{name}", args=[key.public_id]))
    assert set(AccessEvent.objects.values_list("what", "thing")) == {("visit", "")}
    client = signed_in(patient)
    approve(client, visit)
    assert "Opened by" not in page_of(client, visit)


def test_taking_a_question_back_can_be_undone(signed_in, patient):
    one = ask(patient)
    client, url = signed_in(patient), reverse("care:question_for_visit", args=[one.public_id])
    html = text_of(client.post(url, {"for_visit": "no"}, follow=True))
    assert f'action="{url}?for_visit=yes"' in html
    client.post(f"{url}?for_visit=yes")
    one.refresh_from_db()
    assert one.for_visit_since
