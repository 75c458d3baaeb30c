"""What a patient may ask for: everything as files, the journal gone, the account closed."""

import csv
import io
import json
import weakref
import zipfile
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from accounts.models import (
    AccessChain,
    AccessEvent,
    AccountClosing,
    CareRelationship,
    Consent,
    Device,
    Mail,
    User,
)
from accounts.privacy import closing, files
from accounts.privacy.closing import close_account
from education.care.models import Question
from education.journal import privacy
from education.journal.models import Draft, Night, Preferences, Reflection
from tests.accounts.test_access_chain import keep_until
from tests.factories import PASSWORD, PatientFactory
from tests.mails import deliver

from .lives import WORDS, an_hour_later, everything_of, live, relations

ZIP, CLOSE, ALL = "/profile/data/everything.zip", "/profile/close/", "/journal/delete/"


@pytest.fixture
def paula(patient, clinician, administrator):
    patient.name = "Paula Canarybird"
    patient.save()
    live(patient, clinician, administrator)
    return patient


def unpacked(content):
    archive = zipfile.ZipFile(io.BytesIO(b"".join(content)))
    assert archive.testzip() is None
    return {name: archive.read(name).decode() for name in archive.namelist()}


# --- Everything as files ----------------------------------------------------------------------


def test_the_download_has_all_of_it_three_times(paula, clinician, other_patient, signed_in):
    Reflection.objects.create(patient=other_patient, on="2026-01-01", text="of-somebody-else")
    Question.objects.create(patient=paula, text='=1+1<script>"\n\u202e\U0001f319')
    client = signed_in(paula)
    page = client.get("/profile/data/").content.decode()
    assert ZIP in page and CLOSE in page and ALL in page and "You agreed to version 1" in page
    # Only after showing once more who it is; then it goes on to the file.
    an_hour_later(client)
    asked = client.get(ZIP)["Location"]
    assert asked == "/account/reauthenticate/?next=%2Fprofile%2Fdata%2F"
    assert client.post(asked, {"password": PASSWORD})["Location"] == "/profile/data/"
    answer = client.get(ZIP)
    assert answer["Content-Type"] == "application/zip" and "no-store" in answer["Cache-Control"]
    assert "attachment" in answer["Content-Disposition"]
    files = unpacked(answer.streaming_content)
    pages = "".join(text for name, text in files.items() if name.startswith("pages/"))
    tables = "".join(text for name, text in files.items() if name.startswith("tables/"))
    for words in WORDS + [paula.email, f"second-{paula.email}", paula.name, clinician.name]:
        for text in (pages, tables, files["everything.json"]):
            assert words in text, words
    assert not [name for name, text in files.items() if "of-somebody-else" in text]
    assert "<script" not in pages and "&lt;script&gt;" in pages
    assert "'=1+1" in tables
    # Each table is listed, and leads to its files.
    data = json.loads(files["everything.json"])
    for name in [key for key in data if key not in ("format", "version", "exported_at")]:
        assert f'href="pages/{name}.html"' in files["index.html"] and name in files["README.txt"]
        rows = list(csv.DictReader(io.StringIO(files[f"tables/{name}.csv"].lstrip("\ufeff"))))
        assert len(rows) == len(data[name]) > 0, name
    assert data["nights"][0]["note"] == "canary-note" and data["nights"][0]["quality"] == 4
    assert data["questions"][0]["answer"] == "canary-answer"
    assert data["visits"][0]["agreed"] == "canary-agreed"
    assert data["visit_reflections"][0]["written_on"] == "2026-01-01"
    assert data["teach_backs"][0]["words"] == "canary-explained"
    assert data["opened"][0]["hash"] and data["you"][0]["last_login"].endswith("Z")
    # Readable without the portal: nothing is fetched from anywhere.
    assert "http" not in files["index.html"] + files["pages/nights.html"]


def test_every_kind_of_row_of_a_patient_is_in_the_download(paula):
    """Whoever adds a model with a patient has to tell of it (and, below, to erase it)."""
    held = {name.partition(".")[0] for name in everything_of(paula)}
    ours = {one.__name__ for label in ("accounts", "journal", "reading", "care")
            for one in apps.get_app_config(label).get_models()}  # fmt: skip
    fields = {
        f"{one.related_model.__name__}"
        for one in relations()
        if one.field.name in ("patient", "recipient", "person", "user")
        and one.related_model.__name__ in ours
    }
    # The end of the chain says nothing that the record does not; a closing has no download.
    assert fields - held == {"AccountClosing"}


