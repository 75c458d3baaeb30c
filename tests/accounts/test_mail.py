"""Mails wait for the morning, are tried again, and are looked after when they fail for good."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as django_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.mail import delivery, queue, queue_invitation
from accounts.mail.delivery import GAPS, LEASE, send_due, tidy, wake, wake_forgotten
from accounts.mail.hours import next_allowed
from accounts.models import ClinicProfile, Invitation, Mail
from tests.factories import PatientFactory
from tests.mails import at, deliver

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class NoServer(EmailBackend):
    """Nothing answers."""

    def open(self):
        raise ConnectionRefusedError("nobody@example.org")


class Refusing(EmailBackend):
    """The server does not take the mails to some."""

    def send_messages(self, messages):
        if messages[0].to[0].startswith("refused"):
            raise SMTPRecipientsRefused({messages[0].to[0]: (550, b"No such Paula")})
        if messages[0].to[0].startswith("broken"):
            raise SMTPServerDisconnected("broken")
        return super().send_messages(messages)


def invited(email="nia@example.org", **facts):
    person = PatientFactory(email=email, time_zone=facts.pop("time_zone", "UTC"), **facts)
    person.set_unusable_password()
    person.save()
    return queue_invitation(Invitation(user=person))


def use(settings, backend):
    settings.EMAIL_BACKEND = f"{__name__}.{backend.__name__}"


def wake_ups():
    tasks = DBTaskResult.objects.order_by("run_after")
    return [one.run_after for one in tasks if one.run_after.year < 9999]


# --- Hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "allowed"),
    [
        ("UTC", "2026-11-24 08:00", "2026-11-24 08:00"),
        ("UTC", "2026-11-24 20:59", "2026-11-24 20:59"),
        ("UTC", "2026-11-24 21:00", "2026-11-25 08:00"),
        ("UTC", "2026-11-24 07:59", "2026-11-24 08:00"),
        ("America/Los_Angeles", "2026-11-24 12:00", "2026-11-24 16:00"),
        ("Pacific/Auckland", "2026-11-24 12:00", "2026-11-24 19:00"),
        # The clocks go forward, and back, in the night before this morning.
        ("Europe/London", "2026-03-28 22:00", "2026-03-29 07:00"),
        ("Europe/London", "2026-10-24 21:30", "2026-10-25 08:00"),
        ("Asia/Kathmandu", "2026-11-24 00:00", "2026-11-24 02:15"),
    ],
)
def test_no_mail_between_nine_in_the_evening_and_eight_in_the_morning(zone, moment, allowed):
    as_utc = datetime.fromisoformat(f"{moment}+00:00")
    assert f"{next_allowed(as_utc, ZoneInfo(zone)):%Y-%m-%d %H:%M}" == allowed


def test_what_was_queued_by_day_does_not_leave_at_night():
    with at("2026-11-24 20:58"):
        invited()
    with at("2026-11-24 21:02"):
        assert send_due() == 0
    mail = Mail.objects.get()
    assert mail.send_after == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert mail.attempts == 0
    assert mail.send_after in wake_ups()
    with at("2026-11-25 08:00"):
        assert send_due() == 1


def test_a_person_who_moved_sleeps_where_they_are():
    with at("2026-11-24 12:00"):
        mail = invited()
        mail.recipient.time_zone = "Australia/Sydney"
        mail.recipient.save()
        assert send_due() == 0
    assert Mail.objects.get().send_after == datetime(2026, 11, 24, 21, tzinfo=UTC)


# --- Queue ----------------------------------------------------------------------------------


def test_queueing_costs_the_same_for_one_and_for_many():
    people = PatientFactory.create_batch(30)

    def cost(recipients):
        with CaptureQueriesContext(connection) as queries:
            queue(Mail.Kind.INVITATION, recipients, delay=timedelta(hours=1))
        return len(queries)

    with at("2026-11-24 12:00"):
        assert cost(people[:1]) >= cost(people[1:])
    assert Mail.objects.count() == 30
    # One task wakes the worker for all of them.
    assert wake_ups() == [datetime(2026, 11, 24, 13, tzinfo=UTC)]


def test_nobody_has_two_under_way():
    person = PatientFactory()
    for _time in range(3):
        queue(Mail.Kind.INVITATION, [person, person])
    assert Mail.objects.count() == 1


def test_what_is_rolled_back_wakes_nobody():
    from django.db import transaction

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        invited()
        _ = 1 / 0
    assert not Mail.objects.exists()
    assert not DBTaskResult.objects.exists()


# --- Trying again ---------------------------------------------------------------------------


def test_gaps_grow_and_after_the_last_it_is_given_up(settings):
    use(settings, Refusing)
    waits = []
    with time_machine.travel(NOON, tick=False) as clock:
        invited("refused@example.org")
        for _attempt in range(len(GAPS)):
            before = timezone.now()
            assert send_due() == 0
            mail = Mail.objects.get()
            waits.append(mail.send_after - before)
            assert mail.send_after in wake_ups()
            clock.move_to(mail.send_after)
        assert mail.error == "SMTPRecipientsRefused 550"
        send_due()
    mail = Mail.objects.get()
    assert mail.failed_at and mail.attempts == len(GAPS) + 1
    assert [wait // MINUTE for wait in waits[:4]] == [1, 5, 30, 120]
    # 14:36 + 8 h is at night; the morning comes first, and a day later it is morning again.
    assert [wait // MINUTE for wait in waits[4:]] == [17 * 60 + 24, 24 * 60]


def test_what_one_mail_suffers_does_not_stop_the_others(settings):
    use(settings, Refusing)
    with at("2026-11-24 12:00"):
        for name in ("refused", "broken", "well"):
            invited(f"{name}@example.org")
        assert send_due() == 1
    errors = Mail.objects.exclude(error="").order_by("pk").values_list("error", flat=True)
    assert list(errors) == ["SMTPRecipientsRefused 550", "SMTPServerDisconnected"]


def test_while_no_server_answers_the_others_are_not_tried(settings, caplog):
    use(settings, NoServer)
    with at("2026-11-24 12:00"):
        for number in range(3):
            invited(f"nia{number}@example.org")
        assert send_due() == 0
        assert sorted(Mail.objects.values_list("attempts", flat=True)) == [0, 0, 1]
        assert NOON + MINUTE in wake_ups()
    assert "example.org" not in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with at("2026-11-24 12:02"):
        assert send_due() == 3


def test_a_worker_that_was_killed_is_followed_by_another():
    with at("2026-11-24 12:00"):
        mail = invited()
        assert delivery._take(mail)
        # Nobody else has it meanwhile.
        assert send_due() == 0
        assert NOON + LEASE in wake_ups()
    with time_machine.travel(NOON + LEASE, tick=False):
        assert send_due() == 1
    assert Mail.objects.get().attempts == 2


def test_two_workers_do_not_send_the_same_mail():
    with at("2026-11-24 12:00"):
        invited()
        first, second = Mail.objects.get(), Mail.objects.get()
        assert delivery._take(first)
        assert not delivery._take(second)


def test_a_mail_that_kills_its_workers_is_given_up():
    with at("2026-11-24 12:00"):
        invited()
        Mail.objects.update(attempts=len(GAPS) + 1)
        assert send_due() == 0
    assert Mail.objects.get().error == "interrupted"


def test_more_than_one_task_sends_are_left_to_the_next(monkeypatch):
    monkeypatch.setattr(delivery, "AT_ONCE", 2)
    with at("2026-11-24 12:00"):
        for number in range(3):
            invited(f"nia{number}@example.org")
        DBTaskResult.objects.all().delete()
        assert send_due() == 2
        assert DBTaskResult.objects.ready().exists()
        assert send_due() == 1


def test_mails_whose_task_was_lost_are_found():
    with at("2026-11-24 12:00"):
        invited()
        DBTaskResult.objects.all().delete()
        wake_forgotten()
        assert DBTaskResult.objects.ready().count() == 1
    with at("2026-11-24 13:00"):
        deliver()
        DBTaskResult.objects.all().delete()
        wake_forgotten()
        assert not DBTaskResult.objects.exists()


def test_tasks_of_long_ago_are_forgotten():
    with at("2026-11-24 12:00"):
        wake([timezone.now(), timezone.now() + timedelta(days=30)])
        done, waiting = DBTaskResult.objects.order_by("-run_after")
        done.claim("a worker that was killed")
        tidy()
        assert DBTaskResult.objects.count() == 2
    with at("2026-12-05 12:00"):
        tidy()
        assert list(DBTaskResult.objects.all()) == [waiting]


# --- What it says ---------------------------------------------------------------------------


def test_the_mail_says_the_same_in_plain_text_and_in_html():
    ClinicProfile.objects.create(name="Lake & <side>\nClinic", telephone="020 7946 0000")
    invited(name="Nia <New>")
    [mail] = deliver()
    ((html, kind),) = mail.alternatives
    assert kind == "text/html"
    assert mail.subject == "Lake & <side> Clinic has invited you"
    assert "Hello Nia," in mail.body and "Hello Nia," in html
    assert "Lake &amp; &lt;side&gt; Clinic" in html and "Lake & <side> Clinic" in mail.body
    assert "020 7946 0000" in html
    link = next(word for word in mail.body.split() if "/invitation/" in word)
    assert html.count(link) == 2
    # Nothing is fetched from anywhere when it is opened.
    assert "src=" not in html and "url(" not in html and "<link" not in html
    assert mail.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_clinic_whose_name_tells_what_it_treats_has_another_in_mails():
    ClinicProfile.objects.create(name="Northfield Sleep Clinic", mail_name="Your clinic")
    invited(name="Nia New")
    [mail] = deliver()
    assert mail.subject == "Your clinic has invited you"
    assert "Sleep" not in mail.body + mail.alternatives[0][0]


def test_dates_are_those_of_the_recipients_zone():
    with at("2026-11-24 20:00"):
        invited(time_zone="Asia/Tokyo")
    with at("2026-11-25 00:30"):
        send_due()
    # It leaves at 09:30 on Wednesday there.
    assert "until 2 December 2026" in django_mail.outbox[0].body


# --- For administrators ---------------------------------------------------------------------


def failed(email="nia@example.org", kind=Mail.Kind.INVITATION):
    mail = invited(email)
    Mail.objects.filter(pk=mail.pk).update(
        kind=kind, failed_at=timezone.now(), attempts=7, error="SMTPRecipientsRefused 550"
    )
    return mail


LIST = "/admin/accounts/mail/"


def act(client, action, *mails):
    return client.post(
        LIST, {"action": action, "_selected_action": [mail.pk for mail in mails]}, follow=True
    )


def test_the_front_page_says_what_failed_and_what_is_late(signed_in, administrator):
    client = signed_in(administrator)
    assert "do not arrive" not in client.get("/admin/").content.decode()
    failed()
    late = invited("late@example.org")
    Mail.objects.filter(pk=late.pk).update(send_after=timezone.now() - timedelta(hours=1))
    page = client.get("/admin/").content.decode()
    assert "Failed for good" in page and f"{LIST}?state=failed" in page
    assert "Does the worker run" in page


@pytest.mark.parametrize("who", ["editor", "reviewer"])
def test_nobody_else_sees_mails(request, signed_in, who):
    failed()
    client = signed_in(request.getfixturevalue(who))
    assert "do not arrive" not in client.get("/admin/").content.decode()
    assert client.get(LIST).status_code in (302, 403)


def test_the_list_says_why_and_never_what_about(signed_in, administrator):
    client = signed_in(administrator)
    failed("one@example.org", Mail.Kind.READING)
    waiting = PatientFactory(email="two@example.org")
    queue(Mail.Kind.READING, [waiting])
    page = client.get(LIST).content.decode()
    assert "The mail server refused the address." in page and "one@example.org" in page
    assert "two@example.org" not in page
    assert "read" not in page[page.index("result_list") :].lower()
    mail = Mail.objects.get(recipient__email="one@example.org")
    page = client.get(f"{LIST}{mail.pk}/change/").content.decode()
    assert "SMTPRecipientsRefused 550" in page and "to read" not in page
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{mail.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("state", ["failed", "sent", "dropped", "waiting", "nonsense"])
def test_the_list_by_state(signed_in, administrator, state):
    failed()
    answer = signed_in(administrator).get(f"{LIST}?state={state}")
    assert answer.status_code in (200, 302)


def test_trying_again_begins_anew(signed_in, administrator):
    mail = failed()
    page = act(signed_in(administrator), "send_again", mail).content.decode()
    assert "1 mail is on its way" in page
    assert len(deliver()) == 1


def test_trying_again_beside_a_newer_one_says_so(signed_in, administrator):
    mail = failed()
    queue(Mail.Kind.INVITATION, [mail.recipient])
    client = signed_in(administrator)
    assert "Nothing to try again" in act(client, "send_again", mail).content.decode()
    # Once the newer one has left, nobody needs to look after the older one.
    assert len(deliver()) == 1
    assert not Mail.objects.failed().exists()


def test_what_is_set_aside_asks_for_nothing(signed_in, administrator):
    mail = failed()
    client = signed_in(administrator)
    assert "1 mail is set aside" in act(client, "set_aside", mail).content.decode()
    assert "do not arrive" not in client.get("/admin/").content.decode()
    assert deliver() == []
