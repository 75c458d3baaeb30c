"""Questions that a patient keeps for the visit: where one comes from, and writing it down."""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.public_ids import as_public_id
from accounts.sealed import Unreadable
from education.articles.models import Edition, Level, Section
from education.glossary.models import Term
from education.journal.models import Reflection

from .models import LONGEST_QUESTION, Question, QuestionQuerySet

QUESTIONS_PER_PAGE = 30
# A reflection has no more that could be asked at one visit.
MOST_SENTENCES = 60

_SENTENCE_ENDS = re.compile(r"(?<=[.!?…。？！])\s+|\n+")


@dataclass(frozen=True)
class Source:
    """What a question is about, or came from; empty for a question of its own."""

    edition: Edition | None = None
    section: Section | None = None
    # Whether any level of the article can still be read.
    is_in_library: bool = True
    term: Term | None = None
    # Told to the patient alone.
    reflection_id: uuid.UUID | None = None
    reflected_on: date | None = None

    @classmethod
    def find(cls, asked: Any, patient: User) -> Self:
        """From the words of an address: article, level and part; term, or both; or reflection.

        Whatever is not published, or not the patient's, is left out.
        """
        if reflection := reflection_from(asked, patient):
            return cls(reflection_id=reflection.public_id, reflected_on=reflection.on)
        word = asked.get("term", "")[:100]
        term = Term.objects.complete().filter(slug=word).first() if word else None
        article, level, part = (asked.get(name, "") for name in ("article", "level", "part"))
        if not article or level not in Level.values:
            return cls(term=term)
        edition = (
            Edition.objects.published()
            .select_related("article")
            .filter(article__slug=article[:100], level=level)
            .first()
        )
        if edition is None or not part:
            return cls(edition, term=term)
        section = Section.objects.filter(edition=edition, key=part[:60]).first()
        return cls(edition, section, term=term)

    @property
    def url(self) -> str:
        """Back to where it was asked, or to the questions."""
        if self.term and not (self.edition and self.is_in_library):
            return self.term.get_absolute_url()
        if self.reflection_id:
            return reverse("journal:reflection", args=[self.reflection_id])
        if self.edition is None or not self.is_in_library:
            return reverse("care:questions")
        url = reverse("reading:reader", args=[self.edition.article.slug, self.edition.level])
        return f"{url}#{self.section.key}" if self.section else url


def reflection_from(asked: Any, patient: User) -> Reflection | None:
    """The patient's own reflection that an address names."""
    key = as_public_id(asked.get("reflection"))
    return Reflection.objects.visible_to(patient).filter(public_id=key).first() if key else None


def sentences(text: str) -> list[str]:
    """The sentences and lines of a text, each short enough to be a question."""
    parts = (part.strip() for part in _SENTENCE_ENDS.split(text))
    return [part[:LONGEST_QUESTION] for part in parts if part][:MOST_SENTENCES]


def change_text(question: Question, text: str) -> bool:
    """Save other words for a question; False where it was deleted or settled meanwhile, or where
    the key to its words is missing."""
    if isinstance(question.text, Unreadable):
        return False
    still_open = Question.objects.open().filter(pk=question.pk)
    return bool(still_open.update(text=text, updated_at=timezone.now()))


def with_sources(questions: QuestionQuerySet) -> QuestionQuerySet:
    """Questions that know where they come from, and whether that can still be read."""
    published = Edition.objects.published().filter(article=OuterRef("edition__article"))
    return questions.select_related("edition__article", "section", "term").annotate(
        is_in_library=Exists(published)
    )


def with_own_sources(questions: QuestionQuerySet) -> QuestionQuerySet:
    """with_sources() for the patient, who also sees from which reflection one came."""
    return with_sources(questions).annotate(
        reflection_public_id=F("reflection__public_id"), reflected_on=F("reflection__on")
    )


def source_of(question: Any) -> Source:
    """Where a question comes from; of a question with_sources()."""
    return Source(
        question.edition,
        question.section,
        question.is_in_library,
        question.term,
        getattr(question, "reflection_public_id", None),
        getattr(question, "reflected_on", None),
    )


def keep(patient: User, text: str, source: Source, form_id: uuid.UUID) -> Question:
    """Keep a question, for the patient alone; the same form with the same words sent twice is
    one question."""
    reflection = (
        Reflection.objects.visible_to(patient).filter(public_id=source.reflection_id).first()
        if source.reflection_id
        else None
    )
    fields: dict[str, Any] = {
        "patient": patient,
        "edition": source.edition,
        "section": source.section,
        "term": source.term,
        "reflection": reflection,
    }
    try:
        with transaction.atomic():
            return Question.objects.create(public_id=form_id, text=text, **fields)
    except IntegrityError:
        sent_before = Question.objects.filter(public_id=form_id, **fields).first()
        if sent_before and sent_before.text == text:
            return sent_before
        return Question.objects.create(text=text, **fields)
