"""What splitting the table of nights would bring: `python -m tests.benchmarks.partitions`.

The same nights in one table, in one partition a month, and in partitions by patient; on
PostgreSQL only, in a database of its own:

    .venv/bin/python -m tools.postgres .venv/bin/python -m tests.benchmarks.partitions

Nothing in the portal depends on it: the tables keep their name and columns, and the unique key
(patient, diary_date) holds in all three. docs/scaling.md says when to do it.
"""

import argparse
import os
import statistics
import sys
import time
from datetime import date, timedelta

import django

ROUNDS = 60
LAYOUTS = {
    "one table": "",
    "by month": "PARTITION BY RANGE (diary_date)",
    "by patient": "PARTITION BY HASH (patient_id)",
}
PARTS = 16


def table(layout: str) -> str:
    return "nights_" + layout.replace(" ", "_")


def make(cursor, layout: str, first: date, last: date) -> None:
    """The table with the portal's own columns and checks, and a key that each layout allows."""
    name = table(layout)
    cursor.execute(
        f"CREATE TABLE {name} (LIKE journal_night INCLUDING DEFAULTS INCLUDING CONSTRAINTS) "
        f"{LAYOUTS[layout]}"
    )
    if layout == "by month":
        month = first.replace(day=1)
        while month <= last:
            after = (month + timedelta(days=32)).replace(day=1)
            cursor.execute(
                f"CREATE TABLE {name}_{month:%Y_%m} PARTITION OF {name} "
                f"FOR VALUES FROM ('{month}') TO ('{after}')"
            )
            month = after
    if layout == "by patient":
        for part in range(PARTS):
            cursor.execute(
                f"CREATE TABLE {name}_{part} PARTITION OF {name} "
                f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            )


def fill(cursor, layout: str, patients: int, first: date, last: date) -> float:
    """Seconds that it took to load and index everything."""
    name = table(layout)
    started = time.perf_counter()
    cursor.execute(
        f"""
        INSERT INTO {name} (id, patient_id, diary_date, zone, tried_to_sleep_at, woke_at, quality,
            medicine, note, numbers_shared, words_shared, created_at, updated_at)
        SELECT row_number() OVER (), patient, day::date, 'Europe/London',
            day - interval '90 minutes', day + interval '7 hours', 1 + patient %% 5,
            '', '', false, false, now(), now()
        FROM generate_series(%s::timestamptz, %s, interval '1 day') AS day,
            generate_series(1, %s) AS patient
        """,
        [first, last, patients],
    )
    cursor.execute(f"CREATE UNIQUE INDEX ON {name} (patient_id, diary_date)")
    cursor.execute(f"ANALYZE {name}")
    return time.perf_counter() - started


def median_ms(cursor, sql: str, parameters) -> float:
    times = []
    for number in range(ROUNDS):
        started = time.perf_counter()
        cursor.execute(sql, parameters(number))
        if cursor.description:
            cursor.fetchall()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def measure(cursor, layout: str, patients: int, first: date, last: date) -> dict[str, float]:
    name, step = table(layout), 7919
    tomorrow = last + timedelta(days=1)
    if layout == "by month" and tomorrow.day == 1:
        tomorrow = last
    found = {
        "a patient's last 14 nights": median_ms(
            cursor,
            f"SELECT * FROM {name} WHERE patient_id = %s AND diary_date > %s ORDER BY diary_date",
            lambda n: [1 + n * step % patients, last - timedelta(days=14)],
        ),
        "all nights of a patient": median_ms(
            cursor,
            f"SELECT * FROM {name} WHERE patient_id = %s ORDER BY diary_date DESC",
            lambda n: [1 + n * step % patients],
        ),
        "newest 20 before a date": median_ms(
            cursor,
            f"SELECT * FROM {name} WHERE patient_id = %s AND diary_date < %s "
            "ORDER BY diary_date DESC LIMIT 20",
            lambda n: [1 + n * step % patients, first + timedelta(days=40)],
        ),
        "last 7 nights of 25 patients": median_ms(
            cursor,
            f"SELECT patient_id, count(*) FROM {name} WHERE patient_id = ANY(%s) "
            "AND diary_date > %s GROUP BY patient_id",
            lambda n: [
                [1 + (n + k) * step % patients for k in range(25)],
                last - timedelta(days=7),
            ],
        ),
        "a night is written": median_ms(
            cursor,
            f"INSERT INTO {name} (id, patient_id, diary_date, zone, medicine, note, "
            "numbers_shared, words_shared, created_at, updated_at, quality) "
            "VALUES (%s, %s, %s, 'UTC', '', '', false, false, now(), now(), 3)",
            lambda n: [-n, patients + 1 + n, last],
        ),
        "a patient's nights are erased": median_ms(
            cursor,
            f"DELETE FROM {name} WHERE patient_id = %s",
            lambda n: [1 + (n * step + 13) % patients],
        ),
    }
    started = time.perf_counter()
    if layout == "by month":
        cursor.execute(f"DROP TABLE {name}_{first.replace(day=1):%Y_%m}")
    else:
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        cursor.execute(f"DELETE FROM {name} WHERE diary_date < %s", [after])
    found["the oldest month goes"] = (time.perf_counter() - started) * 1000
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=3_000)
    parser.add_argument("--days", type=int, default=1_000)
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()
    from django.db import connection

    if connection.vendor != "postgresql":
        print(__doc__)
        return 1
    last = date(2026, 11, 20)
    first = last - timedelta(days=asked.days - 1)
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        found, loading = {}, {}
        for layout in LAYOUTS:
            make(cursor, layout, first, last)
            loading[layout] = fill(cursor, layout, asked.patients, first, last)
            found[layout] = measure(cursor, layout, asked.patients, first, last)
    print(f"{asked.patients * asked.days:,} nights of {asked.patients:,} patients, median ms")
    print(f"{'':<32}" + "".join(f"{layout:>14}" for layout in LAYOUTS))
    for what in found["one table"]:
        print(f"{what:<32}" + "".join(f"{found[one][what]:>14.2f}" for one in LAYOUTS))
    print(f"{'loading, seconds':<32}" + "".join(f"{loading[one]:>14.1f}" for one in LAYOUTS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
