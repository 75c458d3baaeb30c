"""The record of access as it is kept: a chain for each patient that nobody can change unseen."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts import access_triggers
from accounts.models import AccessChain, AccessEvent, AccountClosing
from accounts.models.access import FIRST, Seen
from tests.care.test_races import at_once
from tests.factories import ClinicianFactory, PatientFactory

OPENED, PAGE = AccessEvent.Action.OPENED, AccessEvent.What.PATIENT_PAGE
EVENT, CHAIN = access_triggers.EVENT, access_triggers.CHAIN


def record(patient, actor, times=1):
    for _ in range(times):
        AccessEvent.objects.record(patient=patient, actor=actor, action=OPENED, what=PAGE)


def verified(patient=None) -> str:
    """What verify_access_log says of a record that holds."""
    out = StringIO()
    call_command("verify_access_log", patient=patient and str(patient.public_id), stdout=out)
    return out.getvalue()


def complaints(**options) -> str:
    """What it says of one that does not; it fails."""
    err = StringIO()
    with pytest.raises(CommandError) as failed:
        call_command("verify_access_log", stderr=err, **options)
    return err.getvalue() + str(failed.value)


def keep_until(closing, day) -> None:
    """As if the years after an account was closed had gone by."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        access_triggers.uninstall(connection)
        AccountClosing.objects.filter(pk=closing.pk).update(record_kept_until=day)
        access_triggers.install(connection)


@pytest.fixture
def records(db):
    """Two patients with five events each, and one with none."""
    clinician = ClinicianFactory()
    patients = PatientFactory.create_batch(3)
    for patient in patients[:2]:
        record(patient, clinician, 4)
        AccessEvent.objects.record(
            patient=patient, actor=clinician, action=OPENED, what="nights",
            thing="2026-11-01/2026-11-14",
        )  # fmt: skip
    return patients


def test_each_patient_has_a_chain_of_their_own(records):
    one, other, nobody = records
    events = list(AccessEvent.objects.filter(patient=one).order_by("number"))
    assert [event.number for event in events] == [1, 2, 3, 4, 5]
    assert [event.previous_hash for event in events] == [
        FIRST, *(event.hash for event in events[:-1])
    ]  # fmt: skip
    assert all(event.hash == event.expected_hash() for event in events)
    end = AccessChain.objects.get(patient=one)
    assert (end.length, end.last_hash) == (5, events[-1].hash)
    assert not set(AccessEvent.objects.filter(patient=other).values_list("hash")) & {
        (event.hash,) for event in events
    }
    assert verified() == "Whole: 10 events of 2 patients.\n"
    assert verified(one) == "Whole: 5 events of 1 patients.\n"
    assert verified(nobody) == "Whole: 0 events of 0 patients.\n"
    for wrong in ("nonsense", "00000000-0000-4000-8000-000000000000", "\x00"):
        assert "nobody" in complaints(patient=wrong)


def test_many_at_once_cost_the_same_queries(records, django_assert_num_queries):
    actor = ClinicianFactory()
    for patients in (PatientFactory.create_batch(2), PatientFactory.create_batch(100)):
        # The first record of theirs begins their chains, for two queries more.
        for queries in (5, 3):
            with transaction.atomic(), django_assert_num_queries(queries):
                AccessEvent.objects.record_many(
                    changed=[(one, "") for one in patients], actor=actor, action=OPENED, what=PAGE
                )
        with transaction.atomic(), django_assert_num_queries(3):
            AccessEvent.objects.record_things(
                patient=patients[0], actor=actor, action=OPENED,
                seen=[Seen("reflection", str(number)) for number in range(len(patients))],
            )  # fmt: skip
    verified()


