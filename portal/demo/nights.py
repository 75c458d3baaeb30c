"""The demo people's journals."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from education.articles.models import Level, Prompt
from education.journal.models import Night, Preferences, Reflection

NIGHTS, NIGHTS_OF_PAULA = 60, 96
# Paula was away for some of her nights: how many days ago, and where.
AWAY, AWAY_ZONE = range(40, 46), "Europe/London"
NIGHT_WORKER = 5

REFLECTIONS = [
    "I noticed that I fell asleep faster on the days when I went for a walk after dinner. "
    "Not sure if it is the walk or that I looked at the phone less.",
    "Woke up hot again around three. Opening the window helped. I want to ask whether the "
    "evening dose could have something to do with it.",
    "A calm week. I kept the same wake-up time on Saturday and it was harder than I thought, "
    "but Sunday night was better than usual.",
    "Too much on my mind before bed. I tried to write a list for tomorrow and leave it on the "
    "kitchen table. It helped a bit.",
    "Reading about the body clock made me think about the light in my bedroom. I will try the "
    "thicker curtains.",
]
ANSWER = (
    "That I wake up tired is not only about how long I slept. I will look at when I put the "
    "light out, too."
)


@dataclass
class Sleeper:
    """How one demo person sleeps: clock minutes after 12:00 noon, and typical lengths."""

    bed: int
    rise: int
    latency: int
    awake: int
    answers: float
    shares: float
    tells_more: float


def write_journal(patient: User, number: int, today: date, chance: random.Random) -> None:
    """Nights, reflections and preferences of one patient, the same every time."""
    works_nights = number == NIGHT_WORKER
    sleeper = Sleeper(
        bed=(1140 if works_nights else 600) + chance.randrange(0, 120, 5),
        rise=(1560 if works_nights else 1110) + chance.randrange(0, 90, 5),
        latency=chance.choice([10, 15, 20, 35, 50]),
        awake=chance.choice([10, 20, 30, 45]),
        answers=0.95 if number == 0 else chance.choice([0.5, 0.7, 0.9]),
        shares=0.85 if number == 0 else chance.choice([0.0, 0.5, 0.9]),
        tells_more=0.8 if number == 0 else chance.choice([0.0, 0.5]),
    )
    Night.objects.bulk_create(
        night
        for back in range(1, (NIGHTS_OF_PAULA if number == 0 else NIGHTS) + 1)
        if (night := _night(patient, today - timedelta(days=back), sleeper, chance)) is not None
    )
    if sleeper.tells_more:
        Preferences.objects.create(patient=patient, asks_more=True)
    for index, text in enumerate(chance.sample(REFLECTIONS, 3 if number == 0 else 1)):
        _reflect(
            patient,
            today - timedelta(days=3 + 9 * index),
            text,
            shared=index == 0 and number % 2 == 0,
        )
    if number == 0:
        _answers_a_prompt(patient, today - timedelta(days=33))
        _was_away(patient, today)


def _night(patient: User, day: date, sleeper: Sleeper, chance: random.Random) -> Night | None:
    if chance.random() > sleeper.answers:
        return None
    free = day.weekday() in (5, 6)
    in_bed = sleeper.bed + chance.randrange(-30, 35, 5) + (30 if free else 0)
    trying = in_bed + chance.choice([0, 5, 10, 15, 30])
    latency = max(0, sleeper.latency + chance.randrange(-8, 15))
    woke = sleeper.rise + chance.randrange(-30, 30, 5) + (45 if free else 0)
    up = woke + chance.choice([0, 5, 10, 20])
    awakenings = chance.choice([0, 1, 1, 2, 2, 3])
    awake = max(3, sleeper.awake + chance.randrange(-8, 20)) if awakenings else 0
    shared = chance.random() < sleeper.shares
    asleep = woke - trying - latency - awake
    quality = max(1, min(5, round((asleep - 240) / 60) + chance.choice([-1, 0, 0])))
    zone = patient.zone
    return Night(
        patient=patient,
        diary_date=day,
        zone=zone.key,
        into_bed_at=_at(day, in_bed, zone),
        tried_to_sleep_at=_at(day, trying, zone),
        minutes_to_fall_asleep=latency,
        awakenings=awakenings,
        minutes_awake=awake,
        woke_at=_at(day, woke, zone),
        got_up_at=_at(day, up, zone),
        quality=quality,
        **(_more(free, quality, chance) if chance.random() < sleeper.tells_more else {}),
        note=chance.choice(["", "", "", "Late dinner.", "Warm room, window open.", "Quiet night."]),
        numbers_shared=shared,
        words_shared=(words := shared and chance.random() < 0.4),
        numbers_shared_at=_at(day, up + 30, zone) if shared else None,
        words_shared_at=_at(day, up + 30, zone) if words else None,
    )


def _more(free: bool, quality: int, chance: random.Random) -> dict[str, int | bool | str]:
    """Answers to the optional questions."""
    naps = chance.choice([0, 0, 0, 1])
    return {
        "refreshed": max(1, min(5, quality + chance.choice([-1, 0, 0]))),
        "free_day": free,
        "alarm_used": not free and chance.random() < 0.8,
        "naps": naps,
        "nap_minutes": naps * chance.choice([15, 20, 40]),
        "alcoholic_drinks": chance.choice([0, 0, 0, 1, 2]) if free else 0,
        "caffeinated_drinks": chance.choice([1, 2, 2, 3]),
        "medicine": chance.choice(["", "", "", "", "Melatonin, 2 mg"]),
    }


def _was_away(patient: User, today: date) -> None:
    """Some nights in another time zone, with the clock times as they were there."""
    zone = ZoneInfo(AWAY_ZONE)
    away = [today - timedelta(days=back) for back in AWAY]
    for night in Night.objects.filter(patient=patient, diary_date__in=away):
        for name in ("into_bed_at", "tried_to_sleep_at", "woke_at", "got_up_at"):
            local = getattr(night, name).astimezone(patient.zone)
            setattr(night, name, local.replace(tzinfo=zone).astimezone(UTC))
        night.zone = zone.key
        night.save()


def _answers_a_prompt(patient: User, on: date) -> None:
    prompt = Prompt.objects.filter(article__slug="sleep-and-hormone-treatment").first()
    if prompt is None:
        return
    edition = prompt.article.editions.published().filter(level=Level.INTERMEDIATE).first()
    _reflect(patient, on, ANSWER, prompt=prompt, prompt_text=prompt.text, edition=edition)


def _reflect(patient: User, on: date, text: str, **more: object) -> None:
    Reflection.objects.create(patient=patient, on=on, text=text, **more)


def _at(day: date, minutes_after_noon: int, zone: ZoneInfo) -> datetime:
    """A moment of the night that ends on this day, by the clock of this zone."""
    noon_before = datetime.combine(day - timedelta(days=1), time(12), zone)
    return (noon_before + timedelta(minutes=minutes_after_noon)).astimezone(UTC)
