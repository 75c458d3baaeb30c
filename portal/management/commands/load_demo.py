"""manage.py load_demo: people and content to try the portal with, on localhost only."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal import demo


class Command(BaseCommand):
    help = "Load the demo: people with one password, an article, nights and readings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do nothing if it is loaded.")
        parser.add_argument("--quiet-logins", action="store_true", help="Do not print the logins.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.REAL_HOST:
            raise CommandError(
                "The demo has people with a known password; it is for localhost only. "
                f"ALLOWED_HOSTS names a real host: {', '.join(settings.ALLOWED_HOSTS)}."
            )
        if not (options["once"] and demo.is_loaded()):
            demo.load_demo(settings.BASE_DIR / "fixtures")
        if not options["quiet_logins"]:
            self._print_logins()

    def _print_logins(self) -> None:
        self.stdout.write(f"\nDemo people, all with the password: {demo.PASSWORD}\n")
        for email, name, role in demo.LOGINS:
            label = "reviewing clinician" if email.startswith("reviewer") else role.label.lower()
            self.stdout.write(f"  {email:<24} {label:<20} {name}\n")
