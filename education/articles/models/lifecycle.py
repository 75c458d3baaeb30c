"""The states of an edition, the steps between them, and the days of its review."""

import calendar
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

REVIEW_EVERY_DAYS = 365
# A reviewer chooses the day of the next review, at most this far ahead.
REVIEW_WITHIN_YEARS = 5


class State(models.TextChoices):
    """Where an edition stands on its way: draft, in review, published, retired."""

    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Retired")


class Step(models.TextChoices):
    """What happens to an edition; kept as a ReviewStep each time."""

    STARTED = "started", _("started")
    SUBMITTED = "submitted", _("submitted for review")
    SENT_BACK = "sent_back", _("sent back")
    PUBLISHED = "published", _("approved and published")
    CONFIRMED = "confirmed", _("reviewed again, still right")
    RETIRED = "retired", _("retired")


class EditionStateError(ValidationError):
    """Something was asked of an edition that its state does not allow."""


def next_review(today: date) -> date:
    """When something reviewed today is due again, unless the reviewer chooses another day."""
    return today + timedelta(days=REVIEW_EVERY_DAYS)


def refuse_review_day(day: date, today: date) -> None:
    """Raise EditionStateError unless a next review on this day makes sense."""
    latest = review_day_in(12 * REVIEW_WITHIN_YEARS, today)
    if day <= today:
        raise EditionStateError(_("The next review has to be after today."), code="next_review")
    if day > latest:
        raise EditionStateError(
            _("The next review has to be within %(years)d years."),
            code="next_review",
            params={"years": REVIEW_WITHIN_YEARS},
        )


def review_day_in(months: int, today: date) -> date:
    """The same day so many months later, or the last of that month where it is too short."""
    years, month = divmod(today.month - 1 + months, 12)
    year, month = today.year + years, month + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
