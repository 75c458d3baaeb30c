"""Bringing a backup back: everything is checked before anything is touched."""

import os
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from portal.backup import BackupError, archive, encryption
from portal.backup.databases import KINDS, database_of
from portal.backup.making import alone


def check_backup(file: Path, *, keys: Sequence[Any] = ()) -> archive.Manifest:
    """Unpack a backup, compare it with its checksums and look into its database.

    Raises BackupError if it is damaged, cut short, or closed to these keys.
    """
    with alone() as folder:
        return _unpack(file, keys, folder)


def restore_backup(
    file: Path,
    *,
    keys: Sequence[Any] = (),
    replace: bool = False,
    database: BaseDatabaseWrapper | None = None,
) -> archive.Manifest:
    """Put a backup in place of the database and its figures beside those that are there.

    Raises BackupError, and has changed nothing then, if the backup is not sound, is of another
    kind of database or a newer portal, or if people are there and `replace` does not say so.
    """
    to = database or connection
    with alone() as folder:
        target = database_of(to)
        if not replace and not target.is_empty():
            raise BackupError(
                "This database is not empty. With --replace everything in it is lost, and the "
                "backup takes its place: make a backup of it first."
            )
        manifest = _unpack(file, keys, folder)
        if manifest.database != to.vendor:
            raise BackupError(
                f"This backup is of {manifest.database}, and DATABASE_URL leads to {to.vendor}."
            )
        loader = MigrationLoader(None)
        known = {f"{app}.{name}" for app, name in loader.disk_migrations}
        unknown = sorted(set(manifest.migrations) - known)
        if unknown:
            raise BackupError(
                f"A newer portal (version {manifest.version}) made this backup: this one does not "
                f"know {', '.join(unknown[:3])}. Update the portal first."
            )
        # Figures never change under their names, so more of them harm nobody: first they, then
        # the database that names them.
        _place(folder / archive.MEDIA, Path(settings.MEDIA_ROOT))
        target.fill(folder / archive.DATABASES[manifest.database], manifest.rows)
    return manifest


def _unpack(file: Path, keys: Sequence[Any], folder: Path) -> archive.Manifest:
    with file.open("rb") as stored:
        is_closed = stored.read(len(encryption.MAGIC)) == encryption.MAGIC
        stored.seek(0)
        if is_closed and not keys:
            raise BackupError("This backup is encrypted: name its private key with --identity.")
        opened = encryption.decrypted(stored, list(keys)) if is_closed else nullcontext(stored)
        with opened as plain:
            manifest = archive.unpack(plain, folder)
    copy = folder / archive.DATABASES[manifest.database]
    KINDS[manifest.database].check(copy, manifest.rows)
    return manifest


def _place(unpacked: Path, media: Path) -> None:
    for path in unpacked.rglob("*"):
        if path.is_file():
            to = media / path.relative_to(unpacked)
            to.parent.mkdir(parents=True, exist_ok=True)
            part = to.with_name(f".{to.name}.part")
            shutil.copyfile(path, part)
            os.replace(part, to)
