"""Brings this machine's portal up to date: database, static files, demo.

Everything in one process, and only what has changed: starting the portal a second time should
take a moment, not a minute.
"""

import argparse
import hashlib
import os
import socket
import sys
from pathlib import Path

import django


def port_is_taken(port: int) -> bool:
    """Whether somebody already serves on this port of this machine."""
    with socket.socket() as probe:
        # As gunicorn does: a port that only lingers after an earlier server is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def static_fingerprint() -> str:
    """What collectstatic would read, as one hash of names, sizes and times."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for name in ("requirements.txt", "portal/settings.py"):
        digest.update((settings.BASE_DIR / name).read_bytes())
    for finder in get_finders():
        for name, storage in sorted(finder.list(None), key=lambda found: found[0]):
            stat = os.stat(storage.path(name))
            digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def collect_static() -> None:
    """Run collectstatic, unless nothing has changed since the last time."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    stamp = root.with_name(root.name + ".stamp")
    fingerprint = static_fingerprint()
    if (
        stamp.is_file()
        and stamp.read_text() == fingerprint
        and (root / "staticfiles.json").is_file()
    ):
        return
    print("Collecting static files …", flush=True)
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(fingerprint)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--static", action="store_true", help="collect static files too")
    options = parser.parse_args()

    port = int(os.environ.get("PORT", "8000"))
    if port_is_taken(port):
        print(
            f"Port {port} is taken. Stop what serves there, or choose another: PORT=8123 make run",
            file=sys.stderr,
        )
        return 1

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command

    try:
        django.setup()
        print("Bringing the database up to date …", flush=True)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        if options.static:
            collect_static()
        call_command("load_demo", once=True)
        # What an earlier worker left, when it was stopped in the middle.
        from accounts.mail.delivery import tidy, wake_forgotten

        wake_forgotten()
        tidy()
    except (CommandError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