def refused(sql: str) -> None:
    with (
        pytest.raises(DatabaseError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


def test_the_database_refuses_to_change_or_remove_it(records):
    one, other, _nobody = records
    refused(f"UPDATE {EVENT} SET action = 'listed' WHERE patient_id = {one.pk} AND number = 2")
    refused(f"UPDATE {EVENT} SET hash = hash")
    refused(f"DELETE FROM {EVENT} WHERE patient_id = {one.pk} AND number = 5")
    refused(f"UPDATE {CHAIN} SET length = 4 WHERE patient_id = {one.pk}")
    refused(f"UPDATE {CHAIN} SET last_hash = '{FIRST}' WHERE patient_id = {one.pk}")
    refused(f"DELETE FROM {CHAIN} WHERE patient_id = {one.pk}")
    for queries in (AccessEvent.objects.all(), AccessChain.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            queries._raw_delete(queries.db)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Or what this test has written waits for its constraints, and that is the reason.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        refused(f"TRUNCATE {EVENT}")
        refused(f"TRUNCATE {CHAIN}")
    else:
        event = AccessEvent.objects.filter(patient=one).first()
        columns = "patient_id, actor_id, action, what, thing, at, number, previous_hash, hash"
        same = f"SELECT {columns} FROM {EVENT} WHERE id = {event.pk}"
        refused(f"INSERT OR REPLACE INTO {EVENT} ({columns}) {same}")
        with connection.cursor() as cursor:
            cursor.execute(f"REPLACE INTO {CHAIN} VALUES ({one.pk}, 1, '{FIRST}')")
    assert verified() == "Whole: 10 events of 2 patients.\n"


def test_it_goes_when_the_time_after_an_account_was_closed_is_over(records):
    one, other, _nobody = records
    today = timezone.now().date()
    closing = AccountClosing.objects.create(patient=one, record_kept_until=today)
    refused(f"DELETE FROM {EVENT} WHERE patient_id = {one.pk}")
    keep_until(closing, today - timedelta(days=1))
    refused(f"DELETE FROM {EVENT}")
    assert AccessEvent.objects.filter(patient=one).delete()[0] == 5
    assert AccessChain.objects.filter(patient=one).delete()[0] == 1
    assert verified() == "Whole: 5 events of 1 patients.\n"


def test_no_closing_is_made_up_to_let_a_record_go(records):
    one, other, _nobody = records
    closings = access_triggers.CLOSING
    today = timezone.now().date()
    columns = f"{closings} (patient_id, closed_at, record_kept_until)"
    early, late = f"'{today - timedelta(days=1)}'", f"'{today + timedelta(days=2000)}'"
    refused(f"INSERT INTO {columns} VALUES ({one.pk}, '2000-01-01', {early})")
    closing = AccountClosing.objects.create(
        patient=one, record_kept_until=AccountClosing.kept_until(timezone.now())
    )
    refused(f"UPDATE {closings} SET record_kept_until = {early}")
    refused(f"UPDATE {closings} SET patient_id = {other.pk}")
    refused(f"DELETE FROM {closings}")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        refused(f"TRUNCATE {closings}")
    else:
        refused(f"REPLACE INTO {columns} VALUES ({one.pk}, '2000-01-01', {late})")
    keep_until(closing, today - timedelta(days=1))
    # What was erased is noted, and the record of a court case can be kept for longer.
    AccountClosing.objects.update(record_erased_at=timezone.now())
    AccountClosing.objects.update(record_kept_until=today)
    assert verified() == "Whole: 10 events of 2 patients.\n"


BREAKS = {
    "was changed": f"UPDATE {EVENT} SET action = 'listed' WHERE number = 3 AND patient_id = %s",
    "is missing": f"DELETE FROM {EVENT} WHERE number = 3 AND patient_id = %s",
    "does not follow": f"UPDATE {EVENT} SET previous_hash = '{FIRST}' "
    "WHERE number = 3 AND patient_id = %s",
    "cut short": f"DELETE FROM {EVENT} WHERE number >= 3 AND patient_id = %s",
    "that the end of the record names": f"UPDATE {CHAIN} SET last_hash = '{FIRST}' "
    "WHERE patient_id = %s",
    "is missing: the record": f"DELETE FROM {EVENT} WHERE patient_id = %s",
    "follows the end that": f"DELETE FROM {CHAIN} WHERE patient_id = %s",
}
# Where it is noticed, if not at the third event.
NOTICED = {
    "that the end of the record names": 5,
    "is missing: the record": 1,
    "follows the end that": 1,
}


@pytest.mark.parametrize("why", BREAKS)
def test_whoever_goes_around_the_triggers_is_found_out(records, why):
    one, other, _nobody = records
    access_triggers.uninstall(connection)
    with connection.cursor() as cursor:
        cursor.execute(BREAKS[why], [one.pk])
    said = complaints()
    assert f"Patient {one.public_id}: event {NOTICED.get(why, 3)} " in said and why in said
    assert "do not hold: 1" in said and str(other.public_id) not in said
    assert "5 events of 1" in verified(other)
    access_triggers.install(connection)


def test_a_chain_that_was_reckoned_anew_differs_from_what_was_noted_elsewhere(records, tmp_path):
    one, other, _nobody = records
    noted, later = tmp_path / "ends.txt", tmp_path / "later.txt"
    call_command("verify_access_log", write_ends=noted, verbosity=0)
    assert len(noted.read_text().splitlines()) == 2
    # What comes later changes nothing of what was noted.
    record(other, ClinicianFactory())
    call_command("verify_access_log", ends=noted, write_ends=later, verbosity=0)
    assert noted.read_text() != later.read_text()
    access_triggers.uninstall(connection)
    AccessEvent.objects.filter(patient=one).delete()
    AccessChain.objects.filter(patient=one).delete()
    access_triggers.install(connection)
    record(one, ClinicianFactory(), 5)
    assert verified() == "Whole: 11 events of 2 patients.\n"
    said = complaints(ends=noted)
    assert f"Patient {one.public_id}: event 5 is not the one that was noted." in said
    assert str(other.public_id) not in said
    noted.write_text("nonsense\n")
    assert "no ends of records" in complaints(ends=noted)
    # A record that has gone with its time is not missed.
    today = timezone.now().date()
    closing = AccountClosing.objects.create(patient=one, record_kept_until=today)
    keep_until(closing, today - timedelta(days=1))
    call_command("verify_access_log", ends=later, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_lose_nothing_and_break_no_chain():
    patients, actors = PatientFactory.create_batch(4), ClinicianFactory.create_batch(16)
    each = 5

    def open_pages(number):
        for turn in range(each):
            # Everybody the first patient, and each of the others in another order.
            record(patients[0], actors[number])
            some = patients[1:] if number % 2 else patients[:0:-1]
            AccessEvent.objects.record_many(
                changed=[(one, str(turn)) for one in some], actor=actors[number],
                action=OPENED, what=PAGE,
            )  # fmt: skip

    at_once(*(lambda number=number: open_pages(number) for number in range(16)))
    for patient in patients:
        assert AccessEvent.objects.filter(patient=patient).count() == 16 * each
    assert verified() == f"Whole: {4 * 16 * each} events of 4 patients.\n"
