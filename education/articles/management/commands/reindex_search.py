"""Makes the index of the library's search anew; running it twice changes nothing.

The search adds by itself what has been published or changed. This is for after restoring a backup,
or to have a large library ready before the first reader comes.
"""

from typing import Any

from django.core.management.base import BaseCommand

from education.articles.search.index import reindex


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Search: {reindex()} published editions indexed.")
