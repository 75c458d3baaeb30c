"""A new key for what patients write."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import keys


class Command(BaseCommand):
    help = (
        "Seal everything that patients wrote anew with the first key of JOURNAL_KEYS. Put the new "
        "key in front of the old one, restart the portal, run this, then take the old key away. "
        "It may run while the portal serves, be stopped, and run again."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="change nothing; fail if there is something that no key opens or an old key seals",
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        found = keys.count() if check else keys.rotate()
        self.stdout.write(f"Sealed with the newest key: {found.newest_key}")
        before = "Sealed with an older key" if check else "Sealed anew with the newest key"
        self.stdout.write(f"{before}: {found.older_key}")
        self.stdout.write(f"No key opens: {found.no_key}")
        if found.no_key:
            raise CommandError(
                "A key is missing from JOURNAL_KEYS. Put it back before you do anything else: "
                "without it nobody can read these words."
            )
        if check and found.older_key:
            raise CommandError("An older key is still needed. Run rotate_journal_keys.")