def test_the_download_never_holds_many_entries_at_once(
    paula, monkeypatch, django_assert_max_num_queries
):
    """Ten years need no more memory than a month: rows are dropped as they are written."""
    Night.objects.bulk_create(
        Night(patient=paula, diary_date=timezone.localdate() - timedelta(days=n), zone="UTC",
              quality=3)
        for n in range(300)
    )  # fmt: skip
    monkeypatch.setattr(privacy, "CHUNK", 30)
    monkeypatch.setattr(files, "CHUNK", 20)
    alive, most = weakref.WeakSet(), 0
    from_db = Night.from_db.__func__

    def noted(cls, *args):
        nonlocal most
        night = from_db(cls, *args)
        alive.add(night)
        most = max(most, len(alive))
        return night

    monkeypatch.setattr(Night, "from_db", classmethod(noted))
    # Three times each table, and a few about the person.
    with django_assert_max_num_queries(80):
        pieces = [len(piece) for piece in files.everything(paula)]
    assert sum(pieces) > 10_000 and max(pieces) < 10_000
    assert 0 < most <= 2 * 30


def test_a_download_is_a_patients_own_and_signed_out_is_signed_out(paula, clinician, signed_in):
    for path in ("/profile/data/", ZIP, CLOSE, ALL):
        assert Client().get(path)["Location"].startswith("/account/login/")
        assert signed_in(clinician).get(path).status_code == 403
        assert signed_in(clinician).post(path).status_code == 403
    client = signed_in(paula)
    assert client.head(ZIP).status_code == 200 and client.post(ZIP).status_code == 405


# --- The journal gone -------------------------------------------------------------------------


def test_the_whole_journal_goes_with_what_was_begun_and_looked_for(paula, other_patient, signed_in):
    Night.objects.create(patient=other_patient, diary_date="2026-01-01", zone="UTC")
    client = signed_in(paula)
    client.post("/journal/search/", {"words": "canary"})
    page = client.get(ALL).content.decode()
    assert "2 nights" in page and "1 reflection" in page and "1 entry begun" in page
    for word in ("", "delete it"):
        assert "Type the word" in client.post(ALL, {"word": word}).content.decode()
    for word in ("d" * 5000, "delete\x00"):
        assert client.post(ALL, {"word": word}).status_code == 200
    assert Night.objects.filter(patient=paula).count() == 2
    assert client.post(ALL, {"word": " Delete "})["Location"] == "/journal/"
    for model in (Night, Reflection, Draft, Preferences):
        assert not model.objects.filter(patient=paula).exists()
    assert "journal_searches" not in client.session
    assert Night.objects.count() == 1 and paula.questions.exists()
    assert "gone for good" in client.get("/journal/").content.decode()
    assert "nothing in your journal" in client.get(ALL).content.decode()
    assert client.post(ALL, {"word": "delete"}).status_code == 302


# --- The account closed -----------------------------------------------------------------------


def test_closing_says_what_goes_and_stays_and_does_it(paula, clinician, administrator, signed_in):
    email = paula.email
    client, elsewhere = signed_in(paula), signed_in(paula)
    an_hour_later(client)
    asked = client.get(CLOSE)["Location"]
    assert "/reauthenticate/" in client.post(CLOSE, {"sure": "on"})["Location"]
    assert client.post(asked, {"password": PASSWORD})["Location"] == CLOSE
    page = " ".join(client.get(CLOSE).content.decode().split())
    for words in ("2 nights", "1 question", "1 visit", "1 note of what you explained",
                  "1 article given to you", clinician.name, "6 years"):  # fmt: skip
        assert words in page
    assert "Tick this" in client.post(CLOSE, {}).content.decode()
    events = AccessEvent.objects.filter(patient=paula).count()
    answer = client.post(CLOSE, {"sure": "on"})
    assert "Your account is closed" in answer.content.decode()
    assert "storage" in answer["Clear-Site-Data"]
    # Nothing but the record of access, and what is needed to read it.
    left = everything_of(paula)
    assert left.pop("Mail.recipient") == 1
    assert set(left) <= {
        "AccessEvent.patient", "AccessChain.patient", "AccountClosing.patient", "Consent.patient",
        "CareRelationship.patient", "CareRelationship.ended_by",
    }  # fmt: skip
    assert AccessEvent.objects.filter(patient=paula).count() >= events > 0
    paula.refresh_from_db()
    assert not paula.is_active and not paula.has_usable_password()
    assert paula.name == "" and email not in paula.email and paula.email.endswith(".invalid")
    assert not CareRelationship.objects.open().filter(patient=paula).exists()
    assert not LogEntry.objects.filter(object_repr__contains="Canarybird").exists()
    # Out everywhere; nobody finds her.
    for one in (client, elsewhere):
        assert one.get("/today/")["Location"].startswith("/account/login/")
    assert signed_in(clinician).get(f"/patients/{paula.public_id}/").status_code == 404
    for page in ("/caseload/", "/people/invitations/"):
        assert b"Canarybird" not in signed_in(clinician).get(page).content
    found = signed_in(administrator).get("/admin/accounts/user/?q=Canarybird").content.decode()
    assert paula.email not in found and "closed.invalid" not in found
    for wrong in (email, paula.email):
        answer = Client().post("/account/login/", {"login": wrong, "password": PASSWORD})
        assert answer.status_code == 200
    # A last mail, to where she can read it, without a word about health.
    (last,) = [one for one in deliver() if one.to == [email]]
    assert last.subject == "Your account is closed" and "erased" in last.body
    assert "canary" not in last.body
    assert Mail.objects.get(recipient=paula).letter == ""
    # The address is free again, for her too.
    assert User.objects.create_user(email, name="Paula").pk != paula.pk
    assert not EmailAddress.objects.filter(user=paula).exists()
    call_command("verify_access_log", stdout=StringIO())


