"""Visits of the demo people: one that has been, today's, and the next ones."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from accounts.models import User
from education.care import teach_backs, visits
from education.care.models import Question, TeachBack, Understood, Visit
from education.care.sheet import Sheet
from education.journal.models import Reflection
from education.reading.models import Reading

QUESTIONS = [
    "Does it matter at what time of day I take it?",
    "Is it normal that I wake up warm every night at three?",
    "How many nights should I write down before we meet?",
]
# Of the patient with this number: in how many days, at what time, and whether they approved.
NEXT = {
    0: (2, time(10, 30), True),
    2: (0, time(9, 0), True),
    3: (0, time(11, 15), False),
    4: (0, time(15, 40), True),
    5: (6, time(14, 0), False),
    6: (-1, time(16, 30), False),
}


def meet(patient: User, clinician: User, number: int, today: date) -> None:
    """Questions, the visit before and the next one of a patient."""
    if number == 0:
        _met(patient, clinician, today - timedelta(days=21))
    _asks(patient, number)
    if number not in NEXT:
        return
    days, at, approves = NEXT[number]
    visit = visits.note(patient, patient, today + timedelta(days=days), at, clinician)
    if approves:
        _chooses(patient, visit)
        held = Visit.objects.select_related("patient").get(pk=visit.pk)
        visits.approve(
            held, today, Sheet.for_patient(held, today, as_it_is_now=True).things.fingerprint
        )


def _asks(patient: User, number: int) -> None:
    """Questions for the visit, from the part of an article that they are about; one stays
    private."""
    reading = patient.readings.select_related("edition").order_by("pk").first()
    if reading is None or (number % 5 and number not in NEXT):
        return
    sections = list(reading.edition.sections.all())
    asked = timezone.now() - timedelta(days=2, hours=number)
    n = 3 if number == 0 else 1
    for place in range(n):
        source = {"edition": reading.edition, "section": sections[min(1, len(sections) - 1)]}
        Question.objects.create(
            patient=patient,
            text=QUESTIONS[(number + place) % 3],
            asked_at=asked + timedelta(hours=place),
            for_visit_since=asked + timedelta(hours=place) if place < 2 else None,
            place=place,
            **(source if place == 0 else {}),
        )


def _chooses(patient: User, visit: Visit) -> None:
    shared = Reflection.objects.visible_to(patient).shared().order_by("-on")[:1]
    chosen = list(shared)
    visits.prepare(
        patient,
        offered=[],
        questions=[],
        offered_reflections=chosen,
        reflections=chosen,
        share_until=None,
    )


def _met(patient: User, clinician: User, day: date) -> None:
    """A visit that has been, with what was said there."""
    visit = visits.note(patient, clinician, day, time(10, 0), clinician)
    at = datetime.combine(day, time(10, 25), patient.zone)
    question = Question.objects.create(
        patient=patient,
        text="Should I stop drinking coffee?",
        asked_at=at - timedelta(days=3),
        for_visit_since=at - timedelta(days=3),
    )
    reading = Reading.objects.filter(patient=patient).select_related("edition").order_by("pk")[0]
    one = teach_backs.note(
        patient,
        clinician,
        edition=reading.edition,
        understood=Understood.PARTLY,
        words="My body has a clock, and hormones help to set it. Why the temperature matters at "
        "night I could not say.",
    )
    TeachBack.objects.filter(pk=one.pk).update(noted_at=at)
    visits.note_outcome(
        visit,
        clinician,
        agreed="Keep the sleep diary until the next visit, best right after getting up. Coffee "
        "before noon only. We look at the nights together then.",
        answers={question.pk: "No. Before noon it is fine."},
        ends=True,
    )
    Question.objects.filter(pk=question.pk).update(settled_at=at)
    Visit.objects.filter(pk=visit.pk).update(ended_at=at, created_at=at - timedelta(days=30))
