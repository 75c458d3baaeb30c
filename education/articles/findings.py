"""What should be put right in an edition before patients read it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from .models import Edition
from .pages import page_of
from .readability import LEVEL_RANGES, fits


@dataclass(frozen=True)
class Finding:
    """Something to put right; what blocks must be right before the edition is published."""

    text: str
    blocks: bool = True


def findings(edition: Edition) -> list[Finding]:
    """What is open in this edition, what blocks publishing first."""
    found = [Finding(str(problem)) for problem in page_of(edition).problems]
    found += [
        Finding(_("The figure “%(key)s” has no alternative text.") % {"key": figure.key})
        for figure in edition.figures.all()
        if not figure.alt.strip() and not figure.decorative
    ]
    if not edition.sections.exists():
        found.append(Finding(_("There is no text yet.")))
    if not edition.article.summary.strip():
        found.append(Finding(_("The article has no summary.")))
    low, high = LEVEL_RANGES[edition.level]
    grade = edition.reading_grade
    if grade is not None and not fits(edition.level, grade) and not edition.grade_reason.strip():
        found.append(
            Finding(
                _(
                    "The reading grade is %(grade).1f; for this level it should be between "
                    "%(low)g and %(high)g. Change the text or give the reason."
                )
                % {"grade": grade, "low": low, "high": high},
                blocks=False,
            )
        )
    return found
