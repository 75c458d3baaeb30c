"""A published consent text never changes: triggers that hold whatever way a change comes in.

The model refuses too; these hold for `update()`, raw SQL and a database shell. That nobody takes
away a text to which somebody agreed is held by the foreign key. Made anew after every migration,
because SQLite drops a table's triggers when Django rebuilds the table.
"""

from typing import Any

# The migration that made the table.
SINCE = "0008_consent_and_closing"
TEXT = "accounts_consenttext"
FIXED = "A published consent text never changes."


def install(connection: Any) -> None:
    """Make the triggers, in place of those that are there."""
    on = f" ON {TEXT}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for change in ("update", "insert"):
            cursor.execute(f"DROP TRIGGER IF EXISTS {TEXT}_fixed_{change}{on}")
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"
# REPLACE removes the row that is in the way without asking.
_IN_THE_WAY = (
    f"EXISTS (SELECT 1 FROM {TEXT} AS one WHERE published_at IS NOT NULL "  # noqa: S608
    "AND (id = NEW.id OR number = NEW.number){but})"
)
_SQLITE = [
    f"CREATE TRIGGER {TEXT}_fixed_update BEFORE UPDATE ON {TEXT} "
    f"WHEN OLD.published_at IS NOT NULL OR {_IN_THE_WAY.format(but=' AND one.id <> OLD.id')} "
    f"{_REFUSE}",
    f"CREATE TRIGGER {TEXT}_fixed_insert BEFORE INSERT ON {TEXT} "
    f"WHEN {_IN_THE_WAY.format(but='')} {_REFUSE}",
]
_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION {TEXT}_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{FIXED}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"CREATE TRIGGER {TEXT}_fixed_update BEFORE UPDATE ON {TEXT} FOR EACH ROW "
    f"WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION {TEXT}_fixed()",
]
