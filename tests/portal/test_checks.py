"""What `manage.py check --deploy` says of a real host beyond what Django knows."""

from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.core.checks import run_checks

from portal import checks

KEY = "age1vs8reqvudt60dcjqj53hjsqqrff9guyg7zlmtl5k59hfch3ple7s5gcnsk"


def said(**options):
    return {one.id for one in run_checks(include_deployment_checks=True, **options)}


@pytest.fixture
def a_real_host(settings, tmp_path, monkeypatch):
    """A host as docs/operations.md sets it up."""
    settings.REAL_HOST = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "portal@example.org"
    settings.BACKUP_KEYS = [KEY]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for name in ("DATA_DIR", "MEDIA_ROOT", "BACKUP_DIR", "STATIC_ROOT"):
        setattr(settings, name, tmp_path)
    (tmp_path / "staticfiles.json").touch()
    monkeypatch.setattr(checks, "_clock_is_set", lambda: True)
    monkeypatch.setattr(checks, "_file_system", lambda path: "ext4")
    return settings


@pytest.mark.once
def test_each_thing_that_is_missing_is_said_once(a_real_host, monkeypatch):
    def ours():
        return sorted(one for one in said() if one.startswith("portal."))

    assert ours() == []
    a_real_host.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    a_real_host.DEFAULT_FROM_EMAIL = "portal@localhost"
    a_real_host.BACKUP_KEYS = []
    a_real_host.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    a_real_host.DATA_DIR = portal_settings.BASE_DIR / "var"
    a_real_host.STATIC_ROOT = Path("/nowhere")
    monkeypatch.setattr(checks, "_clock_is_set", lambda: False)
    expected = [f"portal.W00{number}" for number in range(1, 7)]
    if checks.connection.vendor == "sqlite":
        monkeypatch.setattr(checks, "_file_system", lambda path: "nfs4")
        expected.insert(0, "portal.E003")
    assert ours() == sorted(["portal.E002", *expected])
    a_real_host.REAL_HOST = False
    a_real_host.BACKUP_KEYS = ["age1nonsense"]
    assert ours() == ["portal.E001"]


@pytest.mark.once
def test_what_the_machine_says_is_read():
    assert checks._file_system(Path("/proc/self/mounts")) == "proc"
    assert checks._file_system(Path("/"))
    assert checks._clock_is_set() in (True, False, None)


def test_the_database_may_not_live_in_another_time(db, monkeypatch):
    assert "portal.W007" not in said(databases=["default"])
    monkeypatch.setattr(checks, "APART", -1)
    on_its_own = checks.connection.vendor == "postgresql"
    assert ("portal.W007" in said(databases=["default"])) is on_its_own
