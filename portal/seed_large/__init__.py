"""A clinic as large as one gets, made up: to measure with and to look around in.

The same seed on the same day makes the same clinic, on PostgreSQL and on SQLite.
"""

import random
from collections.abc import Callable
from datetime import date

from education.articles.models import Topic

from .content import TOPIC, library, write_articles
from .nights import write_nights
from .people import CLINICIAN, PATIENT, write_people
from .reading import write_reading
from .rows import Clock, Writer
from .sizes import Sizes, SizesDoNotFit

__all__ = ["CLINICIAN", "PATIENT", "Sizes", "SizesDoNotFit", "is_seeded", "seed_large"]


def is_seeded() -> bool:
    """Whether a large clinic, whole or begun, is there already; there is room for one."""
    return Topic.objects.filter(slug=TOPIC).exists()


def seed_large(
    sizes: Sizes,
    *,
    seed: int,
    on: date,
    password: str | None,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, int]:
    """Make the clinic as it is on this day; returns how many rows of each model were made."""

    def chance(part: str) -> random.Random:
        # Each part has its own, so that one size does not change what another one makes.
        return random.Random(f"{seed} {part}")  # noqa: S311

    clock, writer = Clock(on), Writer(say)
    write_articles(sizes.articles, chance("articles"), clock)
    say(f"articles: {sizes.articles}")
    patients = write_people(sizes, writer, clock, chance("people"), password)
    write_reading(sizes.assignments, patients, library(), writer, clock, chance("reading"))
    write_nights(sizes.nights, patients, writer, clock, chance("nights"))
    return writer.finish()
