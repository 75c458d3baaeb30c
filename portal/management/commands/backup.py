"""manage.py backup: everything that has to be kept, in one file, while the portal serves."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupError, encryption
from portal.backup.making import make_backup


def at_least_one(text: str) -> int:
    """How many backups to keep. Raises ValueError, which argparse puts into words."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


class Command(BaseCommand):
    help = (
        "Put the database and its figures into one file, encrypted for the public keys in "
        "BACKUP_KEYS. The portal may go on serving. Keys and settings are not in it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--into",
            type=Path,
            default=settings.BACKUP_DIR,
            metavar="FOLDER",
            help="where to put it (default: %(default)s)",
        )
        parser.add_argument(
            "--to",
            action="append",
            metavar="KEY",
            help="a public key of age (age1...) in place of BACKUP_KEYS; may be given again",
        )
        parser.add_argument(
            "--keep",
            type=at_least_one,
            metavar="N",
            help="afterwards, remove all but the N newest backups in the folder",
        )

    def handle(self, *args: Any, into: Path, to: list[str], keep: int, **options: Any) -> None:
        keys = to or settings.BACKUP_KEYS
        try:
            made = make_backup(into, readers=encryption.recipients(keys), keep=keep)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"No backup was made: {error}.") from error
        manifest = made.manifest
        self.stdout.write(
            f"{made.path}\n{made.size:,} bytes, {sum(manifest.rows.values()):,} rows in "
            f"{len(manifest.rows)} tables, {len(manifest.parts) - 1} figures."
        )
        if made.removed:
            self.stdout.write(f"Removed, as older than the {keep} newest: {len(made.removed)}.")
        if not keys:
            self.stderr.write(
                self.style.WARNING(
                    "Not encrypted: whoever has this file can read names, addresses and diaries. "
                    "Set BACKUP_KEYS, see docs/operations.md."
                )
            )
