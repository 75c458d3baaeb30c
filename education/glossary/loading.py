"""The glossary as the annotator wants it, and the glossary from its CSV file."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from .annotate import TermEntry, TermIndex, is_abbreviation
from .models import Alias, GlossaryVersion, Term, folded

COLUMNS = ("term", "aliases", "plain_definition", "technical_definition", "source_note")


def term_index() -> TermIndex:
    """All terms that can be marked, in two queries whatever their number."""
    return TermIndex(
        TermEntry(
            slug=term.slug,
            name=term.name,
            plain=term.plain_definition,
            technical=term.technical_definition,
            labels=tuple((alias.text, alias.match_case) for alias in term.aliases.all()),
        )
        for term in Term.objects.complete().prefetch_related("aliases")
    )


class GlossaryFileError(Exception):
    """A glossary file that can't be loaded: every broken row with its reason."""

    def __init__(self, path: Path, problems: list[tuple[int, str]]) -> None:
        self.path = path
        self.problems = problems
        rows = "\n".join(f"row {row}: {reason}" for row, reason in problems)
        super().__init__(f"{path} can't be loaded.\n{rows}")


@dataclass
class GlossaryReport:
    """What loading a glossary file did, by the names of the terms."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"Glossary: {len(self.created)} terms created, {len(self.updated)} updated, "
            f"{len(self.unchanged)} unchanged."
        )


@dataclass
class _Row:
    number: int
    name: str
    aliases: list[str]
    plain: str
    technical: str
    source: str

    @property
    def labels(self) -> dict[str, str]:
        """Name and aliases by the form in which they are compared."""
        return {folded(text): text for text in (*self.aliases, self.name)}


def read_glossary(path: Path) -> list[_Row]:
    """The rows of a glossary file. Raises GlossaryFileError with all that is wrong in it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GlossaryFileError(path, [(1, "the file is not UTF-8")]) from None
    if "\0" in text:
        raise GlossaryFileError(path, [(1, "the file holds binary data")])
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    problems: list[tuple[int, str]] = []
    rows: list[_Row] = []
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                header = [cell.strip() for cell in cells]
                if missing := [name for name in COLUMNS if name not in header]:
                    reason = f"the columns {', '.join(missing)} are missing"
                    raise GlossaryFileError(path, [(1, reason)])
            elif any(cell.strip() for cell in cells):
                if len(cells) != len(header):
                    reason = f"{len(cells)} cells where the header has {len(header)}"
                    problems.append((number, reason))
                    continue
                rows.append(_row(number, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        problems.append((number + 1, str(error)))
    if number == 0:
        problems.append((1, "the file is empty"))
    problems += _clashes(rows)
    if problems:
        raise GlossaryFileError(path, sorted(problems))
    return rows


def _row(number: int, cells: dict[str, str]) -> _Row:
    aliases = [" ".join(alias.split()) for alias in cells["aliases"].split("|")]
    return _Row(
        number=number,
        name=" ".join(cells["term"].split()),
        aliases=[alias for alias in aliases if alias],
        plain=cells["plain_definition"].strip(),
        technical=cells["technical_definition"].strip(),
        source=cells["source_note"].strip(),
    )


def _clashes(rows: list[_Row]) -> list[tuple[int, str]]:
    """Rows without a term, and texts that stand for two terms or twice for one."""
    problems = []
    seen: dict[str, _Row] = {}
    for row in rows:
        if not row.name:
            problems.append((row.number, "the term is empty"))
            continue
        for text in (row.name, *row.aliases):
            other = seen.setdefault(folded(text), row)
            if other is not row:
                reason = f"“{text}” stands in row {other.number} already"
                problems.append((row.number, reason))
        if len(row.labels) < 1 + len(row.aliases):
            problems.append((row.number, "an alias repeats the term or another alias"))
    return problems


def load_glossary(path: Path) -> GlossaryReport:
    """Load terms and aliases from a CSV file, all or nothing; loading twice changes nothing.

    A term in the file becomes what the file says, its aliases included; terms that are not in
    the file stay as they are. Raises GlossaryFileError.
    """
    path = Path(path)
    rows = read_glossary(path)
    with transaction.atomic():
        loader = _Loader(rows)
        if loader.problems:
            raise GlossaryFileError(path, sorted(loader.problems))
        loader.write()
    return loader.report


class _Loader:
    """Compares a file with what is stored and writes the difference.

    It writes in bulk: Term.save would note each row as another change of the glossary.
    """

    def __init__(self, rows: list[_Row]) -> None:
        self.rows = rows
        self.report = GlossaryReport()
        self.problems: list[tuple[int, str]] = []
        self.stored = {term.pk: term for term in Term.objects.all()}
        aliases = list(Alias.objects.all())
        self.by_name = {
            alias.folded: self.stored[alias.term_id] for alias in aliases if alias.preferred
        }
        self.aliases_of: dict[int, dict[str, Alias]] = {}
        for alias in aliases:
            self.aliases_of.setdefault(alias.term_id, {})[alias.folded] = alias
        self.slugs = {term.slug for term in self.stored.values()}
        self.new_terms: list[Term] = []
        self.changed_terms: list[Term] = []
        self.new_aliases: list[Alias] = []
        self.changed_aliases: list[Alias] = []
        self.stale_aliases: list[int] = []
        self._check_against_other_terms(aliases)
        for row in rows:
            self._compare(row)

    def _check_against_other_terms(self, aliases: list[Alias]) -> None:
        """A text in the file must not stand for a stored term that the file does not treat."""
        treated = {
            self.by_name[key].pk for row in self.rows if (key := folded(row.name)) in self.by_name
        }
        taken = {alias.folded: alias for alias in aliases if alias.term_id not in treated}
        for row in self.rows:
            for key, text in row.labels.items():
                if alias := taken.get(key):
                    name = self.stored[alias.term_id].name
                    self.problems.append(
                        (row.number, f"“{text}” stands for the term “{name}” already")
                    )

    def _compare(self, row: _Row) -> None:
        term = self.by_name.get(folded(row.name))
        facts = {
            "name": row.name,
            "plain_definition": row.plain,
            "technical_definition": row.technical,
            "source": row.source,
        }
        if term is None:
            term = Term(slug=self._free_slug(row.name), **facts)
            self.new_terms.append(term)
            self.report.created.append(row.name)
            self._add_aliases(term, row, {})
        else:
            before = {name: getattr(term, name) for name in facts}
            for name, value in facts.items():
                setattr(term, name, value)
            touched = self._add_aliases(term, row, self.aliases_of.get(term.pk, {}))
            if before != facts:
                self.changed_terms.append(term)
            changed = touched or before != facts
            (self.report.updated if changed else self.report.unchanged).append(row.name)
        self._validate(term, row, exclude={"slug"} if term.pk else set())

    def _add_aliases(self, term: Term, row: _Row, stored: dict[str, Alias]) -> bool:
        """Note which aliases to write and to remove; true if there are any."""
        touched = False
        for key, text in row.labels.items():
            alias = stored.get(key)
            if alias is None:
                alias = Alias(
                    term=term,
                    text=text,
                    folded=key,
                    match_case=is_abbreviation(text),
                    preferred=key == folded(row.name),
                )
                self._validate(alias, row, exclude={"term"})
                self.new_aliases.append(alias)
                touched = True
            elif alias.text != text:
                alias.text = text
                self.changed_aliases.append(alias)
                touched = True
        stale = [alias.pk for key, alias in stored.items() if key not in row.labels]
        self.stale_aliases += stale
        return touched or bool(stale)

    def _validate(self, instance: Term | Alias, row: _Row, exclude: set[str]) -> None:
        try:
            instance.clean_fields(exclude=exclude)
        except ValidationError as error:
            reasons = "; ".join(error.messages)
            self.problems.append((row.number, f"{row.name[:60]}: {reasons}"))

    def _free_slug(self, name: str) -> str:
        base = slugify(name)[:110] or "term"
        slug, count = base, 2
        while slug in self.slugs:
            slug, count = f"{base}-{count}", count + 1
        self.slugs.add(slug)
        return slug

    def write(self) -> None:
        if not (self.report.created or self.report.updated):
            return
        # Removed first: an alias may have moved from one term to another.
        Alias.objects.filter(pk__in=self.stale_aliases).delete()
        Term.objects.bulk_create(self.new_terms, batch_size=500)
        Term.objects.bulk_update(
            self.changed_terms,
            ["name", "plain_definition", "technical_definition", "source"],
            batch_size=200,
        )
        for alias in self.new_aliases:
            alias.term_id = alias.term.pk
        Alias.objects.bulk_create(self.new_aliases, batch_size=500)
        Alias.objects.bulk_update(self.changed_aliases, ["text"], batch_size=500)
        GlossaryVersion.bump()
