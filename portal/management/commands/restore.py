"""manage.py restore: a backup back into a database, or only the proof that it would work."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.backup import BackupError, archive, encryption
from portal.backup.restoring import check_backup, restore_backup

NEXT = """\
Everybody signs in again. Before you let people in:
  manage.py migrate                        if the backup is of an older portal
  manage.py verify_access_log              the record of access is whole
  manage.py rotate_journal_keys --check    the keys open what was written
Since {made_at} some may have closed their account or deleted entries, which are back now.
docs/operations.md says how to find out."""


class Command(BaseCommand):
    help = (
        "Put a backup in place of the database and bring its figures back. Everything is checked "
        "first; either all of it is done or nothing. Stop the web server and the worker before."
    )
    # The database may not be there yet.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--identity",
            type=Path,
            metavar="FILE",
            help="the private key of an encrypted backup, as age-keygen wrote it",
        )
        doing = parser.add_mutually_exclusive_group()
        doing.add_argument(
            "--check", action="store_true", help="prove that the backup is sound; change nothing"
        )
        doing.add_argument(
            "--replace", action="store_true", help="even if there are people in the database"
        )

    def handle(
        self, *args: Any, file: Path, identity: Path, check: bool, replace: bool, **options: Any
    ) -> None:
        try:
            keys = encryption.identities(identity) if identity else []
            if check:
                self._describe(check_backup(file, keys=keys))
                self.stdout.write("It is whole. Nothing was changed.")
                return
            manifest = restore_backup(file, keys=keys, replace=replace)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The database was not changed: {error}.") from error
        self._describe(manifest)
        self.stdout.write("Restored. " + NEXT.format(made_at=manifest.made_at))

    def _describe(self, manifest: archive.Manifest) -> None:
        self.stdout.write(
            f"Backup of {manifest.made_at}: {manifest.database} {manifest.server}, version "
            f"{manifest.version}, {sum(manifest.rows.values()):,} rows in {len(manifest.rows)} "
            f"tables, {len(manifest.parts) - 1} figures."
        )
