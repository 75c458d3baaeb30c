"""Triggers that refuse any change of what has been published."""

from django.db import migrations

from education.articles import immutability


def install(apps, schema_editor):
    immutability.install(schema_editor.connection)


def uninstall(apps, schema_editor):
    immutability.uninstall(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("articles", "0003_review_steps_history_widths")]

    operations = [migrations.RunPython(install, uninstall)]
