"""What the record of access says stays: triggers that hold whatever way a change comes in.

They are made anew after every migration, because SQLite drops a table's triggers when Django
rebuilds the table.

- An event never changes. It goes only with the record of somebody whose account was closed, when
  the time for which that record is kept has passed.
- The end of a patient's chain only moves on, and goes as the events do.
- That an account was closed stays, and the time for which its record is kept is never made
  shorter, nor begun in the past: or whoever can write a row could let any record go.
- PostgreSQL can empty a whole table at once; not these.

Whoever owns the database can remove a trigger. The chain shows what they did after that
(`manage.py verify_access_log`).
"""

from typing import Any

# The migration that they need: it numbers the events.
SINCE = "0008_consent_and_closing"
EVENT = "accounts_accessevent"
CHAIN = "accounts_accesschain"
CLOSING = "accounts_accountclosing"
KEPT = "The record of access never changes."
_CHANGES = ("insert", "update", "delete", "truncate")
_NAMES = [(table, f"{table}_kept_{change}") for table in (EVENT, CHAIN, CLOSING)
          for change in _CHANGES]  # fmt: skip


def install(connection: Any) -> None:
    """Make the triggers, in place of those that are there."""
    uninstall(connection)
    with connection.cursor() as cursor:
        for statement in _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE:
            cursor.execute(statement)


def uninstall(connection: Any) -> None:
    """Remove the triggers: for a migration that has to, and for emptying a test database."""
    with connection.cursor() as cursor:
        for table, name in _NAMES:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _may_go(today: str) -> str:
    """Whether this patient's record has been kept long enough; `today` is the date in UTC."""
    return (
        f"EXISTS (SELECT 1 FROM {CLOSING} "  # noqa: S608
        f"WHERE patient_id = OLD.patient_id AND record_kept_until < {today})"
    )


# --- SQLite ---------------------------------------------------------------------------------

_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
_GOES = _may_go("date('now')")
_SQLITE = [
    f"CREATE TRIGGER {EVENT}_kept_update BEFORE UPDATE ON {EVENT} {_REFUSE}",
    # REPLACE removes a row without asking the triggers on deletion.
    f"CREATE TRIGGER {EVENT}_kept_insert BEFORE INSERT ON {EVENT} "
    f"WHEN EXISTS (SELECT 1 FROM {EVENT} WHERE id = NEW.id "
    f"OR (patient_id = NEW.patient_id AND number = NEW.number)) {_REFUSE}",
    f"CREATE TRIGGER {EVENT}_kept_delete BEFORE DELETE ON {EVENT} WHEN NOT {_GOES} {_REFUSE}",
    f"CREATE TRIGGER {CHAIN}_kept_delete BEFORE DELETE ON {CHAIN} WHEN NOT {_GOES} {_REFUSE}",
    f"CREATE TRIGGER {CHAIN}_kept_update BEFORE UPDATE ON {CHAIN} "
    "WHEN NEW.patient_id <> OLD.patient_id OR NEW.length < OLD.length "
    f"OR (NEW.length = OLD.length AND NEW.last_hash <> OLD.last_hash) {_REFUSE}",
    # An end that is there is left as it is: by INSERT OR IGNORE, which is how a chain begins,
    # and by REPLACE.
    f"CREATE TRIGGER {CHAIN}_kept_insert BEFORE INSERT ON {CHAIN} "
    f"WHEN EXISTS (SELECT 1 FROM {CHAIN} WHERE patient_id = NEW.patient_id "
    "AND length >= NEW.length) BEGIN SELECT RAISE(IGNORE); END",
    f"CREATE TRIGGER {CLOSING}_kept_insert BEFORE INSERT ON {CLOSING} "
    f"WHEN NEW.record_kept_until < date('now') OR EXISTS (SELECT 1 FROM {CLOSING} "
    f"WHERE id = NEW.id OR patient_id = NEW.patient_id) {_REFUSE}",
    f"CREATE TRIGGER {CLOSING}_kept_update BEFORE UPDATE ON {CLOSING} "
    "WHEN NEW.patient_id <> OLD.patient_id OR NEW.record_kept_until < OLD.record_kept_until "
    f"{_REFUSE}",
    f"CREATE TRIGGER {CLOSING}_kept_delete BEFORE DELETE ON {CLOSING} {_REFUSE}",
]

# --- PostgreSQL -----------------------------------------------------------------------------

_RAISE = f"RAISE EXCEPTION '{KEPT}' USING ERRCODE = 'integrity_constraint_violation';"
_TODAY = "(now() AT TIME ZONE 'UTC')::date"
_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION {EVENT}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND {_may_go(_TODAY)} THEN RETURN OLD; END IF;
        {_RAISE}
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {CHAIN}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.patient_id = OLD.patient_id AND (NEW.length > OLD.length
                OR (NEW.length = OLD.length AND NEW.last_hash = OLD.last_hash)) THEN
            RETURN NEW;
        END IF;
        {_RAISE}
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {CLOSING}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.record_kept_until >= {_TODAY} THEN RETURN NEW; END IF;
        ELSIF TG_OP = 'UPDATE' THEN
            IF NEW.patient_id = OLD.patient_id
                AND NEW.record_kept_until >= OLD.record_kept_until THEN RETURN NEW; END IF;
        END IF;
        {_RAISE}
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {EVENT}_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {_RAISE} END $$
    """,
    f"CREATE TRIGGER {EVENT}_kept_update BEFORE UPDATE ON {EVENT} "
    f"FOR EACH ROW EXECUTE FUNCTION {EVENT}_kept()",
    f"CREATE TRIGGER {CHAIN}_kept_update BEFORE UPDATE ON {CHAIN} "
    f"FOR EACH ROW EXECUTE FUNCTION {CHAIN}_kept()",
    *(
        f"CREATE TRIGGER {table}_kept_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {EVENT}_kept()"
        for table in (EVENT, CHAIN)
    ),
    *(
        f"CREATE TRIGGER {CLOSING}_kept_{change.lower()} BEFORE {change} ON {CLOSING} "
        f"FOR EACH ROW EXECUTE FUNCTION {CLOSING}_kept()"
        for change in ("INSERT", "UPDATE", "DELETE")
    ),
    *(
        f"CREATE TRIGGER {table}_kept_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {EVENT}_not_emptied()"
        for table in (EVENT, CHAIN, CLOSING)
    ),
]
