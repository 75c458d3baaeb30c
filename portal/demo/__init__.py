"""Demo people and what they did, so that every page of a fresh portal looks lived in.

All of it is made up. Loading it again adds what is missing and changes nothing that somebody
did in the meantime.
"""

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import AccessEvent, CareRelationship, ClinicProfile, Invitation, Role, User
from accounts.models.access import Seen
from education.articles.content_files import load_articles
from education.articles.models import Article, Edition, Level, State
from education.articles.pages import page_of
from education.care.recording import seen_of
from education.glossary.loading import load_glossary
from education.journal.diary import Diary
from education.reading.models import Assignment, Programme, ProgrammeStep, Reading
from portal.demo.consent import agree_all
from portal.demo.nights import write_journal
from portal.demo.visits import meet

PASSWORD = "lamp-by-the-bed"  # noqa: S105
ZONE = "America/New_York"

LOGINS = [
    ("patient@example.org", "Paula Patient", Role.PATIENT),
    ("patient2@example.org", "Peter Probe", Role.PATIENT),
    ("clinician@example.org", "Dr Clara Clinician", Role.CLINICIAN),
    ("clinician2@example.org", "Dr Colin Colleague", Role.CLINICIAN),
    ("reviewer@example.org", "Dr Rhea Reviewer", Role.CLINICIAN),
    ("editor@example.org", "Edith Editor", Role.EDITOR),
    ("admin@example.org", "Adam Administrator", Role.ADMINISTRATOR),
]
FURTHER_PATIENTS = [
    "Ada Example",
    "Bruno Sample",
    "Carmen Placeholder",
    "Dmitri Demo",
    "Emeka Instance",
    "Fatima Specimen",
    "Greta Pattern",
    "Hana Model",
    "Ivo Trial",
    "Jun Fixture",
    "Kerstin von Beispielhausen-Musterfrau",
    "Liam Test",
]
# Name, what it is for, and its steps: article, level, day.
PROGRAMMES: list[tuple[str, str, list[tuple[str, Level, int]]]] = [
    (
        "First weeks of hormone treatment",
        "For everybody who begins: what changes at night, and how the diary shows it.",
        [
            ("sleep-and-hormone-treatment", Level.FUNDAMENTALS, 3),
            ("keeping-a-sleep-diary", Level.FUNDAMENTALS, 7),
            ("night-sweats-and-menopause", Level.INTERMEDIATE, 14),
        ],
    ),
    (
        "Working in shifts",
        "Before the visit about nights and early shifts.",
        [
            ("working-nights", Level.FUNDAMENTALS, 5),
            ("short-nights-hunger-and-blood-sugar", Level.FUNDAMENTALS, 12),
        ],
    ),
]


def load_demo(fixtures: Path, today: date | None = None) -> None:
    """Load content and people; repeatable."""
    people = _people()
    load_glossary(fixtures / "glossary.csv")
    load_articles(fixtures, author=people["editor@example.org"])
    _publish(people["reviewer@example.org"])
    _at_work(people)
    agree_all(people.values(), people["admin@example.org"])
    with transaction.atomic():
        _programmes(people["clinician@example.org"])
        _lives(people, today or timezone.localdate(timezone=people["patient@example.org"].zone))


def _people() -> dict[str, User]:
    """Everybody by e-mail address. One hash for all: it is one password, and hashing is slow."""
    hashed = make_password(PASSWORD)
    further = [
        (f"{name.split()[0].lower()}@example.org", name, Role.PATIENT) for name in FURTHER_PATIENTS
    ]
    people = {}
    with transaction.atomic():
        ClinicProfile.objects.get_or_create(
            singleton=True,
            defaults={
                "name": "Lakeside Clinic",
                "telephone": "+1 555 0100",
                "emergency_words": "In an emergency call 911. If you think of harming yourself, "
                "call or text 988 at any hour.",
                "hard_moment_telephone": "988",
                "time_zone": ZONE,
            },
        )
        for email, name, role in LOGINS + further:
            person, created = User.objects.get_or_create(
                email=email,
                defaults={
                    "name": name,
                    "role": role,
                    "time_zone": ZONE,
                    "password": hashed,
                    "may_review": email.startswith("reviewer"),
                    "consent_is_due": False,
                },
            )
            if created:
                EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
            people[email] = person
    return people


def _publish(reviewer: User) -> None:
    """Publish first editions in the demo reviewer's name; later drafts wait for a person."""
    waiting = Edition.objects.filter(number=1, state=State.DRAFT, published_at__isnull=True)
    for edition in waiting:
        edition.submit(edition.author)
        edition.publish(reviewer)
        page_of(edition)


def _at_work(people: dict[str, User]) -> None:
    """A correction that waits for the reviewer, and one that the editor has begun."""
    editor = people["editor@example.org"]
    for slug, level, begun in (
        ("working-nights", Level.FUNDAMENTALS, "Working at night asks a lot of your body."),
        ("snoring-and-sleep-apnea", Level.INTERMEDIATE, "Snoring is common."),
    ):
        article = Article.objects.get(slug=slug)
        if article.editions.filter(level=level).count() > 1:
            continue
        draft = Edition.start(article, level, editor)
        section = draft.sections.all()[0]
        section.body = section.body.replace("<p>", f"<p>{begun} ", 1)
        section.save()
        draft.measure()
        if slug == "working-nights":
            draft.change_note = "A first sentence that says what this is about."
            draft.save()
            draft.submit(editor)


