"""What a patient hears of by mail: that there is something, once, and only while it is true."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.mail import delivery, queue
from accounts.mail.delivery import send_due
from accounts.models import ClinicProfile, Invitation, Mail
from education.reading.assigning import assign
from education.reading.models import Assignment, Notice, Reading, Wanted
from education.reading.notices import note_new
from education.reading.reminders import remind
from tests.factories import (
    AssignmentFactory,
    CareRelationshipFactory,
    PatientFactory,
    PublishedEditionFactory,
)
from tests.mails import at, deliver, mailed_path

pytestmark = pytest.mark.django_db

# A Tuesday, and 12:00 in London, where the patients of these tests live.
NOON = "2026-11-24 12:00"
TODAY = date(2026, 11, 24)


def give(clinician, patient, **facts):
    edition = PublishedEditionFactory()
    [made] = assign(
        [Wanted(patient, edition.article, edition.level, facts.get("due_on"))], by=clinician
    ).assigned
    return made


def in_minutes(minutes, start=NOON):
    return time_machine.travel(
        datetime.fromisoformat(f"{start}+00:00") + timedelta(minutes=minutes), tick=False
    )


def reminded(moment):
    """What send_reminders does at this moment, and the mails that leave within ten minutes."""
    with at(moment):
        remind()
        send_due()


# --- Something new --------------------------------------------------------------------------


def test_something_new_is_said_ten_minutes_later_without_saying_what(clinician, patient):
    with at(NOON):
        made = give(clinician, patient)
        assert send_due() == 0
    with in_minutes(10):
        assert send_due() == 1
    [mail] = django_mail.outbox
    assert mail.to == [patient.email]
    assert mail.subject == "There is something for you at Lakeside Clinic"
    assert "something new" in mail.body
    whole = str(mail.message())
    assert made.article.title not in whole and made.article.slug not in whole
    assert clinician.name not in whole
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in whole
    ((html, _kind),) = mail.alternatives
    assert "src=" not in html and "something new" in html
    assert Notice.objects.get().mail == Mail.objects.get()


def test_several_at_once_share_a_mail(clinician, patient):
    with at(NOON):
        give(clinician, patient)
    with in_minutes(5):
        give(clinician, patient)
    with in_minutes(11):
        assert send_due() == 1
    assert Notice.objects.filter(mail__isnull=False).count() == 2


def test_at_most_one_a_day_in_the_patients_own_calendar(clinician, patient):
    patient.time_zone = "Pacific/Auckland"
    patient.save()
    # 09:00 on Wednesday there.
    with at("2026-11-24 20:00"):
        give(clinician, patient)
    with at("2026-11-24 20:10"):
        assert send_due() == 1
    # Still Wednesday there, and Wednesday in London too by now.
    with at("2026-11-25 01:00"):
        give(clinician, patient)
    with at("2026-11-25 01:10"):
        assert send_due() == 0
    waiting = Mail.objects.under_way().get()
    assert waiting.send_after == datetime(2026, 11, 25, 19, tzinfo=UTC)
    with at("2026-11-25 19:00"):
        assert send_due() == 1
    assert len(django_mail.outbox) == 2


def taken_back(made, clinician):
    made.withdraw(clinician)


def opened(made, clinician):
    edition = made.article.editions.get()
    Reading.objects.note_opened(made.patient, edition)


def finished(made, clinician):
    edition = made.article.editions.get()
    Reading.objects.note_finished(made.patient, edition)


def left(made, clinician):
    type(made.patient).objects.filter(pk=made.patient.pk).update(is_active=False)


def wants_none(made, clinician):
    type(made.patient).objects.filter(pk=made.patient.pk).update(mails_new_reading=False)


def care_ended(made, clinician):
    made.patient.care_received.update(started_at="2026-01-01 12:00:00+00:00")
    made.patient.care_received.get().end()


def retired(made, clinician):
    edition = made.article.editions.get()
    edition.retire(edition.reviewed_by)


def not_come_in_yet(made, clinician):
    Invitation(user=made.patient, invited_by=clinician).issue_token()


@pytest.mark.parametrize(
    "what",
    [taken_back, opened, finished, left, wants_none, care_ended, retired, not_come_in_yet],
)
def test_what_is_no_longer_true_is_not_said(clinician, patient, what):
    with at(NOON):
        made = give(clinician, patient)
        what(made, clinician)
    assert deliver() == []
    assert Mail.objects.get().dropped_at


def test_whoever_wants_no_mails_causes_none(clinician, patient):
    patient.mails_new_reading = False
    patient.save()
    give(clinician, patient)
    assert not Mail.objects.exists()


def test_what_is_given_back_after_its_mail_was_dropped_is_said(clinician, patient):
    with at(NOON):
        made = give(clinician, patient)
        made.withdraw(clinician)
    with in_minutes(10):
        assert send_due() == 0
        made.refresh_from_db()
        made.restore(clinician)
    reminded("2026-11-25 09:00")
    assert len(django_mail.outbox) == 1


def test_what_is_noted_while_a_mail_leaves_gets_its_own(clinician, patient):
    """The new one finds the mail under way, whose words are written already."""
    with at(NOON):
        give(clinician, patient)
    with in_minutes(10):
        mail = Mail.objects.get()
        assert delivery._take(mail)
        letter = delivery.WRITERS[mail.kind].write(mail)
        give(clinician, patient)
        assert mail.note_sent()
        letter.when_sent()
        delivery.WRITERS[mail.kind].afterwards(mail)
    [another] = deliver()
    assert "something new" in another.body
    assert Notice.objects.filter(mail__isnull=False).count() == 2


def test_noting_twice_says_it_once(clinician, patient):
    with at(NOON):
        made = give(clinician, patient)
        note_new([made])
    assert len(deliver()) == 1
    with at("2026-11-26 12:00"):
        note_new([made])
    assert deliver() == []


def test_in_the_patients_language_and_zone(clinician, patient):
    ClinicProfile.objects.create(name="Lake <side>", telephone="020 7946 0000")
    patient.language = "xx"
    patient.save()
    give(clinician, patient)
    [mail] = deliver()
    assert mail.subject.endswith("at Lake <side>")
    ((html, _kind),) = mail.alternatives
    assert '<html lang="en-us">' in html and "Lake &lt;side&gt;" in html
    assert mailed_path(mail, "/mails/stop/")


@pytest.mark.once
# Of more rows, SQLite takes no more than 999 values at a time.
@pytest.mark.parametrize("many", [81])
def test_assigning_to_many_queues_with_as_many_queries_as_for_one(clinician, many):
    article = PublishedEditionFactory().article
    people = PatientFactory.create_batch(many)
    for person in people:
        CareRelationshipFactory(clinician=clinician, patient=person)

    def cost(patients):
        with CaptureQueriesContext(connection) as queries:
            assign([Wanted(one, article, "fundamentals") for one in patients], by=clinician)
        return len(queries)

    with at(NOON):
        assert cost(people[:1]) >= cost(people[1:])
    assert Mail.objects.under_way().count() == many


# --- Reminders ------------------------------------------------------------------------------


@pytest.fixture
def cared_for(clinician, patient):
    return patient


def due(patient, days, **facts):
    return AssignmentFactory(
        patient=patient,
        due_on=TODAY + timedelta(days=days),
        assigned_at=datetime(2026, 11, 1, tzinfo=UTC),
        **facts,
    )


@pytest.mark.parametrize(
    ("days", "says"),
    [(3, None), (2, "next few days"), (0, "next few days"), (-1, "was due"), (-30, "was due"),
     (-31, None)],
)  # fmt: skip
def test_two_days_before_and_the_day_after(cared_for, days, says):
    due(cared_for, days)
    reminded(NOON)
    assert [says in mail.body for mail in django_mail.outbox] == ([True] if says else [])


def test_each_of_the_two_is_said_once_on_its_day(cared_for):
    due(cared_for, 2)
    for day in range(24, 31):
        reminded(f"2026-11-{day} 12:00")
        reminded(f"2026-11-{day} 12:30")
    said = [mail.body for mail in django_mail.outbox]
    assert len(said) == 2
    assert "next few days" in said[0] and "was due" in said[1]
    days = Mail.objects.order_by("sent_on").values_list("sent_on", flat=True)
    assert list(days) == [TODAY, TODAY + timedelta(days=3)]


def test_the_day_is_the_patients_own(cared_for):
    cared_for.time_zone = "Pacific/Auckland"
    cared_for.save()
    due(cared_for, 0)
    # There it is Wednesday already.
    reminded("2026-11-24 19:30")
    assert ["was due" in mail.body for mail in django_mail.outbox] == [True]


def test_after_missed_days_none_is_lost_and_none_doubled(cared_for):
    due(cared_for, -3)
    due(cared_for, 1)
    reminded(NOON)
    reminded(NOON)
    [mail] = django_mail.outbox
    assert "next few days" in mail.body and "was due" in mail.body
    assert Notice.objects.filter(mail__isnull=False).count() == 2


def test_two_runs_at_once_say_it_once(cared_for, monkeypatch):
    """The second has looked before the first has noted; it notes nothing and its mail is void."""
    from education.reading import reminders

    due(cared_for, 2)
    look = reminders._occasions

    def look_then_wait(today, zones):
        seen = list(look(today, zones))
        monkeypatch.setattr(reminders, "_occasions", look)
        remind()
        send_due()
        return iter(seen)

    monkeypatch.setattr(reminders, "_occasions", look_then_wait)
    with at(NOON):
        remind()
    assert len(django_mail.outbox) == 1
    assert deliver() == []
    assert Notice.objects.count() == 1


def test_another_due_date_is_another_occasion(cared_for, clinician):
    made = due(cared_for, 2)
    reminded(NOON)
    made.change(clinician, level=made.level, due_on=TODAY + timedelta(days=9), note="")
    for day in ("2026-11-27 12:00", "2026-12-01 12:00"):
        reminded(day)
    assert len(django_mail.outbox) == 2


def test_a_date_that_has_moved_before_the_mail_leaves_is_not_said(cared_for, clinician):
    made = due(cared_for, 2)
    with at("2026-11-24 22:00"):
        remind()
        made.change(clinician, level=made.level, due_on=TODAY + timedelta(days=9), note="")
    assert deliver() == []


@pytest.mark.parametrize("what", [taken_back, finished, left, care_ended, not_come_in_yet])
def test_nothing_is_noted_for_what_needs_no_reminder(cared_for, clinician, what):
    what(due(cared_for, 2), clinician)
    reminded(NOON)
    assert not Notice.objects.exists()


def test_whoever_wants_no_reminders_gets_them_once_they_do(cared_for):
    cared_for.mails_reminders = False
    cared_for.save()
    due(cared_for, -1)
    reminded(NOON)
    assert django_mail.outbox == []
    cared_for.mails_reminders = True
    cared_for.save()
    reminded("2026-11-25 12:00")
    assert len(django_mail.outbox) == 1


def test_what_failed_for_good_is_not_tried_every_day(cared_for):
    due(cared_for, -1)
    with at(NOON):
        remind()
        Mail.objects.update(failed_at=timezone.now())
    reminded("2026-11-25 12:00")
    assert django_mail.outbox == [] and Mail.objects.count() == 1


def test_the_command_says_how_many_and_finds_lost_mails(cared_for, capsys):
    due(cared_for, 2)
    due(cared_for, -2)
    with at(NOON):
        call_command("send_reminders")
    assert capsys.readouterr().out == "Reminders noted: 2\n"
    assert len(deliver()) == 1


@pytest.mark.once
def test_reminders_cost_the_same_for_one_and_for_many(clinician):
    def cost(day):
        with at(day), CaptureQueriesContext(connection) as queries:
            remind()
        return len(queries)

    article = PublishedEditionFactory().article
    people = PatientFactory.create_batch(40)
    for person in people:
        CareRelationshipFactory(clinician=clinician, patient=person)
    due(people[0], 2, article=article)
    one = cost(NOON)
    Assignment.objects.bulk_create(
        Assignment(patient=person, article=article, level="fundamentals", due_on=TODAY)
        for person in people[1:]
    )
    assert cost(NOON) <= one
    assert Mail.objects.under_way().count() == 40


def test_a_mail_of_nothing_is_dropped(patient):
    queue(Mail.Kind.READING, [patient])
    assert deliver() == []
    assert Mail.objects.get().dropped_at
