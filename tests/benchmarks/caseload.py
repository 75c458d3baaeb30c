"""How fast the portal is in a large clinic: `python -m tests.benchmarks.caseload`.

100,000 patients, 3,000,000 nights and 1,000,000 assignments, of one clinician 2,000 patients; made
by seed_large in a database of its own (the test database of DATABASE_URL) unless the database
of DATABASE_URL has been seeded already. Every page is compared with a bare Django page in the
same run: times of a machine mean little, ratios mean more. It exits with an error when a page
takes more than MOST_TIMES_BARE as long as that, or the bulk of 2,000 longer than BULK_LIMIT_S.
"""

import argparse
import os
import re
import statistics
import sys
import time
import uuid
from collections.abc import Callable

import django

MOST_TIMES_BARE = 50
BULK_LIMIT_S = 20
ROUNDS = 15


class Bench:
    """Measures requests, and remembers whether all were quick enough."""

    def __init__(self) -> None:
        self.bare = 0.0
        self.fits = True

    def page(self, name: str, ask: Callable) -> None:
        """The median of some requests, as milliseconds, queries and share of the bare page."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        ask()  # What is made once and kept is not what is measured.
        with CaptureQueriesContext(connection) as queries:
            answer = ask()
        # Counted at once: the next request begins a list of its own.
        count = len(queries)
        assert answer.status_code == 200, (name, answer.status_code)
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            ask()
            times.append((time.perf_counter() - started) * 1000)
        median = statistics.median(times)
        if not self.bare:
            self.bare = median
        slow = median > MOST_TIMES_BARE * self.bare
        self.fits = self.fits and not slow
        print(
            f"{name:<38}{median:>8.1f} ms  slowest {max(times):>7.1f}  {count:>3} queries"
            f"  {len(answer.content) / 1024:>5.0f} KB  {self.bare / median:>5.0%} of bare"
            + ("  TOO SLOW" if slow else ""),
            flush=True,
        )

    def once(self, name: str, act: Callable) -> object:
        """Something that is done once, as seconds."""
        started = time.perf_counter()
        result = act()
        took = time.perf_counter() - started
        slow = took > BULK_LIMIT_S
        self.fits = self.fits and not slow
        print(f"{name:<38}{took:>8.2f} s" + ("  TOO SLOW" if slow else ""), flush=True)
        return result


def signed_in(email: str):
    """A client of this person, and the person."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User

    user, client = User.objects.get(email=email), Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client, user


def measure_bare(bench: Bench, client) -> None:
    from django.test import override_settings

    from tests.benchmarks import bare

    with override_settings(ROOT_URLCONF=bare.__name__, MIDDLEWARE=bare.MIDDLEWARE):
        # A client keeps its middleware from its first request on.
        client.handler.load_middleware()
        bench.page("a bare Django page", lambda: client.get("/"))
    client.handler.load_middleware()


def measure_clinician(bench: Bench, client, clinician) -> None:
    from django.urls import reverse

    from accounts.models import User
    from accounts.sealed import seal
    from education.care.caseload import ATTENTION, Reason

    url = reverse("care:caseload")
    bench.page("caseload, first page", lambda: client.get(url))
    page, steps = url, 0
    while after := re.search(r'href="([^"]*[?&;]after=[^"]+)"', client.get(page).content.decode()):
        page, steps = after[1].replace("&amp;", "&"), steps + 1
    bench.page(f"caseload, last page ({steps + 1})", lambda: client.get(page))
    for show in (ATTENTION, *Reason.values):
        bench.page(f"caseload, only: {show}", lambda show=show: client.get(url, {"show": show}))
    patient = User.objects.patients_of(clinician).order_by("pk")[7]
    for name, query in (
        ("a name", patient.name),
        ("an address", patient.email),
        ("what many have", "a"),
        ("nobody", "qqqq"),
    ):
        found = {"found": seal(query)}
        bench.page(f"caseload, search: {name}", lambda found=found: client.get(url, found))
    of_patient = reverse("care:patient", args=[patient.public_id])
    bench.page("one patient", lambda: client.get(of_patient))
    to_assign = reverse("care:assign", args=[patient.public_id])
    bench.page("one patient, something to assign", lambda: client.get(to_assign))
    bench.page("library, clinician", lambda: client.get(reverse("reading:library")))


