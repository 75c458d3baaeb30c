"""The backup's file: a compressed tar, read and written as a stream.

Its parts are the database, as `portal.sqlite3` or `portal.pgdump`, and the figures, as
`media/...`. `manifest.json` comes last and has the checksum of each: a file without it is cut
short.
"""

import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from gzip import GzipFile
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from portal.backup import BackupError

FORMAT = 1
MANIFEST = "manifest.json"
MEDIA = "media"
DATABASES = {"sqlite": "portal.sqlite3", "postgresql": "portal.pgdump"}
CHUNK = 1024 * 1024
# A manifest names each figure in about a hundred bytes.
MANIFEST_LIMIT = 256 * CHUNK


@dataclass(frozen=True)
class Part:
    """One file of the backup."""

    size: int
    sha256: str


@dataclass
class Manifest:
    """What a backup says of itself."""

    made_at: str
    version: str
    database: str
    server: str
    migrations: list[str]
    rows: dict[str, int]
    parts: dict[str, Part] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        """Raises BackupError if it is none that this code can read."""
        try:
            said: dict[str, Any] = json.loads(text)
            if said["format"] != FORMAT:
                raise BackupError("A newer portal made this backup. Update the portal first.")
            said["parts"] = {name: Part(**part) for name, part in said["parts"].items()}
            manifest = cls(**said)
            if manifest.database not in DATABASES or not all(
                isinstance(number, int) for number in manifest.rows.values()
            ):
                raise ValueError(manifest.database)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupError("This is no backup of the portal, or it is damaged.") from error
        return manifest


class Writer:
    """Puts one part after the other into the file."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self.tar = tar
        self.parts: dict[str, Part] = {}

    def add(self, name: str, path: Path) -> None:
        """Raises FileNotFoundError if the file has gone meanwhile."""
        with path.open("rb") as file:
            info = tarfile.TarInfo(name)
            info.size = path.stat().st_size
            info.mode = 0o600
            hashed = _Hashed(file)
            self.tar.addfile(info, hashed)
        self.parts[name] = Part(info.size, hashed.digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        """The manifest, with the checksums of all that was added."""
        manifest.parts = self.parts
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(text)
        info.mode = 0o600
        self.tar.addfile(info, io.BytesIO(text))


class _Hashed(io.RawIOBase):
    """A file that knows the checksum of what was read from it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.digest.update(data)
        return data


@contextmanager
def writing(out: BinaryIO) -> Iterator[Writer]:
    """A writer into `out`, which is not closed."""
    # Level 4 takes half the time of the usual 6, for a file a tenth larger.
    with (
        GzipFile(fileobj=out, mode="wb", filename="", compresslevel=4) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        yield Writer(tar)


def unpack(file: BinaryIO, into: Path) -> Manifest:
    """Unpack everything into the folder and compare it with its checksums.

    Raises BackupError if a part is missing, too much, or not what the manifest says.
    """
    try:
        manifest, found = _unpack(file, into)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError("The backup is damaged or cut short.") from error
    except OSError as error:
        # Of the gzip format's own errors, none has a number.
        if error.errno:
            raise
        raise BackupError("This is no backup of the portal, or it is damaged.") from error
    if manifest is None:
        raise BackupError("The backup is cut short: it has no manifest.")
    if DATABASES[manifest.database] not in found:
        raise BackupError("The backup is damaged: there is no database in it.")
    wrong = sorted(
        name
        for name in found.keys() | manifest.parts.keys()
        if found.get(name) != manifest.parts.get(name)
    )
    if wrong:
        raise BackupError(f"The backup is damaged: {', '.join(wrong[:5])} is not as it was.")
    return manifest


def _unpack(file: BinaryIO, into: Path) -> tuple[Manifest | None, dict[str, Part]]:
    manifest: Manifest | None = None
    found: dict[str, Part] = {}
    with (
        GzipFile(fileobj=file, mode="rb") as plain,
        tarfile.open(fileobj=plain, mode="r|") as tar,
    ):
        for member in tar:
            content = tar.extractfile(member) if member.isreg() else None
            if content is None or manifest or member.name in found or not _is_ours(member.name):
                raise BackupError("There is something in this file that no backup has.")
            if member.name == MANIFEST:
                manifest = Manifest.read(content.read(MANIFEST_LIMIT))
            else:
                found[member.name] = _store(content, into / member.name)
        # To the very end: that is where the checks of the whole file are.
        while plain.read(CHUNK):
            pass
    return manifest, found


def _is_ours(name: str) -> bool:
    if name == MANIFEST or name in DATABASES.values():
        return True
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and parts[0] == MEDIA and ".." not in parts and "\0" not in name


def _store(content: Any, path: Path) -> Part:
    path.parent.mkdir(parents=True, exist_ok=True)
    hashed = _Hashed(content)
    size = 0
    with path.open("xb") as file:
        while data := hashed.read(CHUNK):
            size += file.write(data)
    return Part(size, hashed.digest.hexdigest())
