"""What the machine's state causes is a 503 that says so; what the code causes is a 500."""

import errno
import multiprocessing
import os
import time

import psycopg
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection

from accounts.sessions.limits import NOTED_EVERY, SEEN
from portal import errors, metrics
from tests.logs import listening

FROM_THE_MACHINE = [
    (OperationalError("database is locked"), None),
    (OperationalError("attempt to write a readonly database"), None),
    (InternalError("cannot execute INSERT"), psycopg.errors.ReadOnlySqlTransaction()),
    (InterfaceError("the connection is closed"), psycopg.InterfaceError()),
    (OSError(errno.ENOSPC, "No space left on device"), None),
    (ValueError("while saving a figure"), OSError(errno.EROFS, "Read-only file system")),
]
FROM_THE_CODE = [
    (InternalError("current transaction is aborted"), psycopg.errors.InFailedSqlTransaction()),
    (InterfaceError("Error binding parameter"), None),
    (OSError(errno.ENOENT, "No such file"), None),
    (ValueError("no"), None),
]


def answer(error, cause):
    try:
        raise error from cause
    except Exception:
        return errors.server_error(None)


@pytest.mark.once
@pytest.mark.parametrize("error", FROM_THE_MACHINE)
def test_it_may_be_tried_again(error, db):
    response = answer(*error)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert b"has not been saved" in response.content


@pytest.mark.parametrize("error", FROM_THE_CODE)
def test_trying_again_would_not_help(error):
    assert answer(*error).status_code == 500


@pytest.mark.parametrize(
    ("cause", "status"), [(OperationalError("disk is full"), 503), (DatabaseError("x"), 400)]
)
def test_a_session_that_could_not_be_saved(cause, status):
    """Django calls it "interrupted", as if somebody had signed out meanwhile."""
    try:
        try:
            raise UpdateError from cause
        except UpdateError:
            raise SessionInterrupted("deleted")  # noqa: B904
    except SessionInterrupted as error:
        assert errors.bad_request(None, error).status_code == status


def test_reading_goes_on_while_nothing_can_be_stored(patient, signed_in):
    def full(execute, sql, *rest):
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            raise OperationalError("database or disk is full")
        return execute(sql, *rest)

    client = signed_in(patient, raise_request_exception=False)
    # A while ago: with the next click it is noted again.
    session = client.session
    session[SEEN] = time.time() - 2 * NOTED_EVERY
    session.save()
    sent = {"quality": "3", "diary_date": "2026-02-03"}
    with connection.execute_wrapper(full), listening() as lines:
        for path in ("/today/", "/journal/", "/read/", "/glossary/", "/profile/"):
            assert client.get(path).status_code == 200, path
        answer = client.post("/journal/nights/new/", sent)
        assert (answer.status_code, answer["Retry-After"]) == (503, "10")
        assert client.get("/").status_code in (302, 503)
    assert lines.facts("a session was not saved")[0]["error"] == "OperationalError"
    assert client.post("/journal/nights/new/", sent).status_code in (200, 302)


def _place_and_wait(places, over):
    metrics._held.clear()
    places.put((os.getpid(), metrics._place()))
    over.wait()


@pytest.mark.once
def test_processes_count_in_files_of_their_own_and_later_ones_go_on_in_them(tmp_path, monkeypatch):
    monkeypatch.setattr(metrics, "FOLDER", str(tmp_path))
    monkeypatch.setattr(metrics, "_held", {})
    assert metrics._place() == metrics._place() == "0"
    forked = multiprocessing.get_context("fork")
    for _generation in range(2):
        places, over = forked.Queue(), forked.Event()
        group = [forked.Process(target=_place_and_wait, args=(places, over)) for _n in range(2)]
        for one in group:
            one.start()
        taken = {places.get(timeout=10)[1] for _one in group}
        over.set()
        for one in group:
            one.join()
        assert taken == {"1", "2"}
