import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PARTS = ("sectionreached", "assignmentchange", "notice")


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("reading", "0005_fill_patient_of_each_part"),
    ]

    operations = [
        migrations.AlterField(
            part,
            "patient",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        )
        for part in PARTS
    ]
