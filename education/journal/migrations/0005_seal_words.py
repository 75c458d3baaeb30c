"""Seals the words that were stored before sealing began; back again, they are plain."""

from typing import Any

from django.db import migrations
from django.db.models import TextField
from django.db.models.expressions import Value
from django.db.models.functions import Cast

from accounts.sealed import Unreadable, seal, unseal

BATCH = 500


def seal_words(apps: Any, schema_editor: Any) -> None:
    # Whatever a key opens already is left alone, so that running this twice harms nothing.
    _rewrite(apps, lambda stored: seal(stored) if isinstance(unseal(stored), Unreadable) else None)


def unseal_words(apps: Any, schema_editor: Any) -> None:
    def plain(stored: str) -> str | None:
        words = unseal(stored)
        return None if isinstance(words, Unreadable) else words

    _rewrite(apps, plain)


def _rewrite(apps: Any, change: Any) -> None:
    for model_name, field in (("Night", "note"), ("Reflection", "text")):
        model = apps.get_model("journal", model_name)
        last = 0
        while True:
            rows = list(
                model.objects.filter(pk__gt=last)
                .exclude(**{field: ""})
                .order_by("pk")
                .annotate(stored=Cast(field, TextField()))
                .values_list("pk", "stored")[:BATCH]
            )
            for pk, stored in rows:
                if (changed := change(stored)) is not None:
                    model.objects.filter(pk=pk).update(**{field: Value(changed, TextField())})
            if len(rows) < BATCH:
                break
            last = rows[-1][0]


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_optional_answers_drafts_sealed_words")]

    operations = [migrations.RunPython(seal_words, unseal_words)]
