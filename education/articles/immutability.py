"""What has been published never changes: triggers that hold whatever way a change comes in.

Models and admin refuse too, and in kinder words; these hold for `update()`, `bulk_update()`, raw
SQL and a database shell. They are made anew after every migration, because SQLite drops a table's
triggers when Django rebuilds the table.

- A published or retired edition keeps every column. What may still happen to it: it retires, or a
  reviewer confirms it, which moves the dates of review forward.
- It can't be deleted, and neither can its sections and figures change, come or go. The text of an
  edition in review is fixed as well.
- A review step, once written, stays as it is; it goes only with a draft that is deleted.
"""

from typing import Any

# The migration that brought them.
SINCE = "0004_published_editions_are_fixed"
EDITION = "articles_edition"
PARTS = ("articles_section", "articles_figure")
STEP = "articles_reviewstep"
FIXED = "A published edition never changes."
FIXED_PART = "The text of an edition is fixed once it is out of draft."
FIXED_STEP = "A review step never changes."
# What a second review of a published edition may move; state may go on to retired.
_REVIEW = {"reviewed_by_id", "reviewed_on", "next_review_on", "updated_at"}


def install(connection: Any) -> None:
    """Make the triggers, in place of those that are there."""
    uninstall(connection)
    with connection.cursor() as cursor:
        columns = {
            column.name
            for column in connection.introspection.get_table_description(cursor, EDITION)
        }
        statements = _POSTGRESQL if connection.vendor == "postgresql" else _sqlite(columns)
        for statement in statements:
            cursor.execute(statement)


def uninstall(connection: Any) -> None:
    """Remove the triggers: for a migration that has to, and for emptying a test database."""
    with connection.cursor() as cursor:
        for table, name in _names():
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def _names() -> list[tuple[str, str]]:
    return [
        (table, f"{table}_fixed_{change}")
        for table in (EDITION, STEP, *PARTS)
        for change in ("insert", "update", "delete")
    ]


# --- SQLite ---------------------------------------------------------------------------------


def _sqlite(columns: set[str]) -> list[str]:
    def same(names: set[str]) -> str:
        return " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in sorted(names))

    retires = (
        "OLD.state = 'published' AND NEW.state = 'retired' "
        f"AND {same(columns - {'state', 'updated_at'})}"
    )
    confirmed = (
        f"OLD.state = 'published' AND {same(columns - _REVIEW)} "
        # Without a date the comparison is NULL, which is no refusal.
        "AND COALESCE(NEW.reviewed_on >= OLD.reviewed_on "
        "AND NEW.next_review_on > NEW.reviewed_on, 0)"
    )
    # REPLACE removes a row without asking the triggers on deletion, by INSERT and by UPDATE.
    replaced = (
        f"EXISTS (SELECT 1 FROM {EDITION} AS one WHERE state IN ('published', 'retired') "
        "AND (id = NEW.id OR (article_id = NEW.article_id AND level = NEW.level "
        "AND (number = NEW.number OR (state = 'published' AND NEW.state = 'published')))){but})"
    )
    out_of_draft = (
        "(SELECT state FROM articles_edition WHERE id = {row}.edition_id) IN "
        "('review', 'published', 'retired')"
    )
    in_the_way = (
        f"(SELECT state FROM {EDITION} WHERE id = (SELECT edition_id FROM {{part}} "
        "WHERE id = NEW.id)) IN ('review', 'published', 'retired')"
    )
    statements = [
        f"CREATE TRIGGER {EDITION}_fixed_update BEFORE UPDATE ON {EDITION} "
        f"WHEN (OLD.state IN ('published', 'retired') AND NOT (({retires}) OR ({confirmed}))) "
        f"OR {replaced.format(but=' AND one.id <> OLD.id')} "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
        f"CREATE TRIGGER {EDITION}_fixed_insert BEFORE INSERT ON {EDITION} "
        f"WHEN {replaced.format(but='')} "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
        f"CREATE TRIGGER {EDITION}_fixed_delete BEFORE DELETE ON {EDITION} "
        f"WHEN OLD.state IN ('published', 'retired') "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
        f"CREATE TRIGGER {STEP}_fixed_update BEFORE UPDATE ON {STEP} "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED_STEP}'); END",
        f"CREATE TRIGGER {STEP}_fixed_insert BEFORE INSERT ON {STEP} "
        f"WHEN EXISTS (SELECT 1 FROM {STEP} WHERE id = NEW.id) "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED_STEP}'); END",
        f"CREATE TRIGGER {STEP}_fixed_delete BEFORE DELETE ON {STEP} "
        f"WHEN {out_of_draft.format(row='OLD')} "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED_STEP}'); END",
    ]
    for part in PARTS:
        for change, rows in (("insert", "N"), ("update", "NO"), ("delete", "O")):
            when = " OR ".join(
                out_of_draft.format(row={"N": "NEW", "O": "OLD"}[row]) for row in rows
            )
            if change != "delete":
                when += f" OR {in_the_way.format(part=part)}"
            statements.append(
                f"CREATE TRIGGER {part}_fixed_{change} BEFORE {change.upper()} ON {part} "
                f"WHEN {when} BEGIN SELECT RAISE(ABORT, '{FIXED_PART}'); END"
            )
    return statements


# --- PostgreSQL -----------------------------------------------------------------------------

_POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION {EDITION}_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        review text[] := ARRAY['reviewed_by_id', 'reviewed_on', 'next_review_on', 'updated_at'];
    BEGIN
        IF OLD.state NOT IN ('published', 'retired') THEN
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.state = 'published' THEN
            IF NEW.state = 'retired' AND to_jsonb(NEW) - ARRAY['state', 'updated_at']
                    = to_jsonb(OLD) - ARRAY['state', 'updated_at'] THEN
                RETURN NEW;
            END IF;
            IF to_jsonb(NEW) - review = to_jsonb(OLD) - review
                    AND NEW.reviewed_on >= OLD.reviewed_on
                    AND NEW.next_review_on > NEW.reviewed_on THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{FIXED}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION articles_part_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        editions bigint[] := '{{}}';
    BEGIN
        IF TG_OP <> 'DELETE' THEN editions := editions || NEW.edition_id; END IF;
        IF TG_OP <> 'INSERT' THEN editions := editions || OLD.edition_id; END IF;
        IF EXISTS (SELECT 1 FROM {EDITION} WHERE id = ANY(editions) AND state <> 'draft') THEN
            RAISE EXCEPTION '{FIXED_PART}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION {STEP}_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' AND NOT EXISTS (
            SELECT 1 FROM {EDITION} WHERE id = OLD.edition_id AND state <> 'draft'
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION '{FIXED_STEP}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    *(
        f"CREATE TRIGGER {EDITION}_fixed_{change} BEFORE {change.upper()} ON {EDITION} "
        f"FOR EACH ROW EXECUTE FUNCTION {EDITION}_fixed()"
        for change in ("update", "delete")
    ),
    *(
        f"CREATE TRIGGER {STEP}_fixed_{change} BEFORE {change.upper()} ON {STEP} "
        f"FOR EACH ROW EXECUTE FUNCTION {STEP}_fixed()"
        for change in ("update", "delete")
    ),
    *(
        f"CREATE TRIGGER {part}_fixed_{change} BEFORE {change.upper()} ON {part} "
        "FOR EACH ROW EXECUTE FUNCTION articles_part_fixed()"
        for part in PARTS
        for change in ("insert", "update", "delete")
    ),
]
