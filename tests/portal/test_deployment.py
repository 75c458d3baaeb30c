"""A real host without a real key, HTTPS and DEBUG off does not start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from portal.deployment import LOCAL_JOURNAL_KEY

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "ALLOWED_HOSTS": "portal.example.org",
    "SECRET_KEY": "k3yk3y-of-more-than-fifty-characters-and-not-the-default-1234567890",
    "JOURNAL_KEYS": "YSBrZXkgZm9yIHRoZSB0ZXN0cywgbm90aGluZyBlbHM=",
    "HTTPS": "true",
    "DEBUG": "false",
}


def start(tmp_path, **environment):
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**clean, "DATA_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "Set SECRET_KEY"),
        ({"JOURNAL_KEYS": ""}, "Set JOURNAL_KEYS"),
        ({"JOURNAL_KEYS": LOCAL_JOURNAL_KEY}, "Set JOURNAL_KEYS"),
        ({"JOURNAL_KEYS": GOOD["JOURNAL_KEYS"] + ",short"}, "Key 2 of JOURNAL_KEYS"),
        ({"JOURNAL_KEYS": "ключ"}, "Key 1 of JOURNAL_KEYS"),
        ({"HTTPS": "false"}, "Set HTTPS=true"),
        ({"DEBUG": "true"}, "Set DEBUG=false"),
        ({"ALLOWED_HOSTS": "*"}, "Set ALLOWED_HOSTS"),
    ],
)
def test_it_stops_with_a_sentence(tmp_path, wrong, says):
    result = start(tmp_path, **{**GOOD, **wrong})
    assert result.returncode != 0
    assert says in result.stderr


def test_a_proper_deployment_starts(tmp_path):
    result = start(tmp_path, **GOOD)
    assert result.returncode == 0, result.stderr


def test_without_any_variable_it_starts_on_localhost(tmp_path):
    result = start(tmp_path)
    assert result.returncode == 0, result.stderr


def test_the_demo_refuses_a_real_host(settings, db):
    from django.core.management import CommandError, call_command

    settings.REAL_HOST = True
    with pytest.raises(CommandError, match="localhost only"):
        call_command("load_demo")
