"""Nights of the diary, and reflections."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from accounts.sealed import seal
from education.journal.models import Night, Reflection

from .people import Patient
from .rows import DAY, Clock, Writer, some_id
from .sizes import MOST_NIGHTS, spread

# Nights are made of patterns; a patient walks through them from a place of their own.
PATTERNS = 2_048
NOTES = ("", "", "", "", "Late dinner.", "Warm room, window open.", "Quiet night.", "Rain.")
THOUGHTS = (
    "I fell asleep faster on the days when I went for a walk after dinner.",
    "Woke up warm around three. Opening the window helped.",
    "A calm week with the same hour every morning.",
)


def write_nights(
    total: int, patients: list[Patient], writer: Writer, clock: Clock, chance: Random
) -> None:
    """So many nights: half of the patients keep a diary, some for long."""
    table = writer.table(
        Night, "patient", "diary_date", "zone", "into_bed_at", "tried_to_sleep_at",
        "minutes_to_fall_asleep", "awakenings", "minutes_awake", "woke_at", "got_up_at",
        "quality", "note", "numbers_shared", "words_shared", "numbers_shared_at",
        "words_shared_at", "created_at", "updated_at",
    )  # fmt: skip
    thoughts = writer.table(
        Reflection, "public_id", "patient", "on", "text", "shared", "shared_at", "created_at",
        "updated_at",
    )  # fmt: skip
    patterns = [_pattern(chance) for _ in range(PATTERNS)]
    noons = _Noons()
    weights = [0, 0, 0, 0, 1, 1, 2, 3, 5]
    counts = spread(total, len(patients), MOST_NIGHTS, weights, chance)
    moment, done = clock.moment, 0
    with writer.progress("nights", total) as step:
        for patient, count in zip(patients, counts, strict=True):
            at, shares = chance.randrange(PATTERNS), chance.random() < 0.4
            shift, day = chance.randrange(-60, 65, 5) * 60, clock.today
            for number in range(count):
                pattern = patterns[(at + number) % PATTERNS]
                bed, trying, latency, times, awake, woke, up, quality, note, gap = pattern
                day -= gap
                noon = noons.before(day, patient.zone) + shift
                written = moment(noon + up + 1200)
                shared = shares and number % 8 != 7
                words = shared and number % 3 == 0
                table.add(
                    patient.id, clock.day(day), patient.zone, moment(noon + bed),
                    moment(noon + trying), latency, times, awake, moment(noon + woke),
                    moment(noon + up), quality, note, int(shared), int(words),
                    written if shared else None, written if words else None, written, written,
                )  # fmt: skip
            if chance.random() < 0.1:
                _reflect(thoughts, patient, shares, clock, chance)
            done += count
            step(done)


def _pattern(chance: Random) -> tuple:
    """Seconds after noon, minutes and answers of one night, and how many days until the next."""
    bed = chance.randrange(600, 720, 5)
    trying = bed + chance.choice((0, 5, 10, 15, 30))
    latency = chance.choice((5, 10, 15, 20, 35, 50))
    times = chance.choice((0, 1, 1, 2, 2, 3))
    awake = chance.choice((5, 10, 20, 30, 45)) if times else 0
    woke = chance.randrange(1080, 1200, 5)
    up = woke + chance.choice((0, 5, 10, 20))
    asleep = woke - trying - latency - awake
    quality = max(1, min(5, round((asleep - 240) / 60) + chance.choice((-1, 0, 0))))
    gap = chance.choice((1, 1, 1, 1, 1, 1, 2))
    minutes = bed * 60, trying * 60, latency, times, awake, woke * 60, up * 60
    return (*minutes, quality, seal(chance.choice(NOTES)), gap)


class _Noons:
    """When it was noon of the day before, in seconds, by day and zone."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], int] = {}

    def before(self, day: int, zone: str) -> int:
        found = self._known.get((day, zone))
        if found is None:
            date = datetime.fromtimestamp(day * DAY, UTC).date() - timedelta(days=1)
            noon = datetime.combine(date, time(12), ZoneInfo(zone))
            found = self._known[day, zone] = int(noon.timestamp())
        return found


def _reflect(thoughts, patient: Patient, shares: bool, clock: Clock, chance: Random) -> None:
    for back in (3, 17, 40):
        at = clock.moment(clock.now - back * DAY + chance.randrange(DAY))
        shared = shares and back == 3
        thoughts.add(
            some_id(chance), patient.id, at[:10], seal(chance.choice(THOUGHTS)), int(shared),
            at if shared else None, at, at,
        )  # fmt: skip
