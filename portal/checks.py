"""What Django does not know of a real host: mails, backups, disks, clock and proxies.

`manage.py check --deploy` asks all of it, `--database default` also whether the database's clock
agrees. On localhost only what is wrong everywhere is said.
"""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from portal.backup import BackupError, encryption

# Seconds that two clocks may differ: codes of a second factor are good for thirty.
APART = 5
OVER_THE_NETWORK = ("nfs", "cifs", "smb", "9p", "fuse.sshfs", "ceph", "glusterfs")


@register()
def backup_keys(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """Public keys that are none would be found out by the first backup at night."""
    try:
        encryption.recipients(settings.BACKUP_KEYS)
    except BackupError as error:
        return [Error(str(error), hint="Set BACKUP_KEYS anew.", id="portal.E001")]
    return []


@register(Tags.security, deploy=True)
def real_host(app_configs: Any = None, **options: Any) -> list[CheckMessage]:
    """What a real host needs beside a key, HTTPS and DEBUG off, which it does not start without."""
    return list(_about_a_real_host()) if settings.REAL_HOST else []


def _about_a_real_host() -> Iterator[CheckMessage]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield Warning(
            "Mails are not sent: invitations and links for a new password reach nobody.",
            hint="Set EMAIL_URL, like smtp+tls://user:password@mail.example.org:587.",
            id="portal.W001",
        )
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield Warning(
            "Mails come from portal@localhost, which most mail servers refuse.",
            hint="Set DEFAULT_FROM_EMAIL to an address of the clinic.",
            id="portal.W002",
        )
    if not settings.BACKUP_KEYS:
        yield Warning(
            "Backups are not encrypted.",
            hint="Set BACKUP_KEYS to the public key that age-keygen prints, and keep the private "
            "key somewhere else.",
            id="portal.W003",
        )
    for name in ("DATA_DIR", "MEDIA_ROOT", "BACKUP_DIR"):
        if Path(getattr(settings, name)).resolve().is_relative_to(settings.BASE_DIR):
            yield Warning(
                f"{name} is inside the code: it could go with an old release.",
                hint=f"Set {name} to a folder of its own, like /var/lib/portal.",
                id="portal.W004",
            )
    if not (Path(settings.STATIC_ROOT) / "staticfiles.json").is_file():
        yield Error(
            "Style sheets and scripts are not there yet: no page can be shown.",
            hint="Run manage.py collectstatic.",
            id="portal.E002",
        )
    if not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        yield Warning(
            "Everybody seems to come from the proxy, and shares one limit on signing in.",
            hint="Set PROXIES to the number of proxies that add to X-Forwarded-For.",
            id="portal.W005",
        )
    if connection.vendor == "sqlite":
        kind = _file_system(Path(str(connection.settings_dict["NAME"])).resolve())
        if kind.startswith(OVER_THE_NETWORK):
            yield Error(
                f"SQLite's file is on a network file system ({kind}), where its locks do not hold.",
                hint="Keep it on a disk of this machine, or use PostgreSQL through DATABASE_URL.",
                id="portal.E003",
            )
    if _clock_is_set() is False:
        yield Warning(
            "The clock of this machine is not set over the network: codes of a second factor, "
            "diaries and limits go wrong with it.",
            hint="Switch on systemd-timesyncd or chrony.",
            id="portal.W006",
        )


def _file_system(path: Path) -> str:
    """The kind of file system that holds the path: the longest mount point above it."""
    best, kind = "", ""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _device, point, name, *_rest = line.split(" ")
        if path.is_relative_to(point.replace("\\040", " ")) and len(point) >= len(best):
            best, kind = point, name
    return kind


def _clock_is_set() -> bool | None:
    """Whether something keeps the clock right; None if nobody can say, as in a container."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        said = subprocess.run(
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(said.stdout.strip())


@register(Tags.database, deploy=True)
def clocks_agree(
    app_configs: Any = None, databases: Any = None, **options: Any
) -> list[CheckMessage]:
    """The database's clock and this one, where they are two."""
    if not databases or connection.vendor == "sqlite":
        return []
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            apart = abs((cursor.fetchone()[0] - datetime.now(UTC)).total_seconds())
    except DatabaseError:
        return []
    if apart < APART:
        return []
    return [
        Warning(
            f"The clock of the database is {apart:.0f} seconds away from this one.",
            hint="Set both over the network.",
            id="portal.W007",
        )
    ]
