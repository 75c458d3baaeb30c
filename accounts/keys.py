"""Changing the keys that seal words and second factors, while the portal runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from accounts.sealed import SealedTextField, keyring

BATCH = 500
# Of an app and of recovery codes, in the data of a second factor.
SECRETS = ("secret", "seed")


@dataclass
class Count:
    """How many sealed texts there are, and how they stand to the keys."""

    newest_key: int = 0
    older_key: int = 0
    no_key: int = 0


def count() -> Count:
    """Look at every sealed text and change nothing."""
    found = Count()
    secrets = (text for one in Authenticator.objects.iterator() for text in _secrets_of(one))
    for sealed in chain((text for *_row, text in _sealed_texts()), secrets):
        if _opens(_newest(), sealed):
            found.newest_key += 1
        elif _opens(keyring(), sealed):
            found.older_key += 1
        else:
            found.no_key += 1
    return found


def rotate() -> Count:
    """Seal anew with the newest key what an older one sealed.

    Says how everything stood before. It may be stopped and run again at any time: each text is
    exchanged by itself, and only if nobody has changed it meanwhile.
    """
    found = Count()
    newest = _newest()
    for model, field, pk, sealed in _sealed_texts():
        if _opens(newest, sealed):
            found.newest_key += 1
            continue
        try:
            again = keyring().rotate(sealed).decode()
        except InvalidToken:
            found.no_key += 1
            continue
        found.older_key += 1
        _stored(model, field).filter(pk=pk, sealed_words=sealed).update(
            **{field: Value(again, TextField())}
        )
    for key in Authenticator.objects.values_list("pk", flat=True).iterator():
        _rotate_factor(key, found)
    return found


def _secrets_of(factor: Authenticator) -> list[str]:
    """What is sealed of a second factor; a passkey keeps its secret to itself."""
    return [factor.data[name] for name in SECRETS if name in factor.data]


def _rotate_factor(key: int, found: Count) -> None:
    """Seal one second factor's secret anew, while nobody else marks a code of it as used."""
    with transaction.atomic():
        factor = Authenticator.objects.select_for_update().filter(pk=key).first()
        for name in SECRETS if factor else ():
            sealed = factor.data.get(name)
            if sealed is None:
                continue
            if _opens(_newest(), sealed):
                found.newest_key += 1
            elif _opens(keyring(), sealed):
                found.older_key += 1
                factor.data[name] = keyring().rotate(sealed).decode()
                factor.save(update_fields=["data"])
            else:
                found.no_key += 1


def opens_the_newest(sample: int = 20) -> bool:
    """Whether the keys open what was sealed last; cheap enough for every start."""
    for model, field in _sealed_fields():
        newest = _stored(model, field).exclude(**{field: ""}).order_by("-pk")
        for sealed in newest.values_list("sealed_words", flat=True)[:sample]:
            if not _opens(keyring(), sealed):
                return False
    newest_factors = Authenticator.objects.order_by("-pk")[:sample]
    return all(_opens(keyring(), text) for one in newest_factors for text in _secrets_of(one))


def _newest() -> Fernet:
    return Fernet(settings.JOURNAL_KEYS[0])


def _opens(key: Any, sealed: str) -> bool:
    try:
        key.decrypt(sealed)
    except InvalidToken:
        return False
    return True


def _sealed_fields() -> Iterator[tuple[type[models.Model], str]]:
    for model in apps.get_models():
        for one in model._meta.local_fields:
            if isinstance(one, SealedTextField):
                yield model, one.name


def _sealed_texts() -> Iterator[tuple[type[models.Model], str, Any, str]]:
    """Model, field, key and stored text of everything that is sealed, a batch at a time."""
    for model, field in _sealed_fields():
        yield from _texts_of(model, field)


def _texts_of(
    model: type[models.Model], field: str
) -> Iterator[tuple[type[models.Model], str, Any, str]]:
    rows = _stored(model, field).exclude(**{field: ""}).order_by("pk")
    batch = list(rows.values_list("pk", "sealed_words")[:BATCH])
    while batch:
        for pk, sealed in batch:
            yield model, field, pk, sealed
        batch = list(rows.filter(pk__gt=batch[-1][0]).values_list("pk", "sealed_words")[:BATCH])


def _stored(model: type[models.Model], field: str) -> models.QuerySet[Any]:
    """Rows with their text as it is stored, which a cast keeps from being opened."""
    return model._base_manager.annotate(sealed_words=Cast(field, TextField()))
