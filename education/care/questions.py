"""Questions that a patient keeps for the visit: where one comes from, and writing it down."""

import uuid
from dataclasses import dataclass
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from education.articles.models import Edition, Level, Section

from .models import Question, QuestionQuerySet

QUESTIONS_PER_PAGE = 30


@dataclass(frozen=True)
class Source:
    """The part of a published edition that a question is about; empty for a question of its own."""

    edition: Edition | None = None
    section: Section | None = None
    # Whether any level of the article can still be read.
    is_in_library: bool = True

    @classmethod
    def find(cls, article: str, level: str, part: str) -> Self:
        """From the words of an address; whatever is not published is left out."""
        if not article or level not in Level.values:
            return cls()
        edition = (
            Edition.objects.published()
            .select_related("article")
            .filter(article__slug=article[:100], level=level)
            .first()
        )
        if edition is None or not part:
            return cls(edition)
        return cls(edition, Section.objects.filter(edition=edition, key=part[:60]).first())

    @property
    def url(self) -> str:
        """Back to where it was asked, or to the questions."""
        if self.edition is None or not self.is_in_library:
            return reverse("care:questions")
        url = reverse("reading:reader", args=[self.edition.article.slug, self.edition.level])
        return f"{url}#{self.section.key}" if self.section else url


def older_than(questions: QuestionQuerySet, public_id: str) -> QuestionQuerySet:
    """The questions asked before this one of them, the newest first; all of them without one."""
    questions = questions.order_by("-asked_at", "-pk")
    try:
        at = questions.filter(public_id=uuid.UUID(public_id)).first()
    except ValueError:
        at = None
    if at is None:
        return questions
    return questions.filter(
        Q(asked_at__lt=at.asked_at) | Q(asked_at=at.asked_at, pk__lt=at.pk),
    )


def change_text(question: Question, text: str) -> bool:
    """Save other words for a question; False where it was deleted or settled meanwhile."""
    still_open = Question.objects.open().filter(pk=question.pk)
    return bool(still_open.update(text=text, updated_at=timezone.now()))


def with_sources(questions: QuestionQuerySet) -> QuestionQuerySet:
    """Questions that know where they come from, and whether that can still be read."""
    published = Edition.objects.published().filter(article=OuterRef("edition__article"))
    return questions.select_related("edition__article", "section").annotate(
        is_in_library=Exists(published)
    )


def source_of(question: Any) -> Source:
    """Where a question comes from; of a question with_sources()."""
    return Source(question.edition, question.section, question.is_in_library)


def keep(patient: User, text: str, source: Source, form_id: uuid.UUID) -> Question:
    """Keep a question; the same form with the same words sent twice is one question."""
    fields: dict[str, Any] = {
        "patient": patient,
        "text": text,
        "edition": source.edition,
        "section": source.section,
    }
    try:
        with transaction.atomic():
            return Question.objects.create(public_id=form_id, **fields)
    except IntegrityError:
        sent_before = Question.objects.filter(public_id=form_id, **fields).first()
        return sent_before or Question.objects.create(**fields)
