"""Seals the questions that were stored in clear, and keeps for the visit what was asked for it.

Until now care teams saw every question, and the pages said so: those stay as they are. Only new
ones begin private.
"""

from typing import Any

from django.db import migrations
from django.db.models import F, TextField
from django.db.models.expressions import Value
from django.db.models.functions import Cast

from accounts.sealed import Unreadable, seal, unseal

BATCH = 500


def forwards(apps: Any, schema_editor: Any) -> None:
    # Whatever a key opens already is left alone, so that running this twice harms nothing.
    _rewrite(apps, lambda stored: seal(stored) if isinstance(unseal(stored), Unreadable) else None)
    questions = apps.get_model("care", "Question").objects
    questions.filter(for_visit_since__isnull=True).update(for_visit_since=F("asked_at"))


def backwards(apps: Any, schema_editor: Any) -> None:
    def plain(stored: str) -> str | None:
        words = unseal(stored)
        return None if isinstance(words, Unreadable) else words

    _rewrite(apps, plain)


def _rewrite(apps: Any, change: Any) -> None:
    questions = apps.get_model("care", "Question").objects
    last = 0
    while True:
        rows = list(
            questions.filter(pk__gt=last)
            .order_by("pk")
            .annotate(stored=Cast("text", TextField()))
            .values_list("pk", "stored")[:BATCH]
        )
        for pk, stored in rows:
            if (changed := change(stored)) is not None:
                questions.filter(pk=pk).update(text=Value(changed, TextField()))
        if len(rows) < BATCH:
            return
        last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("care", "0002_visits_and_teach_back")]

    operations = [migrations.RunPython(forwards, backwards)]
