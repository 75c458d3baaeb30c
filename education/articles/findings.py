"""What should be put right in an edition before patients read it, and where."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _
from lxml import html as lxml_html

from accounts.models import ClinicProfile
from education.glossary.annotate import TermIndex

from .models import Edition, Figure, Reference, Section
from .readability import LEVEL_RANGES, fits, grade
from .rendering import cited_keys, placed_figures, render

# Link texts that say nothing to somebody who hears the links of a page read out.
_EMPTY_WORDS = frozenset(
    ("here", "click here", "click", "link", "this link", "this", "more", "read more", "learn more")
)


@dataclass(frozen=True)
class Finding:
    """Something to put right; what blocks must be right before the edition is published."""

    text: str
    blocks: bool = True
    # Where to put it right: an address in the admin, and what it leads to in words.
    url: str = ""
    label: str = ""


def findings(edition: Edition, reviewer: Any = None) -> list[Finding]:
    """What is open in this edition, what blocks publishing first.

    With a reviewer, also what would be wrong with publishing in that person's name. As many
    queries for a long text as for a short one.
    """
    found = [
        *_Checked(edition).all(),
        *clinic_findings(),
        *(_of_the_reviewer(edition, reviewer) if reviewer else ()),
    ]
    return sorted(found, key=lambda finding: not finding.blocks)


def text_findings(edition: Edition) -> list[Finding]:
    """What is open in the text and its article alone, whatever the clinic and the reviewer."""
    return sorted(_Checked(edition).all(), key=lambda finding: not finding.blocks)


def clinic_findings() -> Iterator[Finding]:
    """Under every article stands whom to ask: the clinic has to say it."""
    clinic = ClinicProfile.current()
    place = reverse("admin:accounts_clinicprofile_changelist"), _("Clinic profile")
    if not clinic.name.strip():
        yield Finding(
            _("The notice under the article can’t say whom to ask: the clinic has no name."),
            True,
            *place,
        )
    elif not clinic.telephone.strip():
        yield Finding(
            _(
                "The notice under the article gives no telephone number. The administrator can "
                "add the clinic’s."
            ),
            False,
            *place,
        )


def _of_the_reviewer(edition: Edition, reviewer: Any) -> Iterator[Finding]:
    """Under every article stands who reviewed it."""
    here = reverse("admin:articles_edition_change", args=[edition.pk])
    if reviewer.pk == edition.author_id:
        yield Finding(_("The reviewer is the author."), True, here, _("This edition"))
    if not reviewer.name.strip():
        yield Finding(
            _("The notice under the article can’t say who reviewed it: your name is missing."),
            True,
            reverse("accounts:profile"),
            _("Your profile"),
        )


class _Checked:
    """One look at an edition: five queries at most, whatever its length."""

    def __init__(self, edition: Edition) -> None:
        # What is read ahead here stays with this copy; the caller's edition may change.
        self.edition = copy(edition)
        prefetch_related_objects([self.edition], "sections", "figures")
        self.sections: list[Section] = list(self.edition.sections.all())
        self.figures: list[Figure] = list(self.edition.figures.all())
        self.page = reverse("admin:articles_edition_change", args=[edition.pk])

    def all(self) -> Iterator[Finding]:
        if not self.sections:
            yield Finding(
                _("There is no text yet."), True, f"{self.page}#sections-group", _("Text")
            )
        article = self.edition.article
        if not article.summary.strip():
            yield Finding(
                _("The article has no summary."),
                True,
                reverse("admin:articles_article_change", args=[article.pk]) + "#id_summary",
                _("Summary of the article"),
            )
        # Whatever can't be shown as it is written; the glossary has no part in that.
        sections = {section.key: section for section in self.sections}
        for problem, key in render(self.edition, TermIndex([])).places:
            yield Finding(problem, True, *self._at_section(sections[key]))
        yield from self._of_figures()
        yield from self._of_words()
        yield from self._of_the_grade()
        yield from self._of_references()

    # --- Places -----------------------------------------------------------------------------

    def _at_section(self, section: Section) -> tuple[str, str]:
        number = self.sections.index(section)
        where = section.heading or section.key
        return f"{self.page}#sections-{number}", _("Section “%(where)s”") % {"where": where}

    def _at_figure(self, figure: Figure) -> tuple[str, str]:
        number = self.figures.index(figure)
        return f"{self.page}#figures-{number}", _("Figure “%(key)s”") % {"key": figure.key}

    # --- What is looked at ------------------------------------------------------------------

    def _of_figures(self) -> Iterator[Finding]:
        placed = {key for section in self.sections for key in placed_figures(section.body)}
        for figure in self.figures:
            place = self._at_figure(figure)
            if not figure.alt.strip() and not figure.decorative:
                text = _("The figure “%(key)s” has no alternative text.")
                yield Finding(text % {"key": figure.key}, True, *place)
            if figure.key not in placed:
                text = _("The figure “%(key)s” is not placed in the text.")
                yield Finding(text % {"key": figure.key}, False, *place)

    def _of_words(self) -> Iterator[Finding]:
        for section in self.sections:
            root = _parsed(section)
            if any(table.find(".//th") is None for table in root.iter("table")):
                yield Finding(
                    _("A table has no header cells, so a screen reader can’t name its columns."),
                    False,
                    *self._at_section(section),
                )
            for link in root.iter("a"):
                words = " ".join(link.text_content().split())
                if words.casefold().strip(" .…›»→") in _EMPTY_WORDS:
                    yield Finding(
                        _("A link says only “%(words)s”. Say where it leads.") % {"words": words},
                        False,
                        *self._at_section(section),
                    )

    def _of_the_grade(self) -> Iterator[Finding]:
        value = grade("".join(section.body for section in self.sections))
        low, high = LEVEL_RANGES[self.edition.level]
        place = f"{self.page}#id_grade_reason", _("Reason for an unusual reading grade")
        if value is None:
            if self.sections:
                yield Finding(
                    _("There is not enough text to compute a reading grade."),
                    False,
                    f"{self.page}#sections-group",
                    _("Text"),
                )
        elif not fits(self.edition.level, value) and not self.edition.grade_reason.strip():
            yield Finding(
                _(
                    "The reading grade is %(grade).1f; for this level it should be between "
                    "%(low)g and %(high)g. Change the text or give the reason."
                )
                % {"grade": value, "low": low, "high": high},
                True,
                *place,
            )

    def _of_references(self) -> Iterator[Finding]:
        for reference in unchecked_references(self.sections):
            yield Finding(
                _("Nobody has checked the reference “%(key)s” against its source yet.")
                % {"key": reference.key},
                False,
                reverse("admin:articles_reference_change", args=[reference.pk]),
                _("Reference “%(key)s”") % {"key": reference.key},
            )


def unchecked_references(sections: list[Section]) -> list[Reference]:
    """The references that these texts cite and that nobody has checked, in reading order."""
    cited = list(dict.fromkeys(key for section in sections for key in cited_keys(section.body)))
    if not cited:
        return []
    open_ones = Reference.objects.filter(key__in=cited, checked_on__isnull=True)
    return sorted(open_ones, key=lambda reference: cited.index(reference.key))


def _parsed(section: Section) -> lxml_html.HtmlElement:
    parser = lxml_html.HTMLParser(huge_tree=True)
    return lxml_html.fragment_fromstring(section.body or " ", create_parent="div", parser=parser)
