"""All that belongs to a patient can be found, and kept in one place, by the patient alone."""

from datetime import date

import pytest
from django.apps import apps
from django.db.models import F, ForeignKey

from accounts.models import User
from education.care import teach_backs, visits
from education.care.models import ChosenReflection, Question, TeachBack, Understood
from education.journal.models import Reflection
from education.reading.assigning import assign
from education.reading.models import (
    Assignment,
    AssignmentChange,
    Notice,
    Reading,
    SectionReached,
    Wanted,
)
from tests.factories import PublishedEditionFactory

OURS = ("accounts", "reading", "journal", "care")


def patient_key(model):
    """The column that says whose row it is, whatever it is called."""
    names = {one.name: one for one in model._meta.fields if isinstance(one, ForeignKey)}
    for name in ("patient", "recipient", "user", "person"):
        if name in names and names[name].related_model is User:
            return name
    return None


@pytest.mark.once
def test_every_part_of_what_is_a_patients_names_the_patient():
    owned = [
        one for label in OURS for one in apps.get_app_config(label).get_models() if patient_key(one)
    ]
    assert {Assignment, Reading, SectionReached, AssignmentChange, Notice} <= set(owned)
    silent = [
        f"{one.__name__}.{field.name} leads to {field.related_model.__name__}"
        for one in apps.get_models()
        for field in one._meta.fields
        if isinstance(field, ForeignKey) and field.related_model in owned and one not in owned
    ]
    assert silent == []


@pytest.mark.django_db
def test_the_parts_name_the_patient_of_their_whole(patient, clinician):
    edition = PublishedEditionFactory()
    assign([Wanted(patient, edition.article, edition.level)], by=clinician)
    assignment = Assignment.objects.get()
    assignment.change(clinician, level=edition.level, due_on=date(2030, 1, 1), note="")
    assignment.withdraw(clinician)
    assignment.restore(clinician)
    keys = [one.key for one in edition.sections.all()]
    now = assignment.assigned_at
    Reading.objects.note_sections(patient, edition, dict.fromkeys(keys, now), last=keys[0])
    thought = Reflection.objects.create(patient=patient, on=date(2026, 11, 20), text="Mine.")
    question = Question.objects.create(patient=patient, text="Why?", for_visit_since=now)
    visits.prepare(
        patient, offered=[], questions=[question], offered_reflections=[], reflections=[thought],
        share_until=None,
    )  # fmt: skip
    teach_backs.note(
        patient, clinician, edition=edition, understood=Understood.PARTLY, words="Nights are long."
    )
    visit = visits.next_visit(patient, patient)
    visits.note_outcome(visit, clinician, agreed="", answers={question.pk: "Yes."}, ends=False)
    for part, whole in (
        (AssignmentChange, "assignment"),
        (Notice, "assignment"),
        (SectionReached, "reading"),
        (ChosenReflection, "visit"),
        (ChosenReflection, "reflection"),
        (Question, "settled_at_visit"),
        (TeachBack, "visit"),
    ):
        rows = part.objects.all()
        assert rows.exists()
        assert not rows.exclude(patient=F(f"{whole}__patient")).exists()
