"""What was assigned, what was read of it, and what is to be asked about it."""

from random import Random
from uuid import UUID

from accounts.models import AccessChain, AccessEvent
from accounts.models.access import FIRST, link
from accounts.sealed import seal
from education.articles.models import Level
from education.care.models import Question, Visit
from education.reading.models import Assignment, Reading, SectionReached

from .content import Library, Text
from .people import Patient
from .rows import DAY, Clock, Table, Writer, some_id
from .sizes import spread

NOTES = ("", "", "", "Please read this before your next visit.", "Begin with the first two parts.")
QUESTIONS = (
    "Does it matter at what time of day I take it?",
    "Is it normal that I wake up warm every night at three?",
    "How many nights should I write down before we meet?",
)
AGREED = "Keep the sleep diary until the next visit."
ASSIGNED, ASSIGNMENT = AccessEvent.Action.ASSIGNED.value, AccessEvent.What.ASSIGNMENT.value
OPENED, PAGE = AccessEvent.Action.OPENED.value, AccessEvent.What.PATIENT_PAGE.value
PREFERRED = [Level.FUNDAMENTALS] * 6 + [Level.INTERMEDIATE] * 3 + [Level.ACADEMIC]
# How likely it is by the days since it was assigned that it was opened, and if so finished.
OLD, RECENT, NEW = (0.98, 0.98), (0.75, 0.75), (0.4, 0.5)


def write_reading(
    total: int,
    patients: list[Patient],
    shelf: Library,
    writer: Writer,
    clock: Clock,
    chance: Random,
) -> None:
    """So many assignments with their readings, the parts that were reached; questions, visits."""
    desk = _Desk(writer, clock, chance)
    # Which level of an article somebody gets who would like this one.
    shelves = {level: [_at_level(level, *each) for each in shelf] for level in Level}
    counts = spread(total, len(patients), len(shelf), [1, 1, 2, 2, 3, 4], chance)
    done = 0
    with writer.progress("assignments", total) as step:
        for patient, count in zip(patients, counts, strict=True):
            for article, level, text in chance.sample(shelves[chance.choice(PREFERRED)], count):
                desk.assign(patient, article, level, text)
            if chance.random() < 0.06:
                desk.ask(patient, shelf)
            if chance.random() < 0.2:
                desk.meet(patient)
            desk.record(patient)
            done += count
            step(done)


def _at_level(level: Level, article: int, texts: dict[str, Text]) -> tuple[int, str, Text]:
    nearest = level.nearest([Level(one) for one in texts]).value
    return article, nearest, texts[nearest]


