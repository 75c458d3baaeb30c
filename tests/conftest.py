"""Fixtures for every test: a cheap password hash, plain static files, and the people."""

import pytest
from django.test import override_settings

CHEAP = {
    # Argon2 is slow on purpose; tests sign in hundreds of times.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        # The manifest needs collectstatic; `make test` tries that by serving for real.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


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
    """signed_in(user) gives a test client in which that user has signed in."""
    from django.test import Client

    def sign_in(user, **options):
        client = Client(**options)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
