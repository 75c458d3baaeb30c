"""References as RIS, the format that Zotero, EndNote, PubMed and others exchange."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import rispy
from django.utils.translation import gettext as _

from .models import Reference

MAX_BYTES = 500_000
MAX_RECORDS = 500
_LONGEST_RECORD = 2_000

FIELDS = ("authors", "title", "container", "year", "volume", "issue", "pages", "doi", "pmid", "url")
_START = re.compile(r"^TY {1,2}-")
_END = re.compile(r"^ER {1,2}-\s*$")
_TAGGED = re.compile(r"^([A-Z][A-Z0-9]) {1,2}- ?(.*)$")
_YEAR = re.compile(r"^\s*(?:1[5-9]|20|21)\d\d(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]+")
_PMID = re.compile(
    r"(?:PMID\s*[:=]?\s*|pubmed\.ncbi\.nlm\.nih\.gov/|/pubmed/)([1-9]\d{0,8})(?!\d)", re.I
)
INITIALS = re.compile(r"^(.+) ([^\W\d_]{1,4})$")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


class RisError(Exception):
    """The file as a whole can't be read; says why in words for an editor."""


@dataclass
class Record:
    """One record of a file: where it stands, and what it says or what is wrong with it."""

    number: int
    line: int
    facts: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    problem: str = ""


# --- Reading ----------------------------------------------------------------------------------


