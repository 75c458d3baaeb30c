"""Something of Paula's at every address, for tests that try them all."""

from datetime import date
from typing import Any
from uuid import uuid4

from django.urls import reverse

from education.articles.models import Level
from education.care.models import Question
from education.journal.models import Night, Reflection
from education.reading.models import Programme
from tests.factories import (
    AliasFactory,
    AssignmentFactory,
    EditionFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    TermFactory,
    TopicFactory,
)


def things_of(patient: Any, clinician: Any, colleague: Any) -> dict[str, Any]:
    """An article with a draft, and what belongs to this patient, whom this clinician treats."""
    edition = PublishedEditionFactory()
    TopicFactory().articles.add(edition.article)
    return {
        "patient": patient,
        "colleague": colleague,
        "edition": edition,
        "article": edition.article,
        "draft": EditionFactory(article=edition.article, level=Level.ACADEMIC),
        "term": AliasFactory().term,
        "other": TermFactory(),
        "reference": ReferenceFactory(),
        "prompt": PromptFactory(article=edition.article),
        "assignment": AssignmentFactory(
            patient=patient, article=edition.article, assigned_by=clinician, batch=uuid4()
        ),
        "programme": Programme.objects.create(name="First weeks"),
        "question": Question.objects.create(patient=patient, text="Only mine."),
        "night": Night.objects.create(
            patient=patient, diary_date=date(2026, 11, 20), zone="Europe/London", quality=3
        ),
        "reflection": Reflection.objects.create(
            patient=patient, on=date(2026, 11, 20), text="Only mine.", shared=False
        ),
    }


def arguments(things: dict[str, Any]) -> dict[str, list[Any]]:
    """By name, what each address with arguments takes to lead to one of these things."""
    patient, slug = things["patient"].public_id, things["article"].slug
    assignment, question = things["assignment"].public_id, things["question"].public_id
    programme, night = things["programme"].public_id, things["night"].diary_date
    reflection, term = things["reflection"].public_id, things["term"].slug
    reader = [slug, Level.FUNDAMENTALS]
    return {
        "accounts:invite_again": [patient],
        "accounts:revoke": [patient],
        "care:patient": [patient],
        "care:patient_diary": [patient],
        "care:assign": [patient],
        "care:assign_article": [patient, slug],
        "care:assign_programme": [patient, programme],
        "care:team": [patient],
        "care:hand_over": [patient],
        "care:end_care": [patient],
        "care:undo_share": [patient, things["colleague"].public_id],
        "care:undo_assign": [things["assignment"].batch],
        "care:assignment": [assignment],
        "care:withdraw": [assignment],
        "care:restore": [assignment],
        "care:question": [question],
        "care:question_delete": [question],
        "programmes:programme": [programme],
        "programmes:edit": [programme],
        "programmes:put_away": [programme],
        "programmes:bring_back": [programme],
        "reading:article": [slug],
        "reading:reader": reader,
        "reading:finish": reader,
        "reading:understand": reader,
        "reading:changes": reader,
        "reading:preview": [slug, Level.ACADEMIC, things["draft"].number],
        "glossary:term": [term],
        "glossary:lookup": [term],
        "journal:night": [night],
        "journal:night_delete": [night],
        "journal:night_share": [night],
        "journal:reflection": [reflection],
        "journal:reflection_delete": [reflection],
        "journal:reflection_share": [reflection],
        "journal:import_undo": ["not-a-token"],
    }


def url_of(name: str, things: dict[str, Any]) -> str:
    return reverse(name, args=arguments(things).get(name, []))
