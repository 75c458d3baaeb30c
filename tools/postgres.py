"""A PostgreSQL of our own for as long as something needs one.

    with temporary_postgres() as url:
        ...  # DATABASE_URL=url

or `python -m tools.postgres COMMAND ...`, which runs the command with DATABASE_URL set.
The server lives in a temporary folder, is reached from this machine only, trades safety for
speed, and is gone afterwards.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class PostgresMissing(RuntimeError):
    """PostgreSQL's server programs are not on this machine."""


def find_server_programs() -> Path | None:
    """The folder that holds initdb, pg_ctl and postgres; the newest one if there are several."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda path: _version(path.parent.name), reverse=True)
    for folder in folders:
        # A wrapper script would hide where its siblings are.
        program = (folder / "initdb").resolve().parent
        if all((program / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            return program
    return None


def _version(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _run(command: list[str], as_user: list[str]) -> None:
    done = subprocess.run(
        [*as_user, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        # Ctrl-C is for the tests: the server must stay until they have let go of it.
        start_new_session=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Start a server, yield the DATABASE_URL of an empty database in it, remove it."""
    programs = find_server_programs()
    if programs is None:
        raise PostgresMissing("PostgreSQL's server programs were not found.")
    # initdb refuses root, so root borrows the account that Debian's package brings.
    owner = "postgres" if os.geteuid() == 0 else ""
    as_user = ["runuser", "-u", owner, "--"] if owner else []
    # /tmp, not $TMPDIR: the other account must reach it, and a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))  # noqa: S108
    started = False
    try:
        if owner:
            shutil.chown(folder, owner)
        folder.chmod(0o755)
        data, port = folder / "data", _free_port()
        _run(
            [f"{programs}/initdb", "--pgdata", f"{data}", "--username", "portal"]
            + ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"],
            as_user,
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} "
            "-c fsync=off -c synchronous_commit=off -c full_page_writes=off "
            "-c max_connections=60 -c timezone=UTC"
        )
        control = [f"{programs}/pg_ctl", "--pgdata", f"{data}", "--wait", "--timeout", "60"]
        started = True
        _run([*control, "--log", f"{folder}/log", "--options", options, "start"], as_user)
        yield f"postgres://portal@127.0.0.1:{port}/postgres"
    finally:
        if started:
            try:
                _run([*control, "--mode", "immediate", "stop"], as_user)
            except RuntimeError as error:
                print(error, file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        with temporary_postgres() as url:
            return subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}).returncode
    except PostgresMissing as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