def decoded(data: bytes) -> str:
    """The text of an uploaded file. Raises RisError."""
    if len(data) > MAX_BYTES:
        raise RisError(_("This file is larger than 500 KB. Divide it into several."))
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise RisError(_("This file is UTF-16. Export it again as UTF-8."))
    if b"\0" in data:
        raise RisError(_("This is not a text file."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What older programs write; every byte is a letter in it.
        return data.decode("latin-1")


def records(text: str) -> list[Record]:
    """The records of a file, each with its facts or with what is wrong. Raises RisError."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES + 100_000:
        raise RisError(_("This text is longer than 500 KB. Divide it into several."))
    if "\0" in text:
        raise RisError(_("This is not a text file."))
    rows: list[Record] = []
    lines: list[str] = []
    is_open = False
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text.lstrip("\ufeff")), start=1):
        line = _CONTROL.sub("", raw).rstrip()
        if _START.match(line):
            if is_open:
                rows[-1].problem = _("The record does not end with “ER  -”.")
            if len(rows) == MAX_RECORDS:
                raise RisError(_("These are more than 500 records. Divide the file into several."))
            rows.append(Record(len(rows) + 1, number))
            lines, is_open = [], True
        if is_open:
            lines.append(line)
        if is_open and _END.match(line):
            is_open = False
            _read(rows[-1], lines)
    if is_open:
        rows[-1].problem = _("The record does not end with “ER  -”.")
    if not rows:
        raise RisError(_("There is no record in it. A record in RIS begins with “TY  -”."))
    return rows


def _read(row: Record, lines: list[str]) -> None:
    if len(lines) > _LONGEST_RECORD:
        row.problem = _("The record has more lines than a reference can have.")
        return
    tagged = (_TAGGED.sub(r"\1  - \2", line) for line in lines)
    try:
        (entry,) = rispy.loads("\n".join(tagged), delimiter_tags_mapping={})
        row.facts, row.key = _facts(entry), _text(entry, "id")
    except RisError as error:
        row.problem = str(error)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        row.problem = _("The record can’t be read: a line stands where none can stand.")


def _texts(entry: dict[str, Any], *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = entry.get(name) or []
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and (squeezed := " ".join(text.split())):
                found.append(squeezed)
    return found


def _text(entry: dict[str, Any], *names: str) -> str:
    return next(iter(_texts(entry, *names)), "")


def _facts(entry: dict[str, Any]) -> dict[str, Any]:
    unknown = entry.get("unknown_tag") or {}
    more = _texts(unknown, *(tag for tag in unknown if isinstance(tag, str)))
    doi = _doi(entry, more)
    pmid = _pmid(entry, more)
    addresses = [one for one in _texts(entry, "urls") if re.match(r"https?://", one, re.I)]
    url = next((one for one in addresses if not _leads_to(one, doi, pmid)), "")
    title = _text(entry, "title", "primary_title", "secondary_title").rstrip(". ")
    container = _text(
        entry, "journal_name", "secondary_title", "alternate_title3", "alternate_title2",
        "alternate_title1",
    )  # fmt: skip
    return {
        "authors": _authors(_texts(entry, "authors") or _texts(entry, "first_authors")),
        "title": title,
        "container": "" if container.rstrip(". ") == title else container,
        "year": _year(_text(entry, "year", "publication_year", "date")),
        "volume": _text(entry, "volume"),
        "issue": _text(entry, "number"),
        "pages": _pages(_text(entry, "start_page"), _text(entry, "end_page")),
        "doi": doi,
        "pmid": pmid,
        "url": url,
    }


def _year(text: str) -> int | None:
    if not text:
        return None
    found = _YEAR.match(text)
    if found is None:
        raise RisError(_("The year “%(text)s” is not understood.") % {"text": text[:40]})
    return int(found[0])


def _pages(start: str, end: str) -> str:
    start, end = (re.sub(r"\s*[‐‑–—-]+\s*", "-", text) for text in (start, end))
    return f"{start}-{end}" if start and end and "-" not in start and start != end else start or end


def _doi(entry: dict[str, Any], more: list[str]) -> str:
    named = _texts(entry, "doi", "type_of_work", "urls")
    told = [text for text in _texts(entry, "notes", "note") if re.match("doi", text, re.I)]
    for text in [*named, *told, *more]:
        text = unquote(text) if "doi.org/" in text.lower() else text
        if found := _DOI.search(text):
            doi = found[0].rstrip(".,;")
            # Shouted, as some exports write it; a DOI is the same in any case.
            return doi.lower() if doi == doi.upper() and re.search("[A-Z]{2}", doi) else doi
    if given := _text(entry, "doi"):
        raise RisError(_("“%(text)s” is not a DOI.") % {"text": given[:60]})
    return ""


def _pmid(entry: dict[str, Any], more: list[str]) -> str:
    # Other databases have numbers of their own.
    source = " ".join(_texts(entry, "name_of_database", "database_provider"))
    is_medline = re.search("pubmed|medline|nlm", source, re.I) is not None
    number, own = _text(entry, "accession_number"), _text(entry, "id")
    if (is_medline or not source) and re.fullmatch(r"[1-9]\d{0,8}", number):
        return number
    if is_medline and re.fullmatch(r"[1-9]\d{5,8}", own):
        return own
    places = ("accession_number", "notes", "note", "id", "urls", "custom1", "label", "call_number")
    for text in [*_texts(entry, *places), *more]:
        if found := _PMID.search(text):
            return found[1]
    return ""


def _leads_to(url: str, doi: str, pmid: str) -> bool:
    """Whether an address says nothing that DOI or PMID do not say."""
    url = unquote(url).lower()
    return bool(doi and "doi.org/" in url) or bool(pmid and "pubmed" in url and pmid in url)


def _authors(names: list[str]) -> str:
    """In our style: Leproult R, Van Cauter E."""
    written = [name for name in dict.fromkeys(map(_author, names)) if name]
    all_of_them = ", ".join(written)
    while len(", ".join(written)) > 390:
        written.pop()
    whole = ", ".join(written)
    return whole if whole == all_of_them else f"{whole}, et al." if written else all_of_them[:400]


def _author(name: str) -> str:
    family, comma, given = name.partition(",")
    if not comma or not given.strip():
        # A group, or already as we write it; without a point behind its initials.
        name = name.rstrip(", ")
        return re.sub(r"(?<= )((?:[^\W\d_]\.[ -]?)+)$", lambda m: _initials(m[1]), name)
    given, _comma, suffix = given.partition(",")
    parts = (family.strip(), _initials(given), suffix.strip(" ."))
    return " ".join(part for part in parts if part)


def _initials(given: str) -> str:
    words = [word for word in re.split(r"[\s.\-‐‑]+", given) if word]
    if len(words) == 1 and words[0].isupper() and len(words[0]) <= 4:
        return words[0]
    return "".join(word[0].upper() for word in words)


# --- Writing ----------------------------------------------------------------------------------


def written(references: list[Reference]) -> str:
    """References as RIS: the PMID stands in AN and the key in ID."""
    entries = []
    for one in references:
        start, end = one.pages, ""
        if found := re.fullmatch(r"([^\s-]+)-([^\s-]+)", one.pages):
            start, end = found[1], found[2]
        facts = {
            "type_of_reference": "JOUR" if one.container else "GEN",
            "id": one.key,
            "authors": [_inverted(name) for name in re.split(r",\s*", one.authors) if name],
            "title": one.title,
            "journal_name": one.container,
            "year": str(one.year or ""),
            "volume": one.volume,
            "number": one.issue,
            "start_page": start,
            "end_page": end,
            "doi": one.doi,
            "accession_number": one.pmid,
            "urls": [one.url] if one.url else [],
        }
        lines = {name: _one_line(value) for name, value in facts.items() if value}
        entries.append(lines)
    text = rispy.dumps(entries, delimiter_tags_mapping={}) if entries else ""
    # The number that the library writes above each record is no part of the format.
    return re.sub(r"^\d+\.\n(?=TY  - )", "", text, flags=re.MULTILINE)


def _one_line(value: Any) -> Any:
    if isinstance(value, list):
        return [" ".join(text.split()) for text in value]
    return " ".join(value.split())


def _inverted(name: str) -> str:
    """Van Cauter E as Van Cauter, E.; a group stays what it is."""
    found = INITIALS.match(name)
    if found is None or not found[2].isupper():
        return name
    return f"{found[1]}, " + " ".join(f"{letter}." for letter in found[2])
