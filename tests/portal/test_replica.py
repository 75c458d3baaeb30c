"""With a read replica, content is read from there, and nothing else is; tried in a process of its
own, because a database that is configured stays so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

STORY = """
import django
django.setup()
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_test_environment

setup_test_environment()
from accounts.models import User
from education.glossary.models import Term
from tests.factories import PASSWORD, AdministratorFactory, PatientFactory, TermFactory

def here_and_there(url, **cookies):
    counts = []
    def count(execute, sql, params, many, context):
        counts.append(context["connection"].alias)
        return execute(sql, params, many, context)
    one, other = connections["default"], connections["replica"]
    with one.execute_wrapper(count), other.execute_wrapper(count):
        response = client.get(url)
    return response, counts

term = TermFactory(name="Only in the database", slug="only-here")
patient = PatientFactory()
client = Client()
client.force_login(patient, backend=settings.AUTHENTICATION_BACKENDS[0])

# The copy has no terms yet; the session and the person come from the database.
page, asked = here_and_there("/glossary/")
assert page.status_code == 200 and "Only in the database" not in page.text
assert {"default", "replica"} == set(asked), asked
page, asked = here_and_there("/journal/")
assert page.status_code == 200 and set(asked) == {"default"}

# Whoever has sent something sees it at once, and is read from the copy again a little later.
client.post("/theme/", {"theme": "dark"})
page, asked = here_and_there("/glossary/")
assert "Only in the database" in page.text and "replica" not in asked
assert client.cookies["sent"]["max-age"] == 10 and client.cookies["sent"]["httponly"]
del client.cookies["sent"]

# Nothing is ever written there, even what was read there.
with connections["replica"].cursor() as cursor:
    cursor.execute("PRAGMA query_only = 1")
from accounts.replica import _reads_replica
_reads_replica.set(True)
TermFactory(name="Another", slug="another")
_reads_replica.set(False)
assert Term.objects.using("replica").count() == 0 and Term.objects.count() == 2

# Without the copy, the page is read from the database.
with connections["replica"].cursor() as cursor:
    cursor.execute("PRAGMA query_only = 0")
    cursor.execute("DROP TABLE glossary_alias")
    cursor.execute("ALTER TABLE glossary_term RENAME TO gone")
page = client.get("/glossary/")
assert page.status_code == 200 and "Only in the database" in page.text
print("told")
"""


def process(data: Path, *command: str, **env: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATA_DIR": str(data), "DEBUG": "1", "PYTHONPATH": ".", **env},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_content_is_read_from_the_replica_and_nothing_else(tmp_path):
    migrated = os.environ.get("MIGRATED_SQLITE", "")
    first, copy = tmp_path / "portal.sqlite3", tmp_path / "replica.sqlite3"
    if migrated:
        shutil.copyfile(migrated, first)
    else:
        made = process(tmp_path, "manage.py", "migrate", "-v0", DATABASE_URL=f"sqlite:///{first}")
        assert made.returncode == 0, made.stderr
    shutil.copyfile(first, copy)
    told = process(
        tmp_path,
        "-c",
        STORY,
        DATABASE_URL=f"sqlite:///{first}",
        REPLICA_URL=f"sqlite:///{copy}",
        DJANGO_SETTINGS_MODULE="portal.settings",
    )
    assert told.stdout.strip().endswith("told"), told.stderr


def test_what_the_address_says_of_encryption_is_kept(tmp_path):
    asked = process(
        tmp_path,
        "-c",
        "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])",
        DATABASE_URL="postgres://portal@db.example.org/portal?sslmode=verify-full",
        DJANGO_SETTINGS_MODULE="portal.settings",
    )
    assert "'sslmode': 'verify-full'" in asked.stdout and "statement_timeout" in asked.stdout
