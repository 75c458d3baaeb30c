"""The table of permissions: expected.txt, how it is read, and how it is written anew.

    WRITE_PERMISSIONS=1 .venv/bin/python -m pytest -q -n 0 tests/access/test_permissions.py

writes what is found in place of what is expected. Then look at every changed line, because the
file is the promise and the portal only keeps it.
"""

import re
from pathlib import Path

from django.http import HttpResponse

from .urls import addresses
from .world import PEOPLE

FILE = Path(__file__).with_name("expected.txt")
METHODS = ("GET", "POST")
SIGN_IN = re.compile(r"^/(account|admin)/login/(\?|$)")
AGAIN = re.compile(r"^/account/(2fa/|2fa/webauthn/)?reauthenticate/")

Table = dict[tuple[str, str], dict[str, str]]

HEAD = f"""\
# Who gets what at each address: role x address x method. The promise that test_permissions.py
# keeps; table.py says how to write it anew after adding an address.
#
#   200 and the like   the status
#   in                 led to sign in
#   again              asked for the password or second factor once more
#   403                your role never does this, whoever's thing it is
#   404                does not exist for you
#   405                this method is not answered here
#
# An empty form is posted; the objects are Paula's or of her care. The columns:
#
{chr(10).join(f"#   {name:<14} {who}" for name, who in PEOPLE.items())}
"""


def rows() -> list[tuple[str, str]]:
    """What must have a line: each address with each method, in the order of the resolver."""
    return [
        (one.name, method)
        for one in addresses()
        if one.name != "portal:styleguide"
        for method in METHODS
    ]


def read() -> Table:
    """The file. Raises ValueError for a line that is not one."""
    table: Table = {}
    for line in FILE.read_text().splitlines():
        if not line.strip() or line.startswith(("#", "ADDRESS")):
            continue
        name, method, *answers = line.split()
        if (name, method) in table:
            raise ValueError(f"twice: {name} {method}")
        table[name, method] = dict(zip(PEOPLE, answers, strict=True))
    return table


def _room(name: str) -> str:
    return name.removeprefix("/").replace("/", ":").replace("_", ":").split(":")[0]


def write(found: Table) -> None:
    """Put these answers into the file, keep the other columns, drop rows that are no more."""
    table = read() if FILE.exists() else {}
    widths = {person: max(5, len(person)) for person in PEOPLE}
    first = max(len(name) for name, _method in rows())
    columns = " ".join(f"{person:<{width}}" for person, width in widths.items())
    lines = [HEAD, f"{'ADDRESS':<{first}} METHOD {columns}".rstrip()]
    room = None
    for name, method in rows():
        if room not in (None, _room(name)):
            lines.append("")
        room = _room(name)
        answers = table.get((name, method), {}) | found.get((name, method), {})
        cells = " ".join(f"{answers.get(person, '?'):<{widths[person]}}" for person in PEOPLE)
        lines.append(f"{name:<{first}} {method:<6} {cells}".rstrip())
    FILE.write_text("\n".join(lines) + "\n")


def answer(response: HttpResponse) -> str:
    """One word for what somebody got."""
    if response.status_code == 302:
        if SIGN_IN.match(response["Location"]):
            return "in"
        if AGAIN.match(response["Location"]):
            return "again"
    return str(response.status_code)
