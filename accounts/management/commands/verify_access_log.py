"""manage.py verify_access_log: prove that the record of access is whole."""

from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.access_verifying import Broken, Looked, broken_links, ends, rewritten
from accounts.models import User

MOST_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Look through who opened and changed what, for each patient from the first event to the "
        "last, and name the first that was changed, removed or put in. Fails if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patient", metavar="UUID", help="only the record of this patient")
        parser.add_argument(
            "--write-ends", metavar="FILE", help="note where each record ends, to keep elsewhere"
        )
        parser.add_argument(
            "--ends", metavar="FILE", help="compare with what --write-ends noted at some time"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        looked = Looked()
        broken = 0
        found = broken_links(looked, self._patient(options["patient"]))
        for one in chain(found, self._rewritten(options["ends"])):
            broken += 1
            if broken <= MOST_SHOWN:
                self.stderr.write(f"Patient {one.patient}: event {one.number} {one.why}.")
        said = f"{looked.events} events of {looked.patients} patients."
        if broken:
            raise CommandError(f"Records that do not hold: {broken}. Looked at {said}")
        if options["write_ends"]:
            Path(options["write_ends"]).write_text("".join(f"{line}\n" for line in ends()))
        if options["verbosity"]:
            self.stdout.write(f"Whole: {said}")

    @staticmethod
    def _rewritten(file: str | None) -> list[Broken]:
        if file is None:
            return []
        try:
            with Path(file).open() as lines:
                return list(rewritten(lines))
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} has no ends of records: {error}.") from None

    @staticmethod
    def _patient(text: str | None) -> User | None:
        if text is None:
            return None
        try:
            return User.objects.get(public_id=UUID(text))
        except (ValueError, User.DoesNotExist):
            raise CommandError("There is nobody with this public id.") from None
