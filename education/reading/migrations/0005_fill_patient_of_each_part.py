"""Each part of what belongs to a patient names the patient itself, as its whole does."""

from django.db import migrations
from django.db.models import OuterRef, Subquery

WHOLE = {
    "SectionReached": ("Reading", "reading_id"),
    "AssignmentChange": ("Assignment", "assignment_id"),
    "Notice": ("Assignment", "assignment_id"),
}


def fill(apps, schema_editor):
    using = schema_editor.connection.alias
    for part, (whole, key) in WHOLE.items():
        wholes = apps.get_model("reading", whole).objects.using(using).filter(pk=OuterRef(key))
        parts = apps.get_model("reading", part).objects.using(using)
        parts.update(patient_id=Subquery(wholes.values("patient_id")))


class Migration(migrations.Migration):
    dependencies = [("reading", "0004_patient_of_each_part")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
