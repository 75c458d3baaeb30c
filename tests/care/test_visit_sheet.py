"""The page of a visit: the patient approves exactly what the clinician then sees, and no more."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEvent, Mail
from education.articles.models import Level
from education.care.models import ChosenReflection, Question, TeachBack, Visit
from education.care.sheet import MOST_QUESTIONS, MOST_REFLECTIONS
from education.journal.models import Night, Reflection
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PublishedEditionFactory,
    ReadingFactory,
)

NOW = "2026-11-24 12:00:00+00:00"
PREPARE, TODAY = reverse("care:visit"), reverse("care:today")


@pytest.fixture(autouse=True)
def one_moment():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def visit(patient, clinician):
    return Visit.objects.create(patient=patient, on=timezone.localdate(), clinician=clinician)


def ask(patient, text, marked=True, **fields):
    since = timezone.now() if marked else None
    return Question.objects.create(patient=patient, text=text, for_visit_since=since, **fields)


def night(patient, days_ago=1, **fields):
    woke_at = timezone.now() - timedelta(days=days_ago, hours=5)
    defaults = {
        "into_bed_at": woke_at - timedelta(hours=8),
        "tried_to_sleep_at": woke_at - timedelta(hours=8),
        "minutes_to_fall_asleep": 10,
        "minutes_awake": 0,
        "awakenings": 0,
        "woke_at": woke_at,
        "got_up_at": woke_at,
        "numbers_shared": True,
        "zone": "Europe/London",
    }
    return Night.objects.create(
        patient=patient, diary_date=woke_at.date(), **{**defaults, **fields}
    )


def reflect(patient, text, shared=False):
    return Reflection.objects.create(
        patient=patient, on=timezone.localdate(), text=text, shared=shared
    )


def page(client, visit, look=""):
    return client.get(visit.get_absolute_url() + look).content.decode()


def prepare(client, questions=(), reflections=(), **more):
    return client.post(
        PREPARE,
        {
            "questions": [str(one.public_id) for one in questions],
            "reflections": [str(one.public_id) for one in reflections],
            **more,
        },
    )


def approve(client, visit):
    """As it is now, by looking at it and pressing the button."""
    response = client.get(f"{visit.get_absolute_url()}?look=now")
    fingerprint = response.context["sheet"].things.fingerprint
    assert f'value="{fingerprint}"' in response.content.decode()
    return client.post(
        reverse("care:visit_approve", args=[visit.public_id]), {"page": fingerprint}, follow=True
    )


def sheet_of(html):
    """The page without what is around it, and without what only a clinician can press."""
    html = html.partition('<div class="sheet">')[2].partition("page-foot")[0]
    return " ".join(html.split())


# --- Approval -------------------------------------------------------------------------------


def test_before_approval_the_clinician_sees_nothing_that_the_patient_wrote(
    signed_in, patient, clinician, visit
):
    ask(patient, "How long?")
    night(patient)
    reflect(patient, "A calm week.", shared=True)
    prepare(signed_in(patient), Question.objects.all(), Reflection.objects.all())
    html = page(signed_in(clinician), visit)
    assert "has not approved this page yet" in html
    assert "How long?" not in html and "A calm week." not in html and "7 h 50" not in html
    # The patient sees what it would be.
    own = page(signed_in(patient), visit)
    assert "This is exactly what your care team will see" in own
    assert "How long?" in own and "A calm week." in own and "7 h 50" in own


def test_what_is_approved_is_the_same_for_both(signed_in, patient, clinician, visit):
    edition = PublishedEditionFactory(body=[("Why we sleep", "<p>Because.</p>")])
    question = ask(patient, "How long?", edition=edition, section=edition.sections.get())
    ask(patient, "Only mine.", marked=False)
    for days_ago in (1, 2, 4):
        night(patient, days_ago)
    night(patient, 3, numbers_shared=False)
    chosen, other = reflect(patient, "A calm week."), reflect(patient, "Not this.", shared=True)
    assignment = AssignmentFactory(patient=patient, assigned_by=clinician)
    ReadingFactory(patient=patient, edition=assignment.article.editions.get())
    TeachBack.objects.create(
        patient=patient, edition=edition, understood="partly", words="It sets the clock."
    )
    client = signed_in(patient)
    prepare(client, [question], [chosen])
    answer = approve(client, visit)
    assert "Approved. Your care team sees exactly this." in answer.content.decode()
    theirs, own = page(signed_in(clinician), visit), page(client, visit)
    for words in ("How long?", "Why we sleep", "A calm week.", "3 shared of 14 nights",
                  "It sets the clock.", "partly understood", assignment.article.title):  # fmt: skip
        assert words in theirs and words in own, words
    for words in ("Only mine.", "Not this."):
        assert words not in theirs and words not in own, words
    # The same, but for the clinician's links to note a teach-back.
    link = reverse("care:teach_back_new", args=[patient.public_id, assignment.article.slug])
    assert link in theirs and link not in own
    start = sheet_of(theirs).index('<span class="no-print">')
    end = sheet_of(theirs).index("</span></a></span>", start) + len("</span></a></span>")
    without = sheet_of(theirs)[:start] + sheet_of(theirs)[end:]
    assert (
        without.removesuffix('<p class="meta ')
        .strip()
        .startswith(sheet_of(own).partition("</main>")[0].strip()[:2000])
    )
    assert other.shared


@pytest.mark.parametrize("change", ["question", "night", "reflection", "new question", "order"])
def test_what_changes_afterwards_is_not_shown_until_it_is_approved(
    signed_in, patient, clinician, visit, change
):
    first, second = ask(patient, "First?", place=0), ask(patient, "Second?", place=1)
    one_night, reflection = night(patient), reflect(patient, "A calm week.")
    client, theirs = signed_in(patient), signed_in(clinician)
    prepare(client, [first, second], [reflection])
    approve(client, visit)
    assert "Something is new or different" not in page(client, visit)
    if change == "question":
        url = reverse("care:question", args=[first.public_id])
        client.post(url, {"text": "Changed?", "for_visit": "on"})
        new, gone = "Changed?", "First?"
    elif change == "night":
        one_night.minutes_to_fall_asleep = 130
        one_night.save()
        new, gone = "5 h 50", "7 h 50"
    elif change == "reflection":
        reflection.refresh_from_db()
        reflection.text = "Not so calm."
        reflection.save()
        new, gone = "Not so calm.", "A calm week."
    elif change == "new question":
        prepare(client, [first, second, ask(patient, "Third?", marked=False)], [reflection])
        new, gone = "Third?", ""
    else:
        client.post(reverse("care:question_move", args=[second.public_id]), {"way": "up"})
        new, gone = "", ""
    html = page(theirs, visit)
    if new:
        assert new not in html
        assert not gone or gone not in html
    else:
        assert html.index("First?") < html.index("Second?")
    own = page(client, visit)
    assert "Something is new or different" in own
    # Nobody else is told that there is something.
    assert "new or different" not in html and "approved" not in html
    approve(client, visit)
    html = page(theirs, visit)
    assert new in html
    if not new:
        assert html.index("Second?") < html.index("First?")
    assert "Something is new or different" not in page(client, visit)


def test_what_is_stopped_disappears_at_once(signed_in, patient, clinician, visit):
    question, one_night = ask(patient, "How long?"), night(patient)
    reflection = reflect(patient, "A calm week.", shared=True)
    client, theirs = signed_in(patient), signed_in(clinician)
    prepare(client, [question], [reflection])
    approve(client, visit)
    assert "How long?" in page(theirs, visit)
    client.post(reverse("care:question_for_visit", args=[question.public_id]), {"for_visit": "no"})
    assert "How long?" not in page(theirs, visit)
    client.post(reverse("journal:night_share", args=[one_night.diary_date]), {"numbers": "stop"})
    assert "7 h 50" not in page(theirs, visit)
    client.post(reverse("journal:reflection_share", args=[reflection.public_id]), {"words": "stop"})
    assert "A calm week." not in page(theirs, visit)


def test_everything_can_be_taken_back(signed_in, patient, clinician, visit):
    ask(patient, "How long?")
    client = signed_in(patient)
    answer = approve(client, visit).content.decode()
    take_back = reverse("care:visit_take_back", args=[visit.public_id])
    assert take_back in answer
    assert "How long?" in page(signed_in(clinician), visit)
    client.post(take_back)
    assert "How long?" not in page(signed_in(clinician), visit)
    assert "Nothing was approved." in client.post(take_back, follow=True).content.decode()


def test_only_what_was_looked_at_can_be_approved(signed_in, patient, clinician, visit):
    ask(patient, "How long?")
    client = signed_in(patient)
    seen = client.get(visit.get_absolute_url()).context["sheet"].things.fingerprint
    ask(patient, "Written in another tab?")
    url = reverse("care:visit_approve", args=[visit.public_id])
    for page_seen in (seen, "", "x" * 5000, "\x00"):
        answer = client.post(url, {"page": page_seen}, follow=True)
        assert "Something changed since you looked." in answer.content.decode()
    visit.refresh_from_db()
    assert visit.approved_at is None
    assert "How long?" not in page(signed_in(clinician), visit)


def test_the_words_of_a_night_never_stand_there(signed_in, patient, clinician, visit):
    night(patient, note="A secret note.", medicine="Some drops.", words_shared=True)
    client = signed_in(patient)
    approve(client, visit)
    for html in (page(client, visit), page(signed_in(clinician), visit)):
        assert "secret" not in html and "drops" not in html
    # And changing them does not take the night's numbers away, which would tell of it.
    before = page(signed_in(clinician), visit)
    Night.objects.get().delete()
    night(patient, note="Another.", medicine="", words_shared=False)
    assert sheet_of(page(signed_in(clinician), visit)) == sheet_of(before)


def test_a_missing_key_shows_nothing_and_breaks_nothing(signed_in, patient, clinician, visit):
    ask(patient, "How long?")
    approve(signed_in(patient), visit)
    Visit.objects.filter(pk=visit.pk).update(approved="gAAAAA-sealed-by-another-key")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("accounts.sealed.keyring", broken_keyring)
        html = page(signed_in(clinician), visit)
    assert "has not approved this page yet" in html


def broken_keyring():
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415

    return MultiFernet([Fernet(Fernet.generate_key())])


def test_it_can_be_changed_again_up_to_the_visit(signed_in, patient, clinician, visit):
    """Also a week later: the nights of then stay, new ones wait for approval."""
    night(patient, 1)
    client = signed_in(patient)
    approve(client, visit)
    with time_machine.travel("2026-12-01 12:00:00+00:00", tick=False):
        client, theirs = signed_in(patient), signed_in(clinician)
        night(patient, 1, minutes_to_fall_asleep=70)
        html = page(theirs, visit)
        assert "7 h 50" in html and "6 h 50" not in html
        assert "Something is new or different" in page(client, visit)
        approve(client, visit)
        assert "6 h 50" in page(theirs, visit)


# --- Preparing ------------------------------------------------------------------------------


def test_preparing_is_one_page_and_leads_to_what_will_be_shown(signed_in, patient):
    mine, brought = ask(patient, "Only mine.", marked=False), ask(patient, "Bring it?", False)
    reflection = reflect(patient, "A calm week.")
    for days_ago in (1, 2):
        night(patient, days_ago, numbers_shared=False)
    edition = PublishedEditionFactory(article__title="Nights and days")
    AssignmentFactory(patient=patient, article=edition.article)
    client = signed_in(patient)
    html = client.get(PREPARE).content.decode()
    for words in ("Nights and days", "Only mine.", "Bring it?", "A calm week.",
                  "0 of 14 nights are shared", "Share the numbers of 2 more nights"):  # fmt: skip
        assert words in html, words
    answer = prepare(client, [brought], [reflection], share_nights="on")
    visit = Visit.objects.get(patient=patient)
    assert answer["Location"] == f"{visit.get_absolute_url()}?look=now"
    html = client.get(answer["Location"]).content.decode()
    assert "Bring it?" in html and "A calm week." in html and "2 shared of 14 nights" in html
    assert "Only mine." not in html
    mine.refresh_from_db()
    assert mine.for_visit_since is None
    # Unticked, it is the patient's alone again, and so is the reflection.
    prepare(client, [], [])
    html = client.get(answer["Location"]).content.decode()
    assert "Bring it?" not in html and "A calm week." not in html
    reflection.refresh_from_db()
    assert not reflection.shared


def test_a_reflection_that_was_shared_before_stays_shared(signed_in, patient, visit):
    shared = reflect(patient, "Shared before.", shared=True)
    client = signed_in(patient)
    prepare(client, [], [shared])
    prepare(client, [], [])
    shared.refresh_from_db()
    assert shared.shared and not ChosenReflection.objects.exists()


def test_there_is_room_for_a_few(signed_in, patient, visit):
    questions = [ask(patient, f"Question {n}?", False) for n in range(MOST_QUESTIONS + 1)]
    reflections = [reflect(patient, f"Day {n}.") for n in range(MOST_REFLECTIONS + 1)]
    client = signed_in(patient)
    html = prepare(client, questions, reflections).content.decode()
    assert f"There is room for {MOST_QUESTIONS}." in html
    assert f"There is room for {MOST_REFLECTIONS}." in html
    assert html.count("checked") >= len(questions) + len(reflections)
    assert not Question.objects.filter(for_visit_since__isnull=False).exists()
    assert not Reflection.objects.filter(shared=True).exists()
    prepare(client, questions[:MOST_QUESTIONS])
    one_more = reverse("care:question_for_visit", args=[questions[-1].public_id])
    answer = client.post(one_more, {"for_visit": "yes"}, follow=True)
    assert "take one off first" in answer.content.decode()
    assert Question.objects.for_visit().count() == MOST_QUESTIONS


def test_what_is_none_of_theirs_can_not_be_chosen(signed_in, patient, other_patient, visit):
    theirs, words = ask(other_patient, "Theirs?", False), reflect(other_patient, "Their words.")
    client = signed_in(patient)
    for data in (
        {"questions": [str(theirs.public_id)], "reflections": [str(words.public_id)]},
        {"questions": ["\x00", "x" * 5000, "1"], "reflections": ["no id"]},
    ):
        assert client.post(PREPARE, data).status_code == 302
    theirs.refresh_from_db()
    words.refresh_from_db()
    assert theirs.for_visit_since is None and not words.shared
    assert not ChosenReflection.objects.exists()


def test_what_is_deleted_meanwhile_costs_nobody_the_rest(signed_in, patient, visit):
    gone, kept = ask(patient, "Gone?", False), ask(patient, "Kept?", False)
    client = signed_in(patient)
    ids = [str(one.public_id) for one in (gone, kept)]
    gone.delete()
    client.post(PREPARE, {"questions": ids})
    assert [one.text for one in Question.objects.for_visit()] == ["Kept?"]


def test_today_leads_up_to_the_visit(signed_in, patient, clinician):
    client = signed_in(patient)
    html = client.get(TODAY).content.decode()
    assert "Note your next visit" in html
    Visit.objects.create(patient=patient, on="2026-12-01", at="10:30", clinician=clinician)
    ask(patient, "One?")
    ask(patient, "Two?", False)
    AssignmentFactory(patient=patient)
    html = client.get(TODAY).content.decode()
    for words in ("Tuesday 1 December 2026, 10:30", clinician.name, "1 article still to read",
                  "1 question for your visit", ", 1 more only for you",
                  "Nothing is shown there yet"):  # fmt: skip
        assert words in html, words
    approve(client, Visit.objects.get())
    assert "You approved what is shown there" in client.get(TODAY).content.decode()


# --- Cost, record, mails --------------------------------------------------------------------


def fill(patient, clinician, rows):
    for index in range(rows):
        edition = PublishedEditionFactory(body=[("One", "<p>1</p>"), ("Two", "<p>2</p>")])
        assignment = AssignmentFactory(
            patient=patient, article=edition.article, level=edition.level, assigned_by=clinician
        )
        ReadingFactory(patient=patient, edition=assignment.article.editions.get())
        ask(patient, f"Question {index}?", edition=edition, section=edition.sections.first())
        night(patient, index)
        TeachBack.objects.create(
            patient=patient, edition=edition, understood="partly", words="Words.",
            clinician=clinician,
        )  # fmt: skip
    return [reflect(patient, f"Day {index}.") for index in range(rows)]


@pytest.mark.parametrize("rows", [1, 3])
def test_at_most_fourteen_queries(signed_in, patient, clinician, visit, rows):
    """Not counted is what opens and closes the transaction."""
    client, theirs = signed_in(patient), signed_in(clinician)
    reflections = fill(patient, clinician, rows)
    prepare(client, Question.objects.all(), reflections)
    approve(client, visit)
    page(theirs, visit)
    for person, n in ((client, 12), (theirs, 13)):
        with CaptureQueriesContext(connection) as seen:
            html = page(person, visit)
        assert f"Question {rows - 1}?" in html and f"Day {rows - 1}." in html
        asked = [one["sql"] for one in seen if "SAVEPOINT" not in one["sql"]]
        assert len(asked) == n, asked


def test_the_clinicians_look_is_in_the_record_with_what_was_there(
    signed_in, patient, clinician, visit
):
    question, one_night = ask(patient, "How long?"), night(patient)
    reflection = reflect(patient, "A calm week.")
    client = signed_in(patient)
    prepare(client, [question], [reflection])
    page(client, visit)
    assert not AccessEvent.objects.exists()
    page(signed_in(clinician), visit)
    assert [(one.what, one.thing) for one in AccessEvent.objects.order_by("number")] == [
        ("visit", str(visit.public_id))
    ]
    approve(client, visit)
    page(signed_in(clinician), visit)
    day = one_night.diary_date.isoformat()
    events = AccessEvent.objects.order_by("number")[1:]
    assert {(one.what, one.thing) for one in events} == {
        ("visit", str(visit.public_id)),
        ("nights", f"{day}/{day}"),
        ("reflection", str(reflection.public_id)),
        ("question", str(question.public_id)),
    }
    assert f"Opened by {clinician.name}" in page(client, visit)
    record = client.get(reverse("accounts:access_record")).content.decode()
    assert "looked at your visit" in record


def test_no_mail_is_sent_and_nothing_may_be_kept_by_a_browser(signed_in, patient, clinician, visit):
    client = signed_in(patient)
    ask(patient, "How long?")
    approve(client, visit)
    theirs = signed_in(clinician)
    for person in (client, theirs):
        assert "no-store" in person.get(visit.get_absolute_url())["Cache-Control"]
    theirs.post(reverse("care:visit_after", args=[visit.public_id]), {"agreed": "Rest."})
    assert not Mail.objects.exists()


def test_other_people_find_no_visit(
    signed_in, visit, other_patient, other_clinician, editor, administrator, patient, clinician
):
    for person, status in (
        (other_patient, 404),
        (other_clinician, 404),
        (editor, 403),
        (administrator, 403),
        (CareRelationshipFactory().clinician, 404),
    ):
        assert signed_in(person).get(visit.get_absolute_url()).status_code == status
    assert signed_in(clinician).get(visit.get_absolute_url()).status_code == 200


def test_read_at_another_level_is_said(signed_in, patient, clinician, visit):
    assignment = AssignmentFactory(patient=patient, level=Level.FUNDAMENTALS)
    other = PublishedEditionFactory(article=assignment.article, level=Level.ACADEMIC)
    ReadingFactory(patient=patient, edition=other)
    html = page(signed_in(clinician), visit)
    assert "Read at another level: Academic, edition 1" in html
