"""Backups for one reader only: age files, as the `age` program writes and opens them.

The library pulls and pushes bytes by itself, so it works in a thread at the other end of a pipe;
neither side ever holds more than a few of them.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, BinaryIO

import pyrage

from portal.backup import BackupError

MAGIC = b"age-encryption.org/v1"


def recipients(keys: Iterable[str]) -> list[Any]:
    """Public keys as age-keygen prints them. Raises BackupError for what is none."""
    found = []
    for number, key in enumerate(keys, start=1):
        try:
            found.append(pyrage.x25519.Recipient.from_str(key))
        except pyrage.RecipientError as error:
            raise BackupError(
                f"Backup key {number} is no public key of age: it begins with age1, and "
                "age-keygen prints it together with its private key."
            ) from error
    return found


def identities(file: Path) -> list[Any]:
    """The private keys in a file of age-keygen. Raises BackupError if there are none."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
        found = [
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        ]
    except OSError as error:
        raise BackupError(f"{file} can't be read: {error.strerror}.") from error
    except (ValueError, pyrage.IdentityError):
        found = []
    if not found:
        raise BackupError(f"{file} is not a file of private keys as age-keygen writes it.")
    return found


@contextmanager
def encrypted(out: BinaryIO, readers: list[Any]) -> Iterator[BinaryIO]:
    """A file to write to; what is written arrives in `out` encrypted for any of the readers."""
    theirs, ours = _pipe()
    with _beside(ours, theirs, lambda: pyrage.encrypt_io(theirs, out, readers)):
        yield ours


@contextmanager
def decrypted(file: BinaryIO, keys: list[Any]) -> Iterator[BinaryIO]:
    """The plain content of an age file. Raises BackupError if no key opens it or it is damaged."""
    ours, theirs = _pipe()
    with _beside(ours, theirs, lambda: pyrage.decrypt_io(file, theirs, keys)):
        yield ours


def _pipe() -> tuple[BinaryIO, BinaryIO]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


@contextmanager
def _beside(ours: BinaryIO, theirs: BinaryIO, work: Callable[[], None]) -> Iterator[None]:
    """Run `work` in a thread at the other end; its trouble counts for more than what follows."""
    troubles: list[Exception] = []

    def run() -> None:
        try:
            work()
            theirs.flush()
        except Exception as error:
            troubles.append(error)  # Before our end hears that theirs has closed.
        finally:
            with suppress(OSError):
                theirs.close()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    except Exception as error:
        if troubles:
            raise _in_words(troubles[0]) from error
        raise
    finally:
        with suppress(OSError):
            ours.close()
        thread.join()
    if troubles:
        raise _in_words(troubles[0])


def _in_words(error: Exception) -> Exception:
    said = str(error)
    if "No matching keys" in said:
        return BackupError("None of these private keys opens this backup.")
    if "decryption" in said or isinstance(error, pyrage.DecryptError):
        return BackupError("The backup is damaged or cut short: it can't be decrypted.")
    return BackupError(f"The backup could not be written or read: {said}")
