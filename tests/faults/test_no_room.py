"""A full disk or a read-only database: reading goes on, writing says that it could not."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest

from tests.faults.little_disk import LittleDisk
from tests.faults.site import until
from tests.faults.writers import days

PAGES = ("/today/", "/journal/", "/read/", "/glossary/", "/help/")


@pytest.fixture
def little_disk(request):
    """Where PostgreSQL's own account may go, too."""
    with tempfile.TemporaryDirectory(prefix="portal-little-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        disk = LittleDisk(Path(folder) / "disk", 64)
        yield disk
        if "postgres" in request.node.name:
            request.getfixturevalue("postgres").drop_last_copy()
        disk.end()


def write_until_refused(site, nights, page_says=b"has not been saved"):
    """Nights that were acknowledged, until one is refused with a clear page."""
    patient, saved = site.patient(0), []
    for day in nights:
        status, _location, body = patient.post(
            "/journal/nights/new/", diary_date=day, quality="3", note="Rain." * 200
        )
        if status == 503:
            assert page_says in body and b"<h1" in body
            return saved
        assert status == 302, (status, body)
        saved.append(day)
    raise AssertionError("there was room for everything")


def read_everything(site):
    """How each page answers a patient; the kept connections are the ones that read before."""
    patient = site.patient(1)
    return {path: patient.get(path)[0] for path in PAGES}


@pytest.mark.faults
def test_a_full_disk(database, make_site, little_disk, proved):
    if database.name == "SQLite":
        site = make_site(database, folder=little_disk.folder)
    else:
        site = make_site(database)
        shutil.chown(little_disk.folder, "postgres" if os.geteuid() == 0 else None)
        database.move_last_copy(little_disk.folder)
    nights = iter(days(360))
    site.start_web()
    for _round in range(8):
        assert set(read_everything(site).values()) == {200}
    assert site.patient(0).save_night(next(nights)) == 302
    little_disk.fill()
    saved = write_until_refused(site, nights)
    answers = read_everything(site)
    assert set(answers.values()) == {200}, answers
    ready = site.patient(0).get("/health/ready")[0]
    assert ready == (503 if database.name == "SQLite" else 200)
    # Refused again and again leaves nothing behind; a short one may still find a gap.
    refused = set()
    for day in days(366)[360:]:
        status = site.patient(0).save_night(day)
        assert status in (302, 503)
        (refused.add if status == 503 else saved.append)(day)
    little_disk.empty()
    well = until(lambda: site.patient(0).save_night(next(nights)) == 302)
    stored = {day for _who, day in site.stored_nights()}
    assert set(saved) <= stored and not stored & refused
    assert not [line for line in site.log_lines() if "status=500" in line]
    proved(
        f"disk full: after {len(saved)} more nights 503, all {len(PAGES)} pages still there, "
        f"nothing half written; with room again well {well:.1f} s later"
    )


@pytest.mark.faults
def test_a_read_only_postgresql(postgres, make_site, proved):
    site = make_site(postgres)
    site.start_web()
    nights = iter(days(360))
    assert site.patient(0).save_night(next(nights)) == 302
    postgres.ask("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
    try:
        until(lambda: postgres.ask("SHOW default_transaction_read_only") == [("on",)])
        assert write_until_refused(site, nights) == []
        answers = read_everything(site)
        assert set(answers.values()) == {200}, answers
    finally:
        postgres.ask(
            "SET default_transaction_read_only = off",
            "ALTER SYSTEM RESET default_transaction_read_only",
            "SELECT pg_reload_conf()",
        )
    well = until(lambda: site.patient(0).save_night(next(nights)) == 302)
    assert len(site.stored_nights()) == 2
    proved(f"read-only: 503 for what writes, pages still there, well {well:.1f} s after the end")


@pytest.mark.faults
def test_a_read_only_disk_under_sqlite(sqlite, make_site, little_disk, proved):
    """Found at the start, as after a repair; what was open for writing would stay so."""
    site = make_site(sqlite, folder=little_disk.folder)
    path = little_disk.folder / "portal.sqlite3"
    # As a server leaves it that was cut off: with its write-ahead log.
    with contextlib.closing(sqlite3.connect(path)) as own, own:
        own.execute("PRAGMA journal_mode=WAL")
        own.execute("UPDATE accounts_user SET name = name")
        for name in ("-wal", "-shm"):
            shutil.copyfile(f"{path}{name}", f"{path}{name}.kept")
    for name in ("-wal", "-shm"):
        shutil.move(f"{path}{name}.kept", f"{path}{name}")
    little_disk.read_only(True)
    site.start_web()
    nights = iter(days(360))
    assert write_until_refused(site, nights) == []
    answers = read_everything(site)
    assert set(answers.values()) <= {200, 503}, answers
    little_disk.read_only(False)
    well = until(lambda: site.patient(0).save_night(next(nights)) == 302)
    until(lambda: set(read_everything(site).values()) == {200})
    reading = sum(status == 200 for status in answers.values())
    proved(
        f"read-only disk: 503 for what writes, {reading} of {len(PAGES)} pages still there, "
        f"well {well:.1f} s after it could be written"
    )
