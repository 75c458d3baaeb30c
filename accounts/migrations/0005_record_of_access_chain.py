import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_words_for_a_hard_moment")]

    operations = [
        migrations.CreateModel(
            name="AccessChain",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="access_chain",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("length", models.PositiveIntegerField(default=0)),
                ("last_hash", models.CharField(default="0" * 64, max_length=64)),
            ],
            options={
                "verbose_name": "end of a record of access",
                "verbose_name_plural": "ends of records of access",
            },
        ),
        migrations.AddField(
            "accessevent", "thing", models.CharField(blank=True, default="", max_length=64)
        ),
        migrations.AddField("accessevent", "number", models.PositiveIntegerField(null=True)),
        migrations.AddField(
            "accessevent", "previous_hash", models.CharField(max_length=64, null=True)
        ),
        migrations.AddField("accessevent", "hash", models.CharField(max_length=64, null=True)),
        migrations.AlterField(
            "accessevent",
            "patient",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="access_events",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
