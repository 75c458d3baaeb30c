"""Assignments made before they had facts of their own take them from what was read since."""

from django.db import migrations
from django.db.models import Min, OuterRef, Q, Subquery


def backfill(apps, schema_editor):
    Assignment = apps.get_model("reading", "Assignment")
    AssignmentChange = apps.get_model("reading", "AssignmentChange")
    Reading = apps.get_model("reading", "Reading")
    for fact in ("opened_at", "finished_at"):
        since = (
            Reading.objects.filter(
                patient=OuterRef("patient"), edition__article=OuterRef("article")
            )
            .filter(Q(**{f"{fact}__gte": OuterRef("assigned_at")}))
            .order_by()
            .values("patient")
            .annotate(first=Min(fact))
            .values("first")
        )
        Assignment.objects.update(**{fact: Subquery(since)})
    AssignmentChange.objects.bulk_create(
        AssignmentChange(assignment_id=pk, action="withdrawn", at=at, by_id=by)
        for pk, at, by in Assignment.objects.filter(withdrawn_at__isnull=False).values_list(
            "pk", "withdrawn_at", "withdrawn_by"
        )
    )


class Migration(migrations.Migration):
    dependencies = [("reading", "0002_programmes_evidence_notices")]

    operations = [migrations.RunPython(backfill, migrations.RunPython.noop)]
