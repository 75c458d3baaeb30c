"""What makes this installation a deployment, and what a deployment must have."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

LOCAL_KEY = "for-localhost-only-never-for-a-real-host"  # noqa: S105
# Seals the journal's words on a developer's machine only.
LOCAL_JOURNAL_KEY = "Zm9yLWxvY2FsaG9zdC1vbmx5LW5ldmVyLWEtY2xpbmk="  # noqa: S105
NEW_JOURNAL_KEY = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", "testserver"})


def is_deployment(hosts: Iterable[str]) -> bool:
    """Whether any of the allowed hosts can be reached from outside this machine."""
    return any(host not in LOCAL_HOSTS and not host.endswith(".localhost") for host in hosts)


def refuse_unsafe_deployment(
    hosts: Iterable[str],
    *,
    debug: bool,
    secret_key: str,
    journal_keys: Sequence[str],
    https: bool,
) -> None:
    """Stop a real host from starting with settings that are only fit for localhost.

    Raises ImproperlyConfigured with one sentence per thing to set.
    """
    hosts = list(hosts)
    if not is_deployment(hosts):
        return
    wrong = []
    if debug:
        wrong.append("Set DEBUG=false: error pages with DEBUG show patients' data.")
    if secret_key == LOCAL_KEY or len(secret_key) < 50 or len(set(secret_key)) < 5:
        wrong.append(
            "Set SECRET_KEY (or SECRET_KEY_FILE) to at least 50 random characters, for example "
            "the output of: python -c 'import secrets; print(secrets.token_urlsafe(50))'."
        )
    if not journal_keys or LOCAL_JOURNAL_KEY in journal_keys:
        wrong.append(
            "Set JOURNAL_KEYS (or JOURNAL_KEYS_FILE) to a key of its own, which seals what "
            f"patients write: the output of {NEW_JOURNAL_KEY}. Keep a copy of it apart from the "
            "backups: without it nobody can read those words again."
        )
    if not https:
        wrong.append(
            "Set HTTPS=true and serve the portal behind a TLS proxy: "
            "health data must not travel in the clear."
        )
    if "*" in hosts:
        wrong.append("Set ALLOWED_HOSTS to the host names of this clinic instead of *.")
    if wrong:
        names = ", ".join(hosts)
        raise ImproperlyConfigured(
            f"The portal will not start for {names} like this. " + " ".join(wrong)
        )


def refuse_wrong_journal_keys(keys: Iterable[str]) -> None:
    """Stop a portal that could not seal or open what patients write.

    Raises ImproperlyConfigured with a sentence that says what to set.
    """
    for number, key in enumerate(keys, start=1):
        try:
            is_key = len(base64.urlsafe_b64decode(key)) == 32
        except (binascii.Error, ValueError):
            is_key = False
        if not is_key:
            raise ImproperlyConfigured(
                f"Key {number} of JOURNAL_KEYS is not one: each is 32 random bytes in URL-safe "
                f"base64, the output of {NEW_JOURNAL_KEY}, with commas between them."
            )


def portal_url(hosts: Iterable[str], *, https: bool, port: str) -> str:
    """The portal's own address: the first real host, or this machine."""
    real = (host.removeprefix(".") for host in hosts if is_deployment([host]) and host != "*")
    return f"{'https' if https else 'http'}://{next(real, f'localhost:{port}')}"


def refuse_wrong_portal_url(url: str, hosts: Iterable[str], *, https: bool) -> None:
    """Stop a portal whose mails would lead nowhere, or to a page that is not its own.

    Raises ImproperlyConfigured with a sentence that says what to set.
    """
    hosts = list(hosts)
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    scheme = "https" if https else "http"
    is_address = parts.scheme in ("http", "https") and host
    if not is_address or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        wrong = "it is no address like https://portal.example.org"
    elif not validate_host(host if ":" not in host else f"[{host}]", hosts):
        wrong = "its host is not in ALLOWED_HOSTS"
    elif is_deployment(hosts) and parts.scheme != scheme:
        wrong = f"it does not begin with {scheme}://"
    elif is_deployment(hosts) and not is_deployment([host]):
        wrong = "nobody else's computer reaches this host"
    else:
        return
    raise ImproperlyConfigured(
        f"Set PORTAL_URL to the address that the portal's mails lead to: {url!r} is not right, "
        f"because {wrong}."
    )
