"""Words that are encrypted where they are stored.

A stolen database or backup gives none of them away: the keys are in settings.JOURNAL_KEYS,
which come from the environment or a file. The first key seals, every one of them opens, so that
keys can be changed while the portal runs (`manage.py rotate_journal_keys`). Fernet is AES-128 in
CBC mode with an HMAC of SHA-256: https://github.com/fernet/spec

What can be seen without a key: that there are words, roughly how many, and when they were sealed.
"""

from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact
from django.utils.translation import gettext


@lru_cache(maxsize=8)
def _keyring(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def keyring() -> MultiFernet:
    """All keys of the portal; the first one seals."""
    return _keyring(tuple(settings.JOURNAL_KEYS))


def seal(words: str) -> str:
    """The words as they are stored; nothing stays nothing."""
    return keyring().encrypt(words.encode()).decode() if words else words


class Unreadable(str):
    """Stands for words whose key is missing, and keeps what is stored of them.

    It reads as a sentence that says so. Saved again, it leaves the stored words as they are.
    """

    sealed: str

    def __new__(cls, sealed: str) -> "Unreadable":
        one = super().__new__(
            cls, gettext("These words can’t be read at the moment: their key is missing.")
        )
        one.sealed = sealed
        return one


def unseal(sealed: str) -> str:
    """The words again; `Unreadable` where no key of the portal opens them."""
    if not sealed:
        return sealed
    try:
        return keyring().decrypt(sealed).decode()
    except InvalidToken:
        return Unreadable(sealed)


class SealedTextField(models.TextField):
    """Text that is sealed in the database and plain everywhere else.

    The database can't compare or search it; what it can tell is whether it is empty.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value is None else unseal(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, Unreadable):
            return value.sealed
        value = super().get_db_prep_value(value, connection, prepared)
        return seal(value) if isinstance(value, str) else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("exact", "isnull"):
            raise FieldError(f"{self.name} is sealed: the database can't look into it.")
        return super().get_lookup(lookup_name)


@SealedTextField.register_lookup
class _OnlyEmpty(Exact):
    """Sealed text can be compared with nothing but the empty text."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("Sealed text can only be compared with the empty text.")
        return super().get_prep_lookup()
