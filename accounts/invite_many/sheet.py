"""Reading a list of people as it comes: from a spreadsheet, a letter, a colleague's mail."""

import csv
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Role

MOST_ROWS = 500
LARGEST_FILE = 256 * 1024
# Longer than MOST_ROWS lines of any real name and address.
LONGEST_TEXT = 200_000

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = "\t;,"


@dataclass(frozen=True)
class Line:
    """One person as written; `number` is the line in the text, counted from 1."""

    number: int
    text: str
    name: str = ""
    email: str = ""
    # As written; empty where the list says nothing.
    role: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a text says: its header, as written, if it has one, and its people."""

    header: str
    lines: list[Line]


def decoded(content: bytes) -> str:
    """The text of a file: UTF-8 (also Excel's, with a mark), UTF-16, or Windows-1252."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValidationError(
            _("This is a workbook. Save it as CSV first, or copy the rows and paste them below."),
            code="workbook",
        )
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def cleaned(text: str) -> str:
    """The text with line ends of one kind and nothing that cannot be stored or seen."""
    text = re.sub(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    text = re.sub(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\ud800-\udfff]", "", text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def read(text: str) -> Sheet:
    """The people in a text: one per line, name and address in any order, or as a header says."""
    written = [(number, line) for number, line in enumerate(text.split("\n"), start=1)]
    written = [(number, line) for number, line in written if line.strip(" \t;,")]
    if not written:
        return Sheet("", [])
    delimiter = _delimiter([line for _number, line in written])
    columns = _columns(_cells(written[0][1], delimiter))
    header = written.pop(0)[1] if columns else ""
    return Sheet(
        header,
        [_line(number, line, _cells(line, delimiter), columns) for number, line in written],
    )


def _delimiter(lines: list[str]) -> str:
    """What divides most of the lines; a comma may also be part of a name."""
    return max(_DELIMITERS, key=lambda one: sum(one in line for line in lines))


def _cells(line: str, delimiter: str) -> list[str]:
    # Line by line: a quotation mark that is never closed spoils no more than its own line.
    try:
        cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        cells = line.split(delimiter)
    return [" ".join(cell.split()) for cell in cells]


def _columns(cells: list[str]) -> dict[str, int]:
    """What each column holds, if this line is a header; empty if it is somebody."""
    if any("@" in cell for cell in cells):
        return {}
    words = {
        "email": {"email", "mail", "emailaddress", "address", _plain(_("E-mail address"))},
        "name": {"name", "fullname", "patient", "person", _plain(_("Name"))},
        "first": {"firstname", "first", "givenname", "forename"},
        "last": {"lastname", "last", "familyname", "surname"},
        "role": {"role", _plain(_("Role"))},
    }
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        for column, names in words.items():
            if _plain(cell) in names:
                found.setdefault(column, place)
    return found if "email" in found else {}


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _line(number: int, text: str, cells: list[str], columns: dict[str, int]) -> Line:
    if columns:
        said = {
            column: cells[place] if place < len(cells) else "" for column, place in columns.items()
        }
        parts = [said.get("first", ""), said.get("last", "")]
        name = said.get("name") or " ".join(part for part in parts if part)
        return Line(number, text, name, _address(said["email"]), said.get("role", ""))
    place = next((place for place, cell in enumerate(cells) if "@" in cell), None)
    others = [cell for index, cell in enumerate(cells) if cell and index != place]
    email = _address(cells[place]) if place is not None else ""
    if not others and place is not None and cells[place].endswith(">"):
        # As mail programs write it: Nia New <nia@example.org>
        others = [cells[place].partition("<")[0].strip(' "')]
    if place is None and len(others) > 1:
        # No address anywhere: the second column was meant to be one.
        return Line(number, text, others[0], others[1], others[2] if len(others) > 2 else "")
    return Line(number, text, *_name_and_role(others, email))


def _name_and_role(others: list[str], email: str) -> tuple[str, str, str]:
    if len(others) > 1 and role_of(others[-1]):
        return " ".join(others[:-1]), email, others[-1]
    return " ".join(others), email, ""


def _address(cell: str) -> str:
    inside = re.fullmatch(r"[^<>]*<([^<>]*)>", cell)
    return (inside[1] if inside else cell).strip().removeprefix("mailto:")


def role_of(word: str) -> str:
    """The role that a word means, by its value or its label; empty if it means none."""
    wanted = word.strip().casefold()
    for role in Role:
        if wanted in (role.value, str(role.label).casefold()):
            return role.value
    return ""
