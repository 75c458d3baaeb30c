"""Fixtures for every test: a cheap password hash, plain static files, and the people."""

import gc
import os
import shutil
import time

import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import override_settings

CHEAP = {
    # Argon2 is slow on purpose; tests sign in hundreds of times.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    # Tests travel through days within one session; tests/accounts/test_sessions.py has limits.
    "IDLE_MINUTES_STAFF": 10**6,
    "IDLE_MINUTES_PATIENT": 10**6,
    "SESSION_HOURS": 10**5,
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        # The manifest needs collectstatic; `make test` tries that by serving for real.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


def pytest_collection_modifyitems(config, items):
    """Leave out what is about the other database: @pytest.mark.only_on("postgresql").

    What touches no database, and what is marked as `once`, says the same beside either: it runs
    with SQLite, and with PostgreSQL only where it is asked for by name.
    """
    engine = settings.DATABASES["default"]["ENGINE"]
    whole_folders = not any(".py" in argument for argument in config.args)
    here, elsewhere = [], []
    for item in items:
        marker = item.get_closest_marker("only_on")
        belongs = marker is None or engine.endswith(marker.args[0])
        if engine.endswith("postgresql") and whole_folders and not asks_the_database(item):
            belongs = False
        (here if belongs else elsewhere).append(item)
    if elsewhere:
        config.hook.pytest_deselected(items=elsewhere)
        items[:] = here


def asks_the_database(item) -> bool:
    """Whether the database has a say in the test. Without one of these it is refused to it."""
    if item.get_closest_marker("once"):
        return False
    through = {"db", "transactional_db", "live_server", "django_db_setup"}
    if item.get_closest_marker("django_db") or through & set(item.fixturenames):
        return True
    # Who takes the request can ask for any fixture later: the database perhaps.
    info = item._fixtureinfo
    ours = (
        one
        for definitions in info.name2fixturedefs.values()
        for one in definitions
        if one.func.__module__.startswith("tests.") and one.func.__module__ != __name__
    )
    return "request" in info.argnames or any("request" in one.argnames for one in ours)


def pytest_collection_finish():
    """What is imported and collected stays until the end: nothing need look through it again
    and again for what could be thrown away, which took one twentieth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 20)


# `make test` has migrated a database of each kind already, as checks. Migrating takes seven
# seconds: the workers begin with copies, and migrate only finds that nothing is left to do.
MIGRATED = os.environ.get("MIGRATED_SQLITE", "")
TEMPLATE = os.environ.get("MIGRATED_POSTGRES", "")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, tmp_path_factory):
    """SQLite in a file: one connection in memory, shared by threads, is not what we ship."""
    for one in connections.all():
        if one.vendor == "sqlite":
            file = tmp_path_factory.mktemp("database") / "test.sqlite3"
            if MIGRATED:
                shutil.copyfile(MIGRATED, file)
            one.settings_dict["TEST"]["NAME"] = str(file)
        elif TEMPLATE:
            one.settings_dict["TEST"]["TEMPLATE"] = TEMPLATE


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb):
    """Whether to begin with the database that is there instead of removing it."""
    return django_db_keepdb or bool(MIGRATED and connection.vendor == "sqlite")


@pytest.fixture(scope="session", autouse=True)
def cheap_settings(tmp_path_factory):
    """What no test should pay for, and a media folder of our own."""
    with override_settings(**CHEAP, MEDIA_ROOT=tmp_path_factory.mktemp("media")):
        yield


@pytest.fixture(autouse=True)
def empty_cache(request):
    """Sign-in limits live in the cache: one test's failed attempts are not another's."""
    from django.core.cache import cache

    yield
    # Database tests roll the cache table back; a journey's own database is emptied here.
    if "live_server" in request.fixturenames:
        cache.clear()


@pytest.fixture(autouse=True)
def no_triggers_while_emptying(request):
    """A test that really commits is cleaned up by emptying every table, which the triggers on
    published editions and on the record of access refuse. Emptying ends with post_migrate, which
    brings them back."""
    marker = request.node.get_closest_marker("django_db")
    really_commits = {"transactional_db", "live_server"} & set(request.fixturenames) or (
        marker is not None and marker.kwargs.get("transaction")
    )
    if not really_commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from accounts import access_triggers
    from education.articles import immutability

    access_triggers.uninstall(connection)
    immutability.uninstall(connection)


# --- People ---------------------------------------------------------------------------------


@pytest.fixture
def patient(db):
    from tests.factories import PatientFactory

    return PatientFactory()


@pytest.fixture
def other_patient(db):
    """A patient whom `clinician` does not treat."""
    from tests.factories import PatientFactory

    return PatientFactory()


@pytest.fixture
def clinician(db, patient):
    """The clinician who treats `patient`."""
    from tests.factories import CareRelationshipFactory, ClinicianFactory

    clinician = ClinicianFactory()
    CareRelationshipFactory(clinician=clinician, patient=patient)
    return clinician


@pytest.fixture
def other_clinician(db, other_patient):
    """A clinician who treats `other_patient` and not `patient`."""
    from tests.factories import CareRelationshipFactory, ClinicianFactory

    clinician = ClinicianFactory()
    CareRelationshipFactory(clinician=clinician, patient=other_patient)
    return clinician


@pytest.fixture
def reviewer(db):
    from tests.factories import ReviewerFactory

    return ReviewerFactory()


@pytest.fixture
def editor(db):
    from tests.factories import EditorFactory

    return EditorFactory()


@pytest.fixture
def administrator(db):
    from tests.factories import AdministratorFactory

    return AdministratorFactory()


@pytest.fixture
def signed_in():
    """signed_in(user) gives a test client in which that user has signed in.

    Leaves what signing in leaves, a session and the time, with a quarter of the work: tests
    do this thousands of times. tests/accounts/test_sign_in.py signs in through the form.
    """
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client
    from django.utils import timezone

    from accounts.sessions.limits import SEEN, SIGNED_IN

    def sign_in(user, **options):
        client = Client(**options)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[SIGNED_IN] = session[SEEN] = time.time()
        session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
        session["account_authentication_methods_user"] = str(user.pk)
        session.create()
        client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
        user.last_login = timezone.now()
        type(user).objects.filter(pk=user.pk).update(last_login=user.last_login)
        return client

    return sign_in