def measure_visits(bench: Bench, client, clinician) -> None:
    """The clinician's list, and the page of a visit that its patient has approved."""
    from django.urls import reverse
    from django.utils import timezone

    from accounts.models import User
    from education.care import visits
    from education.care.models import Visit
    from education.care.sheet import Sheet

    bench.page("visits of two weeks", lambda: client.get(reverse("care:visits")))
    patient = User.objects.patients_of(clinician).order_by("pk")[7]
    today = timezone.localdate(timezone=patient.zone)
    visits.note(patient, clinician, today, None, clinician)
    visit = visits.prepare(
        patient, offered=[], questions=patient.questions.all()[:6], offered_reflections=[],
        reflections=patient.reflections.all()[:3], share_until=today,
    ).visit  # fmt: skip
    seen = Sheet.for_patient(visit, today, as_it_is_now=True).things.fingerprint
    assert visits.approve(visit, today, seen)
    assert Visit.objects.open().filter(patient=patient).count() == 1
    bench.page("one visit", lambda: client.get(visit.get_absolute_url()))


def measure_bulk(bench: Bench, client, clinician) -> None:
    """All of the 2,000 get an article: the look at what each gets, the assigning, the undoing."""
    from django.urls import reverse

    from education.reading.models import Assignment
    from tests.factories import EditorFactory, PublishedEditionFactory, ReviewerFactory

    # A database that was seeded before may have been measured before.
    mark = uuid.uuid4().hex
    edition = PublishedEditionFactory(
        article__title="Given to everybody",
        article__slug=f"given-{mark}",
        author=EditorFactory(email=f"author-{mark}@example.org"),
        reviewer=ReviewerFactory(email=f"reviewer-{mark}@example.org"),
    )
    url = reverse("care:bulk")
    said = {"everybody": "1", "article": edition.article.slug, "level": "last", "note": ""}
    page = bench.once(
        "bulk: what everybody gets", lambda: client.post(url, said | _step("confirm"))
    )
    seen = re.search(r'name="seen" value="([^"]+)"', page.content.decode())
    if seen is None:
        print(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))[:2000])
        raise SystemExit("The page of the last look has no fingerprint.")
    done = said | _step("assign") | {"seen": seen[1]}
    answer = bench.once("bulk: assigning", lambda: client.post(url, done))
    assert answer.status_code == 302, answer.status_code
    given = Assignment.objects.open().filter(article=edition.article)
    print(f"bulk: {given.count()} of {clinician.care_given.open().count()} patients have it")
    batch = given.values_list("batch", flat=True)[0]
    undo = reverse("care:undo_assign", args=[batch])
    bench.once("bulk: undoing", lambda: client.post(undo))
    assert not given.exists()


def _step(name: str) -> dict[str, str]:
    return {"step": name}


def measure_patient(bench: Bench, client, patient) -> None:
    from django.urls import reverse

    from education.reading.models import Assignment

    given = Assignment.objects.open().filter(patient=patient).select_related("article").first()
    bench.page("patient: today", lambda: client.get(reverse("care:today")))
    bench.page("patient: visit", lambda: client.get(reverse("care:visit")))
    bench.page("patient: library", lambda: client.get(reverse("reading:library")))
    bench.page(
        "patient: library, search", lambda: client.get(reverse("reading:library"), {"q": "sleep"})
    )
    bench.page("patient: journal", lambda: client.get(reverse("journal:index")))
    if given:
        bench.page("patient: reader", lambda: client.get(given.get_reading_url()))


def measure() -> bool:
    from django.db import connection

    from portal.seed_large import CLINICIAN, PATIENT

    print(connection.vendor)
    bench = Bench()
    client, clinician = signed_in(CLINICIAN)
    measure_bare(bench, client)
    measure_clinician(bench, client, clinician)
    measure_visits(bench, client, clinician)
    measure_bulk(bench, client, clinician)
    measure_patient(bench, *signed_in(PATIENT))
    return bench.fits


def seed(options: argparse.Namespace) -> None:
    from datetime import date

    from django.conf import settings
    from django.db import connection

    from portal import demo
    from portal.seed_large import Sizes, seed_large

    demo.load_demo(settings.BASE_DIR / "fixtures")
    started = time.perf_counter()
    made = seed_large(
        Sizes.of(options.patients, options.nights, options.assignments),
        seed=1,
        on=date.today(),
        password=None,
        say=lambda text: print(f"{time.perf_counter() - started:7.1f} s  {text}", flush=True),
    )
    print(f"{sum(made.values()):,} rows in {connection.vendor}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--nights", type=int, default=3_000_000)
    parser.add_argument("--assignments", type=int, default=1_000_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    os.environ.setdefault("DEBUG", "1")
    django.setup()
    from django.db import DatabaseError, connection
    from django.test.utils import setup_test_environment

    from portal.seed_large import is_seeded

    setup_test_environment(debug=False)
    try:
        there = is_seeded()
    except DatabaseError:
        there = False
    if there:
        return 0 if measure() else 1
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        # In a file, as in a clinic; the default for tests is memory.
        connection.settings_dict["TEST"]["NAME"] = f"{name}.benchmark"
    connection.creation.create_test_db(verbosity=0, serialize=False, autoclobber=True)
    try:
        seed(options)
        return 0 if measure() else 1
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
