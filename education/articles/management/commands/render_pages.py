"""manage.py render_pages: the pages of published editions that the glossary has outdated."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import ngettext

from education.articles.pages import render_stale


class Command(BaseCommand):
    help = (
        "Render all published editions whose page is missing or older than the glossary. "
        "Without it each is rendered when it is next read; run it after a large import."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = render_stale()
        self.stdout.write(
            ngettext("%(count)d page rendered.", "%(count)d pages rendered.", count)
            % {"count": count}
        )
