"""manage.py seed_large: a made-up clinic of any size, to measure with."""

import time
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from education.articles.models import Article
from portal import demo
from portal.seed_large import CLINICIAN, PATIENT, Sizes, SizesDoNotFit, is_seeded, seed_large


class Command(BaseCommand):
    help = "Fill the database with a large made-up clinic; the same seed makes the same one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--patients", type=int, default=10_000)
        parser.add_argument("--nights", type=int, default=300_000)
        parser.add_argument("--assignments", type=int, default=100_000)
        parser.add_argument("--clinicians", type=int, help="The first of them has 2,000 patients.")
        parser.add_argument("--articles", type=int, help="Published besides what is there.")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--on", type=date.fromisoformat, help="The day of the clinic, YYYY-MM-DD; today."
        )
        parser.add_argument(
            "--yes-fill-this-portal-with-made-up-people",
            action="store_true",
            dest="sure",
            help="Needed where ALLOWED_HOSTS names a real host. Nobody can sign in as them there.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.REAL_HOST and not options["sure"]:
            raise CommandError(
                "This fills the database with made-up people, and ALLOWED_HOSTS names a real "
                f"host: {', '.join(settings.ALLOWED_HOSTS)}. If that is what you want, say "
                "--yes-fill-this-portal-with-made-up-people."
            )
        if is_seeded():
            raise CommandError(
                "A large clinic is here already, or was begun. Another needs an empty database."
            )
        try:
            sizes = Sizes.of(
                options["patients"], options["nights"], options["assignments"],
                options["clinicians"], options["articles"],
            )  # fmt: skip
        except SizesDoNotFit as error:
            raise CommandError(str(error)) from error
        started = time.monotonic()
        # The demo's articles and its known password are for localhost.
        if not settings.REAL_HOST and not Article.objects.published().exists():
            demo.load_demo(settings.BASE_DIR / "fixtures")
        made = seed_large(
            sizes,
            seed=options["seed"],
            on=options["on"] or timezone.now().date(),
            password=None if settings.REAL_HOST else demo.PASSWORD,
            say=lambda text: self._say(text, started),
        )
        for name, count in made.items():
            self.stdout.write(f"  {count:>12,} {name}")
        if not settings.REAL_HOST:
            self.stdout.write(f"Sign in as {CLINICIAN} or {PATIENT}: {demo.PASSWORD}")

    def _say(self, text: str, started: float) -> None:
        self.stdout.write(f"{time.monotonic() - started:7.1f} s  {text}")
        self.stdout.flush()