def test_closing_happens_once_and_wholly_or_not_at_all(paula, monkeypatch):
    before = everything_of(paula)

    def fails(person):
        raise IntegrityError

    with monkeypatch.context() as patch:
        patch.setattr(closing, "_forget_who", fails)
        with pytest.raises(IntegrityError), transaction.atomic():
            close_account(paula)
    assert everything_of(paula) == before
    assert close_account(paula) is True
    assert close_account(paula) is False
    assert AccountClosing.objects.count() == 1


def test_a_closed_account_is_not_edited(paula, administrator, signed_in):
    close_account(paula)
    page = f"/admin/accounts/user/{paula.pk}/change/"
    sent = {"name": "Paula", "email": "p@example.org", "role": "patient", "is_active": "on",
            "time_zone": "UTC", "language": "en-us"}  # fmt: skip
    assert signed_in(administrator).post(page, sent)["Location"] == "/admin/"
    paula.refresh_from_db()
    assert paula.name == "" and not paula.is_active


# --- What has been kept long enough -----------------------------------------------------------


def expired(**options):
    out = StringIO()
    call_command("erase_expired", stdout=out, **options)
    return out.getvalue()


def test_what_has_expired_goes_and_nothing_else(paula, clinician, administrator, settings):
    peter = PatientFactory()
    CareRelationship.objects.create(clinician=clinician, patient=peter)
    live(peter, clinician, administrator)
    now = timezone.now()
    close_account(paula)
    Night.objects.create(patient=paula, diary_date="2026-01-01", zone="UTC")
    settings_years = settings.RECORD_KEPT_YEARS
    Mail.objects.filter(recipient=peter).update(
        sent_at=now - timedelta(days=91), sent_on=now.date() - timedelta(days=91)
    )
    Device.objects.filter(person=peter).update(last_seen_at=now - timedelta(days=366))
    Draft.objects.filter(patient=peter).update(updated_at=now - timedelta(days=366))
    Session.objects.create(session_key="old", expire_date=now - timedelta(days=1))
    Session.objects.create(session_key=f"k{peter.pk}", expire_date=now + timedelta(hours=1))
    DBTaskResult.objects.all().delete()
    before = everything_of(peter)
    assert "1 would be erased" in expired(dry_run=True)
    assert everything_of(peter) == before and Session.objects.count() == 2
    said = expired()
    for kind in ("mails", "sessions", "browsers", "begun in a journal"):
        assert kind in said
    after = everything_of(peter)
    gone = {name for name in before if after.get(name) != before[name]}
    assert gone == {"Mail.recipient", "Device.person", "Draft.patient"}
    # Written at the moment of closing: swept away.
    assert not Night.objects.filter(patient=paula).exists()
    assert expired() == ""
    assert AccessEvent.objects.filter(patient=paula).exists()
    # The record goes with the last day for which it is kept, and not on it.
    kept = AccountClosing.objects.get()
    assert kept.record_kept_until.year == now.year + settings_years
    keep_until(kept, now.date())
    assert "records" not in expired()
    keep_until(kept, now.date() - timedelta(days=1))
    assert "records of access of closed accounts: 1 erased" in expired()
    for model in (AccessEvent, AccessChain, Consent, CareRelationship):
        assert not model.objects.filter(patient=paula).exists()
        assert model.objects.filter(patient=peter).exists()
    assert expired() == ""
    call_command("verify_access_log", stdout=StringIO())


@pytest.mark.once
def test_a_record_is_kept_for_whole_years():
    with time_machine.travel("2028-02-29T23:59:00Z"):
        kept = AccountClosing.kept_until(timezone.now())
    assert (kept.year, kept.month, kept.day) == (2034, 3, 1)
