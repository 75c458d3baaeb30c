"""Mails about the account: queued sealed, written when they leave, forgotten once they left."""

import pytest
import time_machine
from django.core import mail as django_mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from accounts.mail import queue_letter, try_again
from accounts.mail.delivery import GAPS, send_due, tidy
from accounts.models import ClinicProfile, Mail
from tests.factories import PASSWORD, PatientFactory
from tests.mails import answer_who_forgot, at, deliver, mailed_path

pytestmark = pytest.mark.django_db

NEW = {"password1": "another-lamp-tonight", "password2": "another-lamp-tonight"}
RESET = "/account/password/reset/key/"
# Every mail that allauth and we ourselves write about an account.
LETTERS = [
    "account/email/password_reset_key",
    "account/email/email_confirmation",
    "account/email/email_changed",
    "account/email/email_deleted",
    "account/email/password_changed",
    "account/email/password_reset",
    "account/email/password_set",
    "mfa/email/totp_activated",
    "mfa/email/totp_deactivated",
    "mfa/email/webauthn_added",
    "mfa/email/webauthn_removed",
    "mfa/email/recovery_codes_generated",
    "mfa/email/second_factor_reset",
    "accounts/mail/new_device",
]


def ask(email):
    answer = Client().post(reverse("account_reset_password"), {"email": email})
    assert answer.status_code == 302


