"""While a new release takes over, the old code runs on the new schema for a while.

Expand first, contract a release later: a new column may be empty or fills itself; a column or
table goes, or gets another name, only when no code that runs knows it any more.
"""

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.fields import NOT_PROVIDED

# The first release, which is still to come. What came before needs no old code to live with it.
BASELINE = {
    "accounts": 10,
    "glossary": 2,
    "articles": 5,
    "reading": 6,
    "journal": 5,
    "care": 3,
}
# "app.name" of a migration: why the release before can live with it. Written by whoever looked:
# "the release before no longer reads it" is a reason, "it is small" is none.
LIVED_WITH: dict[str, str] = {}

TAKES_AWAY = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def trouble(operation, state, app):
    """Why code that does not know of this operation would fail after it; empty if it would not."""
    if isinstance(operation, TAKES_AWAY):
        return f"{type(operation).__name__} takes away what the old code uses"
    if isinstance(operation, migrations.AddField | migrations.AlterField):
        field = operation.field
        empty = field.null or field.db_default is not NOT_PROVIDED or field.many_to_many
        if empty:
            return ""
        if isinstance(operation, migrations.AddField):
            return f"{operation.name} may neither be empty nor fills itself (db_default)"
        before = state.models[app, operation.model_name_lower].fields[operation.name]
        if before.null:
            return f"{operation.name} may no longer be empty, and the old code leaves it so"
        shorter = (before.max_length or 0) > (field.max_length or before.max_length or 0)
        if shorter or type(before).get_internal_type(before) != field.get_internal_type():
            return f"{operation.name} takes less, or something else, than the old code puts in"
    if isinstance(operation, migrations.AddConstraint | migrations.AlterUniqueTogether):
        return "a new constraint refuses what the old code still writes"
    if isinstance(operation, migrations.SeparateDatabaseAndState | migrations.RunSQL):
        return "say what it does"
    return ""


@pytest.mark.once
def test_the_release_before_can_run_on_the_schema_of_this_one():
    loader = MigrationLoader(None)
    found = {}
    for (app, name), migration in loader.disk_migrations.items():
        if app not in BASELINE or int(name[:4]) <= BASELINE[app]:
            continue
        state = loader.project_state((app, name), at_end=False)
        made = set()
        for operation in migration.operations:
            # What this very migration makes, no old code knows.
            if isinstance(operation, migrations.CreateModel):
                made.add(operation.name_lower)
            elif getattr(operation, "model_name_lower", "") not in made:
                why = trouble(operation, state, app)
                if why and f"{app}.{name}" not in LIVED_WITH:
                    found.setdefault(f"{app}.{name}", []).append(why)
            operation.state_forwards(app, state)
    assert not found
    assert set(BASELINE) == {
        one.label
        for one in apps.get_app_configs()
        if ("education" in one.name or one.label == "accounts")
    }


@pytest.mark.once
def test_it_knows_what_old_code_can_not_live_with():
    loader = MigrationLoader(None)
    state = loader.project_state(("accounts", "0009_devices_and_letters"))
    text = models.CharField(max_length=20)
    for operation, ok in [
        (migrations.AddField("user", "nickname", models.CharField(max_length=9)), False),
        (
            migrations.AddField("user", "nickname", models.CharField(max_length=9, default="")),
            False,
        ),
        (migrations.AddField("user", "nickname", models.CharField(null=True)), True),
        (migrations.AddField("user", "nickname", models.CharField(db_default="")), True),
        (migrations.AlterField("user", "name", text), False),
        (migrations.AlterField("user", "name", models.IntegerField()), False),
        (migrations.AlterField("user", "name", models.CharField(max_length=500)), True),
        (migrations.RemoveField("user", "name"), False),
        (migrations.RenameField("user", "name", "called"), False),
        (migrations.DeleteModel("Device"), False),
        (migrations.AddIndex("user", models.Index(fields=["name"], name="x")), True),
    ]:
        assert (trouble(operation, state, "accounts") == "") is ok, operation
