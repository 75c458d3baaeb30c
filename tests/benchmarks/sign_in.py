"""How long a failed sign-in and a forgotten password take, for addresses of all kinds.

`DEBUG=1 python -m tests.benchmarks.sign_in`, with a database of its own. Times of a machine mean
little: compare the lines. That the work is the same is in tests/accounts/test_limits.py.
"""

import os
import statistics
import sys
import time

import django

ROUNDS = 40


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    setup_test_environment(debug=True)
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        _measure()
    finally:
        teardown_databases(databases, verbosity=0)
    return 0


def _measure() -> None:
    from django.core.cache import cache
    from django.test import Client
    from django.urls import reverse

    from tests.factories import PatientFactory

    PatientFactory(email="known@example.org")
    PatientFactory(email="closed@example.org", is_active=False)
    invited = PatientFactory(email="invited@example.org")
    invited.set_unusable_password()
    invited.save()
    pages = {
        "sign-in": ("account_login", {"login": "", "password": "wrong"}),
        "new password": ("account_reset_password", {"email": ""}),
    }
    for what, (name, fields) in pages.items():
        took: dict[str, list[float]] = {}
        # In turn, so that what else the machine does falls on all of them.
        for _round in range(ROUNDS):
            for who in ("unknown", "known", "closed", "invited"):
                cache.clear()
                data = {key: value or f"{who}@example.org" for key, value in fields.items()}
                begun = time.perf_counter()
                Client().post(reverse(name), data)
                took.setdefault(who, []).append((time.perf_counter() - begun) * 1000)
        for who, times in took.items():
            print(f"{what:14} {who:10} {statistics.median(times):7.1f} ms median")


if __name__ == "__main__":
    sys.exit(main())
