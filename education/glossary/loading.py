"""The glossary as the annotator wants it, and the glossary from a file.

What a row may say is decided here, for the command line and for the import in the admin alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from .annotate import TermEntry, TermFigure, TermIndex, is_abbreviation
from .models import Alias, GlossaryVersion, Term, folded
from .rows import COLUMNS, OPTIONAL, Problem, Row, as_stored, read_rows
from .spreadsheet import TableError, from_csv

__all__ = ["COLUMNS", "OPTIONAL", "GlossaryFileError", "load_glossary", "term_index"]

MAX_TEXT = 10_000

SeeAlso = Term.see_also.through


def term_index() -> TermIndex:
    """All terms that can be marked, in two queries whatever their number."""
    return TermIndex(
        TermEntry(
            slug=term.slug,
            name=term.name,
            plain=term.plain_definition,
            technical=term.technical_definition,
            labels=tuple((alias.text, alias.match_case) for alias in term.aliases.all()),
            figure=_figure(term),
        )
        for term in Term.objects.complete().prefetch_related("aliases")
    )


def _figure(term: Term) -> TermFigure | None:
    if not term.figure:
        return None
    width, height = term.figure_width or 0, term.figure_height or 0
    return TermFigure(term.figure.url, width, height, term.figure_alt)


class GlossaryFileError(Exception):
    """A glossary file that can't be loaded: every broken row with its reason."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
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


# --- Reading --------------------------------------------------------------------------------


def read_glossary(path: Path) -> list[Row]:
    """The rows of a glossary file. Raises GlossaryFileError with all that is wrong in it."""
    try:
        rows, problems = read_rows(from_csv(path.read_bytes()))
    except TableError as error:
        raise GlossaryFileError(path, [(error.row, str(error))]) from None
    if problems:
        raise GlossaryFileError(path, sorted(problems))
    return rows


def load_glossary(path: Path) -> GlossaryReport:
    """Load terms and aliases from a CSV file, all or nothing; loading twice changes nothing.

    A term in the file becomes what the file says, its aliases included; terms that are not in
    the file stay as they are. Raises GlossaryFileError.
    """
    path = Path(path)
    rows = read_glossary(path)
    with transaction.atomic():
        plan = Plan(rows)
        if plan.problems:
            raise GlossaryFileError(path, sorted(plan.problems))
        plan.write()
    return plan.report


# --- Comparing and writing ------------------------------------------------------------------


@dataclass
class Step:
    """What one row will do: with which term, and which values it has before and after."""

    row: Row
    term: Term
    kind: str  # "new", "update" or "skip"
    before: dict[str, str]
    after: dict[str, str]