def stored():
    """Everything that is kept of mails and tasks, as it stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_mail")
        mails = cursor.fetchall()
    return repr(mails) + repr(list(DBTaskResult.objects.values_list("args_kwargs", flat=True)))


def test_a_link_leaves_at_night_and_works_for_an_hour_from_then_however_late(settings):
    person = PatientFactory(email="paula@example.org", name="Paula Patient")
    ClinicProfile.objects.create(name="Northfield Sleep Clinic", mail_name="Your clinic")
    with at("2026-11-24 23:00"):
        ask("Paula@Example.org")
        assert "paula" not in stored().lower()
        assert django_mail.outbox == []
    settings.EMAIL_BACKEND = "tests.accounts.test_mail.NoServer"
    with at("2026-11-24 23:00"):
        answer_who_forgot()
        assert send_due() == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with at("2026-11-25 03:00"):
        assert send_due() == 1
        letter = django_mail.outbox[0]
        assert letter.to == [person.email] and letter.subject == "Choose a new password"
        ((html, _kind),) = letter.alternatives
        assert "Hello Paula," in letter.body and "Your clinic" in letter.body
        assert "leep" not in letter.subject + letter.body + html
        link = mailed_path(letter, RESET)
        assert link in html
    with at("2026-11-25 03:59"):
        client = Client()
        page = client.get(link, follow=True).request["PATH_INFO"]
        client.post(page, NEW)
        # Who did not ask for it learns of it.
        told = deliver()[-1]
        assert told.subject == "Your password was changed"
    person.refresh_from_db()
    assert person.check_password(NEW["password1"])
    with at("2026-11-25 04:00"):
        assert "does not work any more" in Client().get(link, follow=True).content.decode()


def test_a_link_is_for_nobody_who_is_out_or_never_was_in():
    PatientFactory(email="closed@example.org", is_active=False)
    invited = PatientFactory(email="invited@example.org")
    invited.set_unusable_password()
    invited.save()
    for name in ("closed", "invited", "unknown", "x" * 200):
        ask(f"{name}@example.org")
    assert deliver() == []
    # Also who is put out while the link waits to leave.
    late = PatientFactory()
    queue_letter(late, "account/email/password_reset_key")
    type(late).objects.filter(pk=late.pk).update(is_active=False)
    assert deliver() == []
    assert Mail.objects.get(recipient=late).dropped_at


@pytest.mark.parametrize("template", LETTERS)
@pytest.mark.once
def test_every_letter_in_our_words_for_eyes_and_programs(template):
    person = PatientFactory(name="Paula <Patient>", time_zone="Asia/Tokyo", email="p@example.org")
    ClinicProfile.objects.create(
        name="Sleep & <side>", mail_name="Lake & <side>", telephone="020 7946 0000"
    )
    words = {"from_email": "a@b.cd", "to_email": "b@b.cd", "deleted_email": "a@b.cd"}
    words |= {"activate_url": "http://localhost/x", "browser": "Edge", "system": "Mac"}
    with at("2026-11-24 20:00"):
        queue_letter(person, template, **words)
        [letter] = deliver()
    ((html, _kind),) = letter.alternatives
    assert letter.to == ["p@example.org"]
    assert "Hello Paula," in letter.body and "Lake & <side>\n020 7946 0000" in letter.body
    assert "Lake &amp; &lt;side&gt;" in html and "Hello Paula," in html
    everything = (letter.subject + letter.body + html).lower()
    for never in ("sleep", "example.com", "none", "{{", "{%", "&amp;amp;", "src=", "style"):
        assert never not in everything, never
    if "With: " in letter.body:
        assert "When: Wed 25 November 2026, 5 a.m. (JST)\nWith: Edge on Mac\n" in letter.body


def test_what_a_letter_says_is_sealed_and_forgotten_however_it_ends(settings):
    person = PatientFactory()
    sealed = "account/email/email_changed"
    canary = {"from_email": "canary-one@example.org", "to_email": "canary-two@example.org"}
    with at("2026-11-24 12:00"):
        for _end in range(3):
            queue_letter(person, sealed, to="elsewhere@example.org", **canary)
        assert "canary" not in stored() and "elsewhere" not in stored()
        sent, dropped, failed = Mail.objects.order_by("pk")
        dropped.drop()
        Mail.objects.filter(pk=failed.pk).update(attempts=len(GAPS) + 1)
        assert send_due() == 1
    assert django_mail.outbox[0].to == ["elsewhere@example.org"]
    assert "canary-two@example.org" in django_mail.outbox[0].body
    assert [one.letter for one in Mail.objects.all()] == ["", "", ""]
    assert try_again(Mail.objects.filter(pk=failed.pk)) == 0
    assert Mail.objects.get(pk=sent.pk).sent_at


def test_the_task_of_a_forgotten_password_is_forgotten_after_a_week():
    with at("2026-11-24 12:00"):
        ask("nobody@example.org")
        DBTaskResult.objects.get().claim("a worker that was killed")
    with time_machine.travel("2026-12-02 12:00", tick=False):
        tidy()
    assert not DBTaskResult.objects.exists()


def test_a_new_address_is_confirmed_by_the_mail_that_goes_there(signed_in):
    person = PatientFactory(email="before@example.org")
    client = signed_in(person, headers={"user-agent": "Firefox Linux"})
    client.post(reverse("account_email"), {"email": "After@example.org", "action_add": "1"})
    [letter] = deliver()
    assert letter.to == ["after@example.org"] and "Hello " in letter.body
    person.refresh_from_db()
    assert person.email == "before@example.org"
    assert client.post(mailed_path(letter, "/account/confirm-email/")).status_code == 302
    person.refresh_from_db()
    assert person.email == "after@example.org"
    [told] = deliver()
    assert told.to == ["before@example.org"]
    assert "before@example.org to after@example.org" in told.body
    assert "With: Firefox on Linux" in told.body


def test_nobody_is_without_a_word_about_a_changed_password(signed_in):
    person = PatientFactory()
    other = signed_in(person)
    client = signed_in(person)
    old = {"oldpassword": PASSWORD, **NEW}
    assert client.post(reverse("account_change_password"), old).status_code == 302
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    assert [one.subject for one in deliver()] == ["Your password was changed"]


def test_a_sign_in_leaves_groups_alone(django_assert_num_queries):
    person = PatientFactory()
    with django_assert_num_queries(1):
        person.save(update_fields=["last_login"])
