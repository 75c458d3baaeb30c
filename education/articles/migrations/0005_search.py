"""The search: the words of published editions, and the index over them."""

import django.db.models.deletion
from django.db import migrations, models

from education.articles.search import database


def install(apps, schema_editor):
    database.install(schema_editor.connection)


def uninstall(apps, schema_editor):
    database.uninstall(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0004_published_editions_are_fixed"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchText",
            fields=[
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_text",
                        serialize=False,
                        to="articles.edition",
                    ),
                ),
                ("title", models.TextField()),
                ("summary", models.TextField()),
                ("headings", models.TextField()),
                ("body", models.TextField()),
                ("parts", models.JSONField(default=list)),
                ("words_version", models.PositiveSmallIntegerField()),
                ("article_updated_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "search text",
                "verbose_name_plural": "search texts",
            },
        ),
        migrations.RunPython(install, uninstall),
    ]
