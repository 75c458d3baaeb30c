"""What was shared before the day was kept counts as shared when it was last saved."""

from django.db import migrations
from django.db.models import F


def backfill(apps, schema_editor):
    Night = apps.get_model("journal", "Night")
    Reflection = apps.get_model("journal", "Reflection")
    Night.objects.filter(numbers_shared=True).update(numbers_shared_at=F("updated_at"))
    Night.objects.filter(words_shared=True).update(words_shared_at=F("updated_at"))
    Reflection.objects.filter(shared=True).update(shared_at=F("updated_at"))


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_shared_since")]

    operations = [migrations.RunPython(backfill, migrations.RunPython.noop)]
