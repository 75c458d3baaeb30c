import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import accounts.sealed


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_consent_and_closing"),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.CharField(max_length=64)),
                ("first_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "device",
                "verbose_name_plural": "devices",
                "ordering": ["-last_seen_at", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="mail",
            name="accounts_mail_one_under_way",
        ),
        migrations.RemoveConstraint(
            model_name="mail",
            name="accounts_mail_kind_known",
        ),
        migrations.AddField(
            model_name="mail",
            name="letter",
            field=accounts.sealed.SealedTextField(
                blank=True, db_default="", default="", editable=False
            ),
        ),
        migrations.AlterField(
            model_name="mail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("invitation", "invitation"),
                    ("reading", "something to read"),
                    ("account", "about the account"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("dropped_at__isnull", True),
                    ("failed_at__isnull", True),
                    ("sent_at__isnull", True),
                    models.Q(("kind", "account"), _negated=True),
                ),
                fields=("recipient", "kind"),
                name="accounts_mail_one_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["invitation", "reading", "account"])),
                name="accounts_mail_kind_known",
            ),
        ),
        migrations.AddField(
            model_name="device",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="devices",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(fields=["last_seen_at"], name="accounts_device_last_seen"),
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(
                fields=("person", "token_hash"), name="accounts_device_once_a_person"
            ),
        ),
    ]
