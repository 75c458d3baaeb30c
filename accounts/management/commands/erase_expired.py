"""Erase what has been kept long enough; for cron, once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.privacy.expiry import erase_expired


class Command(BaseCommand):
    help = "Erase what has been kept long enough: old mails, sessions, records of closed accounts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Count, and erase nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        done = "would be erased" if options["dry_run"] else "erased"
        for name, count in erase_expired(dry_run=options["dry_run"]):
            if count or options["verbosity"] > 1:
                self.stdout.write(f"{name}: {count:,} {done}")
