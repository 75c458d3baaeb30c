"""Making a backup, and letting go of the oldest."""

import fcntl
import hashlib
import io
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from portal.backup import BackupError, archive, encryption
from portal.backup.databases import database_of

_OURS = re.compile(r"portal-\d{8}T\d{12}Z\.tar\.gz(\.age)?")
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Backup:
    """A backup that has been made."""

    path: Path
    manifest: archive.Manifest
    # Bytes of the file.
    size: int
    removed: list[Path]


@contextmanager
def alone() -> Iterator[Path]:
    """A folder to work in, which nobody else reads, for one backup or restore at a time.

    It needs about as much room as the database takes. Raises BackupError if another one runs.
    """
    with open(settings.DATA_DIR / "backup.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError("Another backup or restore is under way.") from error
        for left in settings.DATA_DIR.glob(".backup-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.DATA_DIR) as folder:
            yield Path(folder)


def make_backup(
    into: Path,
    *,
    readers: Sequence[Any] = (),
    keep: int | None = None,
    database: BaseDatabaseWrapper | None = None,
) -> Backup:
    """Write a backup into the folder; of those there, the `keep` newest stay (None: all)."""
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    now = datetime.now(UTC)
    path = into / f"portal-{now:%Y%m%dT%H%M%S%f}Z.tar.gz{'.age' if readers else ''}"
    unfinished = path.with_name(path.name + _UNFINISHED)
    with alone() as folder:
        for left in into.glob(f"portal-*{_UNFINISHED}"):
            left.unlink()
        try:
            with _private(unfinished) as file:
                out: Any = _Hashing(file)
                with (
                    encryption.encrypted(out, list(readers)) if readers else nullcontext(out) as to
                ):
                    manifest = _write(to, folder, now, database or connection)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
        checksum = path.with_name(path.name + ".sha256")
        checksum.write_text(f"{out.digest.hexdigest()}  {path.name}\n")
        _sync(into)
        removed = _let_go(into, path, keep)
    return Backup(path, manifest, path.stat().st_size, removed)


def _write(
    to: BinaryIO, folder: Path, now: datetime, connection: BaseDatabaseWrapper
) -> archive.Manifest:
    with archive.writing(to) as writer:
        # First the database: a figure that it names was stored before it.
        copy = folder / archive.DATABASES[connection.vendor]
        facts = database_of(connection).copy(copy)
        writer.add(copy.name, copy)
        copy.unlink()
        media = Path(settings.MEDIA_ROOT)
        for path in sorted(media.rglob("*")):
            if path.is_file() and not path.is_symlink():
                # The preview of an import comes and goes.
                with _unless_gone():
                    writer.add(f"{archive.MEDIA}/{path.relative_to(media)}", path)
        manifest = archive.Manifest(
            made_at=now.isoformat(timespec="seconds"),
            version=_version(),
            database=connection.vendor,
            server=facts.server,
            migrations=facts.migrations,
            rows=facts.rows,
        )
        writer.finish(manifest)
    return manifest


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        pass


class _Hashing(io.RawIOBase):
    """A file that knows the checksum of what was written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.digest.update(data)
        return self.file.write(data)


def _private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync(folder: Path) -> None:
    """The names in a folder, too, survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _let_go(folder: Path, newest: Path, keep: int | None) -> list[Path]:
    if keep is None:
        return []
    others = sorted(one for one in folder.iterdir() if _OURS.fullmatch(one.name) and one != newest)
    removed = others[: max(0, len(others) - (keep - 1))]
    for one in removed:
        one.unlink()
        one.with_name(one.name + ".sha256").unlink(missing_ok=True)
    return removed


def _version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])