class _Desk:
    """The tables that reading fills together."""

    def __init__(self, writer: Writer, clock: Clock, chance: Random) -> None:
        self.clock, self.chance = clock, chance
        self.assignments: Table = writer.table(
            Assignment, "public_id", "patient", "article", "level", "assigned_by", "assigned_at",
            "due_on", "note", "updated_at", "withdrawn_at", "withdrawn_by", "opened_at",
            "finished_at", "understood_at", "batch",
        )  # fmt: skip
        self.readings: Table = writer.table(
            Reading, "patient", "edition", "opened_at", "finished_at", "understood_at",
            "last_section", "last_at",
        )  # fmt: skip
        self.reached: Table = writer.table(
            SectionReached, "patient", "reading", "section", "reached_at"
        )
        self.events: Table = writer.table(
            AccessEvent, "patient", "actor", "action", "what", "thing", "at", "number",
            "previous_hash", "hash",
        )  # fmt: skip
        self.chains: Table = writer.table(AccessChain, "patient", "length", "last_hash")
        # Moment, action, what and which one, of the patient whose turn it is.
        self.happened: list[tuple[int, str, str, str]] = []
        self.questions: Table = writer.table(
            Question, "public_id", "patient", "text", "edition", "section", "asked_at",
            "updated_at", "for_visit_since", "settled_at", "settled_by", "answer",
        )  # fmt: skip
        # A few sentences, each sealed once.
        self.sealed = [seal(one) for one in QUESTIONS]
        self.agreed = seal(AGREED)
        self.visits: Table = writer.table(
            Visit, "public_id", "patient", "clinician", "on", "noted_by", "created_at",
            "updated_at", "approved", "agreed", "ended_at", "ended_by",
        )  # fmt: skip

    def assign(self, patient: Patient, article: int, level: str, text: Text) -> None:
        chance, clock = self.chance, self.clock
        days = 1 + int(300 * chance.random() ** 2)
        assigned = clock.now - days * DAY + chance.randrange(8 * 3600, 17 * 3600)
        at = clock.moment(assigned)
        likely = NEW if days < 7 else RECENT if days < 21 else OLD
        opened = finished = understood = None
        if chance.random() < likely[0]:
            opened = assigned + chance.randrange(3600, min(days, 10) * DAY - 17 * 3600 + 7200)
            begun = clock.moment(opened)
            if chance.random() < likely[1]:
                finished = clock.moment(opened + 540)
                understood = finished if chance.random() < 0.7 else None
            self._read(patient, text, opened, finished, understood)
        due = None
        if chance.random() < 0.6:
            due = clock.day(assigned // DAY + chance.choice((7, 14, 21)))
        withdrawn = clock.moment(clock.now) if finished is None and chance.random() < 0.15 else None
        public_id = some_id(chance)
        self.assignments.add(
            public_id, patient.id, article, level, patient.clinician, at, due,
            chance.choice(NOTES), withdrawn or at, withdrawn,
            patient.clinician if withdrawn else None, begun if opened else None, finished,
            understood, some_id(chance),
        )  # fmt: skip
        self.happened.append((assigned, ASSIGNED, ASSIGNMENT, str(UUID(public_id))))

    def record(self, patient: Patient) -> None:
        """The record of access of this patient, in the order in which things happened."""
        happened, self.happened = self.happened, []
        if patient.looked is not None:
            happened.append((patient.looked, OPENED, PAGE, ""))
        last = FIRST
        for number, (at, action, what, thing) in enumerate(sorted(happened), start=1):
            previous, last = last, link(
                last, patient=patient.public_id, number=number, actor=patient.clinicians_public_id,
                action=action, what=what, thing=thing, at=self.clock.at(at),
            )  # fmt: skip
            self.events.add(
                patient.id, patient.clinician, action, what, thing, self.clock.moment(at), number,
                previous, last,
            )  # fmt: skip
        if happened:
            self.chains.add(patient.id, len(happened), last)

    def _read(
        self,
        patient: Patient,
        text: Text,
        opened: int,
        finished: str | None,
        understood: str | None,
    ) -> None:
        clock, sections = self.clock, text.sections
        if finished is None:
            sections = sections[: 1 + self.chance.randrange(len(sections))] if sections else ()
        last = clock.moment(opened + 60 * len(sections))
        reading = self.readings.add(
            patient.id, text.edition, clock.moment(opened), finished, understood,
            sections[-1] if sections else None, last if sections else None,
        )  # fmt: skip
        for place, section in enumerate(sections, start=1):
            self.reached.add(patient.id, reading, section, clock.moment(opened + 60 * place))

    def ask(self, patient: Patient, shelf: Library) -> None:
        chance, clock = self.chance, self.clock
        _article, texts = chance.choice(shelf)
        text = texts[min(texts)]
        asked = clock.now - chance.randrange(1, 60) * DAY + chance.randrange(DAY)
        for_visit = chance.random() < 0.7
        # Nobody answers what only the patient sees.
        settled = for_visit and chance.random() < 0.4
        at = clock.moment(asked)
        self.questions.add(
            some_id(chance), patient.id, chance.choice(self.sealed), text.edition,
            chance.choice(text.sections) if text.sections else None, at, at,
            at if for_visit else None, clock.moment(clock.now) if settled else None,
            patient.clinician if settled else None, "",
        )  # fmt: skip

    def meet(self, patient: Patient) -> None:
        """The visit before, and the next one, which nobody has prepared yet."""
        chance, clock = self.chance, self.clock
        day = clock.now // DAY + chance.randrange(30)
        noted = clock.moment(clock.now - 90 * DAY)
        for on, ended in ((day - 60, True), (day, False)):
            met = clock.moment(on * DAY + 12 * 3600)
            self.visits.add(
                some_id(chance), patient.id, patient.clinician, clock.day(on), patient.clinician,
                noted, noted, "", self.agreed if ended else "", met if ended else None,
                patient.clinician if ended else None,
            )  # fmt: skip
