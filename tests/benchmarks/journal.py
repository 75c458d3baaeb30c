"""Ten years of nights against thirty: `python -m tests.benchmarks.journal`.

Patients in a database of its own: one with 30 nights and 16 reflections, one with 3,650 nights,
a third of them with a note, and 2,000 reflections. Each page of the journal is measured for both;
what shows 90 nights, for somebody with 90 and for the latter. What is asked of the whole journal
(export, a search that finds nothing) may grow with it, a page may not. It exits with an error
when a page asks more than MOST_QUERIES or takes SLOWER times as long with ten years.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import django

# As many reflections to a night, so that a page shows as much.
FEW, MORE, MANY = (30, 16), (90, 49), (3_650, 2_000)
MOST_QUERIES = 10
SLOWER = 1.5
ROUNDS = 15
WORDS = "A quiet night, the window open, and a dream of the sea. Awake once, then asleep again."


def patient_with(nights: int, reflections: int):
    """A patient with so many nights up to today, and a client signed in as them."""
    from django.conf import settings
    from django.test import Client

    from education.journal.models import Night, Reflection
    from tests.factories import PatientFactory

    patient, today = PatientFactory(), date.today()
    Night.objects.bulk_create(
        _night(patient, today - timedelta(days=back)) for back in range(nights)
    )
    Reflection.objects.bulk_create(
        Reflection(
            patient=patient,
            on=today - timedelta(days=back * nights // reflections),
            text=f"{WORDS} {back}",
        )
        for back in range(reflections)
    )
    client = Client()
    client.force_login(patient, backend=settings.AUTHENTICATION_BACKENDS[0])
    return patient, client


def _night(patient, day: date):
    from education.journal.models import Night

    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    number = day.toordinal()
    shared = number % 2 == 0
    return Night(
        patient=patient,
        diary_date=day,
        zone="UTC",
        into_bed_at=midnight - timedelta(minutes=60 + number % 45),
        tried_to_sleep_at=midnight - timedelta(minutes=40),
        minutes_to_fall_asleep=number % 30,
        awakenings=2,
        minutes_awake=number % 40,
        woke_at=midnight + timedelta(minutes=400 + number % 50),
        got_up_at=midnight + timedelta(minutes=460),
        quality=1 + number % 5,
        free_day=day.weekday() > 4,
        note="" if number % 3 else WORDS,
        numbers_shared=shared,
        words_shared=shared,
        numbers_shared_at=midnight if shared else None,
        words_shared_at=midnight if shared else None,
    )


def pages(patient, client) -> dict[str, Callable]:
    """What is measured: pages that show a part, by name."""
    from django.urls import reverse

    first = patient.nights.earliest("diary_date").diary_date

    def get(name: str, **query: object) -> Callable:
        return lambda: client.get(reverse(f"journal:{name}"), query)

    return {
        "journal": get("index"),
        "journal, a month": get("index", month=date.today().strftime("%Y-%m")),
        "journal, its oldest page": get("index", before=(first + timedelta(days=12)).isoformat()),
        "log a night": get("night_new", date=(date.today() + timedelta(days=-1)).isoformat()),
        "pictures, 14 nights": get("nights", last=14),
        "pictures, 28 nights": get("nights", last=28),
        "pictures, 90 nights": get("nights", last=90),
        "what the care team sees": get("sharing"),
        "report, 90 nights": get("report", last=90),
        "search, a word in all": lambda: client.post(
            reverse("journal:search"), {"words": "sea"}, follow=True
        ),
    }


def whole_journal(client) -> dict[str, Callable]:
    """What reads everything and may take as long as there is to read."""
    from django.urls import reverse

    return {
        "search, a word in none": lambda: client.post(
            reverse("journal:search"), {"words": "quicksilver"}, follow=True
        ),
        "export, JSON": lambda: _read(client.get(reverse("journal:export_json"))),
        "export, nights as CSV": lambda: _read(client.get(reverse("journal:export_nights"))),
    }


def _read(answer):
    if answer.streaming:
        assert b"".join(answer.streaming_content)
    return answer


def milliseconds(*asks: Callable) -> list[tuple[float, int]]:
    """For each: median time, and number of queries.

    They take turns, so that whatever else the machine does falls on all alike.
    """
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts: list[int] = []
    for ask in asks:
        ask()
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
        assert answer.status_code in (200, 302), answer.status_code
        counts.append(len(queries))
    times: list[list[float]] = [[] for _ in asks]
    for _ in range(ROUNDS):
        for ask, own in zip(asks, times, strict=True):
            started = time.perf_counter()
            ask()
            own.append((time.perf_counter() - started) * 1000)
    return list(zip(map(statistics.median, times), counts, strict=True))


def measure() -> bool:
    from django.db import connection

    print(connection.vendor)
    few, more, many = (patient_with(*size) for size in (FEW, MORE, MANY))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    fits = True
    of_few, of_more, of_many = pages(*few), pages(*more), pages(*many)
    for name, ask in of_many.items():
        (short, asked), (long, asks) = milliseconds(
            (of_more if "90" in name else of_few)[name], ask
        )
        wrong = max(asked, asks) > MOST_QUERIES or long > SLOWER * short
        fits = fits and not wrong
        print(
            f"{name:<28}{short:>8.1f} ms {asked:>3} queries{long:>10.1f} ms {asks:>3} queries"
            f"{long / short:>8.2f} times" + ("  TOO MUCH" if wrong else ""),
            flush=True,
        )
    for name, ask in whole_journal(many[1]).items():
        [(took, count)] = milliseconds(ask)
        print(f"{name:<28}{'':>23}{took:>10.1f} ms {count:>3} queries", flush=True)
    return fits


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()
    from django.db import connection
    from django.test.utils import setup_test_environment

    setup_test_environment(debug=False)
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{name}.benchmark"
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    try:
        return 0 if measure() else 1
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
