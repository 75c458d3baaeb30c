import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PARTS = ("sectionreached", "assignmentchange", "notice")


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("reading", "0003_facts_of_assignments"),
    ]

    operations = [
        migrations.AddField(
            part,
            "patient",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        )
        for part in PARTS
    ]
