"""What patients write is encrypted where it is stored, and opened by the portal's keys alone."""

import importlib
from datetime import date
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.checks import run_checks
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import TextField, Value

from accounts.sealed import Unreadable
from education.journal.models import Draft, Night, Reflection

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture(autouse=True)
def old_key(settings):
    settings.JOURNAL_KEYS = [OLD]


def raw(model, field, pk):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {field} FROM {model._meta.db_table} WHERE id = %s", [pk])  # noqa: S608
        return cursor.fetchone()[0]


def rotate(*options):
    out = StringIO()
    call_command("rotate_journal_keys", *options, stdout=out)
    return out.getvalue()


def night_of(patient, day, **answers):
    return Night.objects.create(patient=patient, diary_date=day, zone="UTC", **answers)


@pytest.fixture
def written(patient):
    day = date(2026, 11, 3)
    night = night_of(patient, day, note="Dreamt of the sea.", medicine="Melatonin 2 mg")
    words = "I worry less: ünïcödé 🌙"
    return night, Reflection.objects.create(patient=patient, on=day, text=words)


def test_words_are_plain_for_the_portal_and_nobody_else(written, patient):
    night, reflection = written
    Draft.objects.keep(patient, "reflection:new", {"text": "Half a thought"})
    for stored in (
        raw(Night, "note", night.pk),
        raw(Night, "medicine", night.pk),
        raw(Reflection, "text", reflection.pk),
        raw(Draft, "fields", Draft.objects.get().pk),
    ):
        assert stored.startswith("gAAAA")
        assert not {"sea", "Melatonin", "worry", "thought"} & set(stored.split())
    night.refresh_from_db()
    assert (night.note, night.medicine) == ("Dreamt of the sea.", "Melatonin 2 mg")
    assert Reflection.objects.values_list("text", flat=True).get() == reflection.text
    assert Draft.objects.get().answers == {"text": "Half a thought"}
    empty = night_of(patient, date(2026, 11, 4), quality=3)
    assert raw(Night, "note", empty.pk) == ""
    assert list(Night.objects.exclude(note="")) == [night]


@pytest.mark.parametrize("lookup", ["note", "note__contains", "note__gt", "note__in"])
def test_the_database_is_never_asked_what_it_cannot_know(db, lookup):
    with pytest.raises(FieldError):
        Night.objects.filter(**{lookup: "sea"}).exists()


def test_without_its_key_a_page_says_so_and_nothing_is_lost(written, patient, signed_in, settings):
    night, _reflection = written
    client = signed_in(patient)
    stored = raw(Night, "note", night.pk)
    settings.JOURNAL_KEYS = [OTHER]
    assert "can’t be read at the moment" in client.get("/journal/").content.decode()
    locked = Night.objects.get(pk=night.pk)
    assert isinstance(locked.note, Unreadable)
    locked.quality = 2
    locked.save()
    assert raw(Night, "note", night.pk) == stored
    settings.JOURNAL_KEYS = [OTHER, OLD]
    again = Night.objects.get(pk=night.pk)
    assert (again.note, again.quality) == ("Dreamt of the sea.", 2)


def test_a_new_key_takes_over_while_the_portal_runs(written, settings):
    night, reflection = written
    settings.JOURNAL_KEYS = [NEW, OLD]
    with pytest.raises(CommandError, match="older key is still needed"):
        rotate("--check")
    assert "anew with the newest key: 3" in rotate()
    assert "anew with the newest key: 0" in rotate()
    settings.JOURNAL_KEYS = [NEW]
    assert "older key: 0" in rotate("--check")
    night.refresh_from_db()
    reflection.refresh_from_db()
    assert (night.note, reflection.text[:7]) == ("Dreamt of the sea.", "I worry")


def test_a_missing_key_is_named_before_somebody_finds_out_by_reading(written, settings):
    stored = raw(Night, "note", written[0].pk)
    assert run_checks(databases=["default"], tags=["database"]) == []
    settings.JOURNAL_KEYS = [OTHER]
    with pytest.raises(CommandError, match="key is missing"):
        rotate()
    assert raw(Night, "note", written[0].pk) == stored
    (warning,) = run_checks(databases=["default"], tags=["database"])
    assert warning.id == "accounts.W001"


def test_what_was_written_before_is_sealed_once_and_plain_again_on_the_way_back(written):
    migration = importlib.import_module("education.journal.migrations.0005_seal_words")
    night, _reflection = written
    plain = Value("Written long ago", TextField())
    Night.objects.filter(pk=night.pk).update(note=plain)
    for _ in range(2):
        migration.seal_words(apps, None)
        assert raw(Night, "note", night.pk).startswith("gAAAA")
        assert Night.objects.get(pk=night.pk).note == "Written long ago"
    migration.unseal_words(apps, None)
    assert raw(Night, "note", night.pk) == "Written long ago"