class Plan:
    """Compares rows with what is stored, in three queries, and writes the difference in bulk.

    One by one, Term.save would note each row as another change of the glossary.
    """

    def __init__(self, rows: list[Row]) -> None:
        self.steps: list[Step] = []
        self.problems: list[Problem] = []
        self._stored = {term.pk: term for term in Term.objects.all()}
        self._aliases_of: dict[int, dict[str, Alias]] = {pk: {} for pk in self._stored}
        self._label: dict[str, Alias] = {}
        for alias in Alias.objects.all():
            self._aliases_of[alias.term_id][alias.folded] = alias
            self._label[alias.folded] = alias
        self._see_also: dict[int, set[int]] = {}
        for source, target in SeeAlso.objects.values_list("from_term_id", "to_term_id"):
            self._see_also.setdefault(source, set()).add(target)
        self._by_slug = {term.slug: term for term in self._stored.values()}
        self._new_aliases: list[Alias] = []
        self._changed_aliases: list[Alias] = []
        self._stale_aliases: list[int] = []
        self._links: list[tuple[Term, list[Term]]] = []

        self._term_of = self._matched(rows)
        self._check_against_other_terms(rows)
        reached = {key: self._term_of[row.number] for row in rows for key in row.labels}
        for row in rows:
            self._compare(row, self._term_of[row.number], reached)

    @property
    def report(self) -> GlossaryReport:
        names: dict[str, list[str]] = {"new": [], "update": [], "skip": []}
        for step in self.steps:
            names[step.kind].append(step.row.name)
        return GlossaryReport(names["new"], names["update"], names["skip"])

    def _matched(self, rows: list[Row]) -> dict[int, Term]:
        """The term that each row treats: by its name, else by its address, else a new one."""
        found: dict[int, Term] = {}
        treated: dict[int, int] = {}
        for row in rows:
            alias = self._label.get(folded(row.name))
            term = self._stored[alias.term_id] if alias and alias.preferred else None
            term = term or self._by_slug.get(row.slug or "")
            if term is None:
                term = Term(slug=self._free_slug(row))
                self._by_slug[term.slug] = term
            if (other := treated.setdefault(id(term), row.number)) != row.number:
                reason = _("the term with this address stands in row %(other)d already")
                self.problems.append((row.number, reason % {"other": other}))
            found[row.number] = term
        return found

    def _free_slug(self, row: Row) -> str:
        if row.slug:
            return row.slug
        base = slugify(row.name)[:110] or "term"
        slug, count = base, 2
        while slug in self._by_slug:
            slug, count = f"{base}-{count}", count + 1
        return slug

    def _check_against_other_terms(self, rows: list[Row]) -> None:
        """A text in the file must not stand for a stored term that the file does not treat."""
        treated = {term.pk for term in self._term_of.values()}
        for row in rows:
            for key, text in row.labels.items():
                alias = self._label.get(key)
                if alias and alias.term_id not in treated:
                    reason = _("“%(text)s” stands for the term “%(name)s” already")
                    name = self._stored[alias.term_id].name
                    self.problems.append((row.number, reason % {"text": text, "name": name}))

    def _compare(self, row: Row, term: Term, reached: dict[str, Term]) -> None:
        facts = {
            "name": row.name,
            "plain_definition": row.plain,
            "technical_definition": row.technical,
            "source": row.source,
        }
        is_new = term.pk is None
        stored = {} if is_new else self._aliases_of[term.pk]
        before = {name: "" if is_new else getattr(term, name) for name in facts}
        before["aliases"] = _joined(alias.text for alias in stored.values() if not alias.preferred)
        # A text area sends line ends as CRLF; that is no difference.
        same = all(as_stored(before[name]) == value for name, value in facts.items())
        if not same:
            for name, value in facts.items():
                setattr(term, name, value)
        linked = self._linked(row, term, reached)
        cased = _joined(alias.text for alias in stored.values() if alias.match_case)
        touched = self._note_aliases(term, row, stored) or linked is not None
        kind = "new" if is_new else "skip" if same and not touched else "update"
        after = {**(before if same else facts), "aliases": _joined(row.aliases)}
        if linked:
            before["see_also"], after["see_also"] = linked
        if row.match_case is not None:
            before["match_case"], after["match_case"] = cased, _joined(row.match_case)
        self.steps.append(Step(row, term, kind, before, after))
        self._validate(term, row, exclude=set() if is_new else {"slug"})

    def _linked(self, row: Row, term: Term, reached: dict[str, Term]) -> tuple[str, str] | None:
        """The names under “see also” before and after, where the row changes them."""
        if row.see_also is None:
            return None
        wanted: dict[int, Term] = {}
        for text in row.see_also:
            target, alias = reached.get(folded(text)), self._label.get(folded(text))
            if target is None and alias is not None:
                target = self._stored[alias.term_id]
            if target is None:
                reason = _("see also: “%(text)s” is no term") % {"text": text}
                self.problems.append((row.number, reason))
            elif target is term:
                self.problems.append((row.number, _("see also: the term itself")))
            else:
                wanted[id(target)] = target
        stored = {self._stored[pk] for pk in self._see_also.get(term.pk, ())} if term.pk else set()
        if {id(one) for one in stored} == set(wanted):
            return None
        self._links.append((term, list(wanted.values())))
        return _joined(one.name for one in stored), _joined(row.see_also)

    def _note_aliases(self, term: Term, row: Row, stored: dict[str, Alias]) -> bool:
        """Note which aliases to write and to remove; true if there are any."""
        touched = False
        own = folded(row.name)
        cased = None if row.match_case is None else {folded(text) for text in row.match_case}
        for key, text in row.labels.items():
            alias = stored.get(key)
            if cased is not None:
                match_case = key in cased
            else:
                match_case = alias.match_case if alias else is_abbreviation(text)
            if alias is None:
                alias = Alias(
                    term=term,
                    text=text,
                    folded=key,
                    match_case=match_case,
                    preferred=key == own,
                )
                self._validate(alias, row, exclude={"term"})
                self._new_aliases.append(alias)
                touched = True
            elif (alias.text, alias.preferred, alias.match_case) != (text, key == own, match_case):
                alias.text, alias.preferred, alias.match_case = text, key == own, match_case
                self._changed_aliases.append(alias)
                touched = True
        stale = [alias.pk for key, alias in stored.items() if key not in row.labels]
        self._stale_aliases += stale
        return touched or bool(stale)

    def _validate(self, instance: Term | Alias, row: Row, exclude: set[str]) -> None:
        reasons = []
        try:
            instance.clean_fields(exclude=exclude)
        except ValidationError as error:
            reasons = error.messages
        if isinstance(instance, Term) and max(map(len, (row.plain, row.technical))) > MAX_TEXT:
            reasons.append(_("a definition has more than %(max)d characters") % {"max": MAX_TEXT})
        if reasons:
            self.problems.append((row.number, f"{row.name[:60]}: {'; '.join(reasons)}"))

    def write(self) -> None:
        """Store what differs, with its history; a glossary that stays as it is gets no new
        version."""
        new = [step.term for step in self.steps if step.kind == "new"]
        changed = [step.term for step in self.steps if step.kind == "update"]
        if not (new or changed):
            return
        now = timezone.now()
        # Removed first: an alias may have moved from one term to another.
        Alias.objects.filter(pk__in=self._stale_aliases).delete()
        bulk_create_with_history(new, Term, batch_size=500)
        for term in changed:
            term.updated_at = now
        bulk_update_with_history(
            changed,
            Term,
            ["name", "plain_definition", "technical_definition", "source", "updated_at"],
            batch_size=200,
        )
        for alias in self._new_aliases:
            # A new term has its id by now.
            alias.term_id = alias.term.pk
        # A term has one preferred label at any moment: the former one steps back first.
        for preferred in (False, True):
            Alias.objects.bulk_update(
                [alias for alias in self._changed_aliases if alias.preferred is preferred],
                ["text", "preferred", "match_case"],
                batch_size=500,
            )
        Alias.objects.bulk_create(self._new_aliases, batch_size=500)
        self._write_links()
        GlossaryVersion.bump()

    def _write_links(self) -> None:
        sources = [term.pk for term, _targets in self._links]
        SeeAlso.objects.filter(from_term_id__in=sources).delete()
        SeeAlso.objects.bulk_create(
            (
                SeeAlso(from_term_id=term.pk, to_term_id=target.pk)
                for term, targets in self._links
                for target in targets
            ),
            batch_size=500,
        )


def _joined(texts: Iterable[str]) -> str:
    return "|".join(sorted(texts, key=folded))