def _lives(people: dict[str, User], today: date) -> None:
    clara, colin = people["clinician@example.org"], people["clinician2@example.org"]
    patients = [person for person in people.values() if person.is_patient]
    of_colin = {"patient2@example.org", "kerstin@example.org", "liam@example.org"}
    for patient in patients:
        clinician = colin if patient.email in of_colin else clara
        _, new = CareRelationship.objects.get_or_create(
            clinician=clinician,
            patient=patient,
            defaults={
                "started_by": clinician,
                "started_at": timezone.now() - timedelta(days=90),
                "page_opened_at": timezone.now() - timedelta(days=1 + patients.index(patient) % 5),
            },
        )
        if new:
            _live(patient, clinician, patients.index(patient), today)
    _invited_only(clara)


def _live(patient: User, clinician: User, number: int, today: date) -> None:
    """A journal, readings, visits and a record of access of one patient."""
    # Seeded, so that every demo looks the same; nothing secret depends on it.
    chance = random.Random(number)  # noqa: S311
    write_journal(patient, number, today, chance)
    _reads(patient, clinician, number, chance)
    meet(patient, clinician, number, today)


def _to_read(number: int) -> list[str]:
    """What this patient was given: one article, or several in order."""
    matters = [
        "snoring-and-sleep-apnea",
        "night-sweats-and-menopause",
        "short-nights-hunger-and-blood-sugar",
        "working-nights",
    ]
    given = ["sleep-and-hormone-treatment", "keeping-a-sleep-diary", matters[number % 4]]
    return given[: 3 if number == 0 else 1 + number % 3]


def _reads(patient: User, clinician: User, number: int, chance: random.Random) -> None:
    """Assignments in every state: not opened, opened, finished, overdue, withdrawn."""
    now = timezone.now()
    notes = ["", "Please read this before your next visit.", "Begin with the first two parts."]
    given: list[Assignment] = []
    events: list[tuple[datetime, str, str, str]] = []
    articles = Article.objects.published().in_bulk(_to_read(number), field_name="slug")
    for index, article in enumerate(articles[slug] for slug in _to_read(number)):
        levels = [Level(edition.level) for edition in article.editions.published()]
        level = Level.FUNDAMENTALS if number % 3 else Level.INTERMEDIATE
        level = level.nearest(levels)
        assigned = now - timedelta(days=3 + (number * 2 + index * 5) % 20, hours=number)
        due_in = [4, -2, 9, None][(number + index) % 4]
        assignment = Assignment.objects.create(
            patient=patient,
            article=article,
            level=level,
            assigned_by=clinician,
            assigned_at=assigned,
            due_on=None if due_in is None else timezone.localdate() + timedelta(days=due_in),
            note=notes[(number + index) % 3],
        )
        events.append((
            assigned, AccessEvent.Action.ASSIGNED, AccessEvent.What.ASSIGNMENT,
            str(assignment.public_id),
        ))  # fmt: skip
        edition = article.editions.published().get(level=level)
        state = (1, 2, 0)[index] if number == 0 else (number + index) % 4
        if state:
            opened = assigned + timedelta(hours=20)
            Reading.objects.note_opened(patient, edition, opened)
            keys = list(edition.sections.values_list("key", flat=True))
            reached = keys if state > 1 else keys[: 1 + len(keys) // 2]
            Reading.objects.note_sections(
                patient,
                edition,
                {key: opened + timedelta(minutes=place) for place, key in enumerate(reached)},
                last=reached[-1],
            )
            if state > 1:
                Reading.objects.note_finished(patient, edition, opened + timedelta(minutes=9))
            if state > 2:
                Reading.objects.note_understood(patient, edition, opened + timedelta(minutes=9))
        given.append(assignment)
    yesterday = now - timedelta(days=1, hours=number)
    events += [
        (yesterday, AccessEvent.Action.OPENED, one.what, one.thing)
        for one in _seen(patient, yesterday)
    ]
    # In the order in which it happened, as the record is kept.
    for at, action, what, thing in sorted(events):
        AccessEvent.objects.record(
            patient=patient, actor=clinician, action=action, what=what, thing=thing, at=at
        )
    if number == 7:
        for assignment in given:
            assignment.withdraw(clinician, "Not needed any more.")


def _seen(patient: User, at: datetime) -> list[Seen]:
    """What the clinician saw on the patient's page."""
    day = timezone.localdate(at, patient.zone)
    return [
        Seen(AccessEvent.What.PATIENT_PAGE),
        *seen_of(Diary.preview(patient, until=day), patient.reflections.filter(shared=True)[:20]),
    ]


def _programmes(clinician: User) -> None:
    for name, description, steps in PROGRAMMES:
        if Programme.objects.filter(name=name).exists():
            continue
        programme = Programme.objects.create(
            name=name, description=description, created_by=clinician, updated_by=clinician
        )
        articles = Article.objects.in_bulk([slug for slug, *_rest in steps], field_name="slug")
        ProgrammeStep.objects.bulk_create(
            ProgrammeStep(
                programme=programme,
                position=position,
                article=articles[slug],
                level=level,
                days=days,
            )
            for position, (slug, level, days) in enumerate(steps, start=1)
        )


def _invited_only(clinician: User) -> None:
    """Somebody who was invited and has not come yet."""
    person, created = User.objects.get_or_create(
        email="newcomer@example.org",
        defaults={"name": "Nia Newcomer", "role": Role.PATIENT, "time_zone": ZONE},
    )
    if created:
        person.set_unusable_password()
        person.save()
        Invitation(user=person, invited_by=clinician).issue_token()
        CareRelationship.objects.create(clinician=clinician, patient=person, started_by=clinician)


def is_loaded() -> bool:
    """Whether the demo people are there already."""
    return User.objects.filter(email=LOGINS[0][0]).exists()
