"""Signs people out, when an account or a key may be in wrong hands."""

from typing import Any

from django.contrib.sessions.models import Session
from django.core.management.base import BaseCommand, CommandError

from accounts.mfa.receivers import end_sessions
from accounts.models import User


class Command(BaseCommand):
    help = "Sign somebody out on all devices, or everybody with --all."

    def add_arguments(self, parser: Any) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("email", nargs="?", help="the address they sign in with")
        who.add_argument("--all", action="store_true", help="everybody")

    def handle(self, *args: Any, email: str | None, **options: Any) -> None:
        people = User.objects.all() if options["all"] else User.objects.with_address(email or "")
        if not people.exists():
            raise CommandError(f"Nobody signs in with {email}.")
        signed_in = people.filter(usersession__isnull=False).distinct()
        ended = sum(end_sessions(person) for person in signed_in)
        if options["all"]:
            # Whatever is in nobody's list, too.
            Session.objects.all().delete()
        self.stdout.write(f"Sessions ended: {ended}")
