"""Number and chain the events of each patient, in the order in which they were written."""

from django.db import migrations

from accounts.models.access import FIRST, link


def chain(apps, schema_editor):
    using = schema_editor.connection.alias
    events = apps.get_model("accounts", "AccessEvent").objects.using(using)
    chains = apps.get_model("accounts", "AccessChain").objects.using(using)
    patients = events.order_by().values_list("patient_id", flat=True).distinct()
    for patient in list(patients):
        number, previous, changed = 0, FIRST, []
        for event in (
            events.filter(patient=patient).select_related("patient", "actor").order_by("pk")
        ):
            number += 1
            event.number, event.previous_hash = number, previous
            event.hash = previous = link(
                previous,
                patient=event.patient.public_id,
                number=number,
                actor=event.actor.public_id,
                action=event.action,
                what=event.what,
                thing=event.thing,
                at=event.at,
            )
            changed.append(event)
        events.bulk_update(changed, ["number", "previous_hash", "hash"], batch_size=500)
        chains.update_or_create(
            patient_id=patient, defaults={"length": number, "last_hash": previous}
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_record_of_access_chain")]

    operations = [migrations.RunPython(chain, migrations.RunPython.noop, elidable=True)]
