from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_chain_what_was_recorded")]

    operations = [
        migrations.AlterField("accessevent", "number", models.PositiveIntegerField()),
        migrations.AlterField("accessevent", "previous_hash", models.CharField(max_length=64)),
        migrations.AlterField("accessevent", "hash", models.CharField(max_length=64)),
        migrations.AlterField(
            model_name="accessevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("listed", "saw in a list"),
                    ("assigned", "assigned"),
                    ("changed", "changed"),
                    ("withdrew", "withdrew"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="accessevent",
            name="what",
            field=models.CharField(
                choices=[
                    ("person", "your name and address"),
                    ("patient page", "your page: reading, questions and what you share"),
                    ("assignment", "something to read"),
                    ("care team", "who is in your care team"),
                    ("question", "your question"),
                    ("nights", "nights that you share"),
                    ("reflection", "a reflection that you share"),
                    ("reading", "your reading"),
                    ("invitation", "your invitation"),
                ],
                max_length=40,
            ),
        ),
        migrations.AddConstraint(
            "accessevent",
            models.UniqueConstraint(fields=("patient", "number"), name="accounts_access_in_a_row"),
        ),
        migrations.AlterModelOptions(
            "accessevent",
            options={
                "ordering": ["patient", "-number"],
                "verbose_name": "access event",
                "verbose_name_plural": "record of access",
            },
        ),
        migrations.RemoveIndex("accessevent", "accounts_access_patient_at"),
        migrations.AddIndex(
            "accessevent",
            models.Index(
                fields=["patient", "action", "what", "thing", "actor", "-at"],
                name="accounts_access_thing",
            ),
        ),
        migrations.AddIndex(
            "accessevent",
            models.Index(
                condition=models.Q(("action", "listed")),
                fields=["actor", "patient", "-at"],
                name="accounts_access_listed",
            ),
        ),
    ]
