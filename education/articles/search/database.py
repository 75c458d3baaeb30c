"""The index as the database holds it: a generated tsvector, or an FTS5 table with triggers.

Both follow the table of texts by themselves, whatever way a change comes in; emptying the table
empties them. SQLite drops a table's triggers when Django rebuilds the table, so `restore` looks
after every migration whether they are there.
"""

import sqlite3
from typing import Any

# The migration that brought it.
SINCE = "0005_search"
TABLE = "articles_searchtext"
INDEX = "articles_searchindex"
_COLUMNS = ("title", "summary", "headings", "body")
_TRIGGERS = {
    "insert": "{add}",
    "delete": "{remove}",
    "update": "{remove} {add}",
}


def install(connection: Any) -> None:
    """Make the index from what the table of texts holds."""
    uninstall(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for statement in _POSTGRESQL:
                cursor.execute(statement)
            return
        try:
            cursor.execute(
                f"CREATE VIRTUAL TABLE {INDEX} USING fts5({', '.join(_COLUMNS)}, "
                f"content='{TABLE}', content_rowid='edition_id', tokenize='ascii')"
            )
        except Exception as error:
            if "no such module" not in str(error):
                raise
            raise RuntimeError(
                f"This Python's SQLite ({sqlite3.sqlite_version}) was built without FTS5, which "
                "the search needs. Use the system's Python, or PostgreSQL (DATABASE_URL)."
            ) from error
    _follow(connection)


def uninstall(connection: Any) -> None:
    """Remove the index; the texts stay."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for column in ("vector", "heads"):
                cursor.execute(f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS {column}")
            cursor.execute("DROP FUNCTION IF EXISTS articles_search_vector(text, text, text, text)")
            return
        for change in _TRIGGERS:
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{change}")
        cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")


def restore(connection: Any) -> None:
    """Put back the triggers that a rebuilt table has lost, and what was missed meanwhile."""
    if connection.vendor == "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE]
        )
        complete = cursor.fetchone()[0] == len(_TRIGGERS)
    if not complete:
        _follow(connection)


def _follow(connection: Any) -> None:
    columns = ", ".join(_COLUMNS)
    parts = {
        "add": f"INSERT INTO {INDEX}(rowid, {columns}) "
        f"VALUES (NEW.edition_id, {', '.join(f'NEW.{name}' for name in _COLUMNS)});",
        "remove": f"INSERT INTO {INDEX}({INDEX}, rowid, {columns}) "
        f"VALUES ('delete', OLD.edition_id, {', '.join(f'OLD.{name}' for name in _COLUMNS)});",
    }
    with connection.cursor() as cursor:
        for change, body in _TRIGGERS.items():
            cursor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{change}")
            cursor.execute(
                f"CREATE TRIGGER {TABLE}_{change} AFTER {change.upper()} ON {TABLE} "
                f"BEGIN {body.format(**parts)} END"
            )
        cursor.execute(f"INSERT INTO {INDEX}({INDEX}) VALUES ('rebuild')")


# Words come ready made, apart by spaces; 57345 and 57346 are `words.GAP` and `words.SECTION`. The
# fields begin far from each other, so that no phrase reaches from one into the next; beyond its
# last position a tsvector still finds words, only not which follow which.
_POSTGRESQL = [
    """
    CREATE FUNCTION articles_search_vector(title text, summary text, headings text, body text)
    RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(
            string_agg(
                '''' || word || ''':' || least(place + field.start, 16383) || field.weight, ' '
            ), '')::tsvector
        FROM (VALUES (title, 'A', 0), (summary, 'B', 400), (headings, 'C', 1000), (body, 'D', 3000))
            AS field(content, weight, start),
            unnest(string_to_array(field.content, ' ')) WITH ORDINALITY AS each(word, place)
        WHERE word NOT IN ('', chr(57345), chr(57346))
    $$
    """,
    f"""
    ALTER TABLE {TABLE} ADD COLUMN vector tsvector
    GENERATED ALWAYS AS (articles_search_vector(title, summary, headings, body)) STORED
    """,
    # The same without the text: small enough to stay in the row, so that telling where something
    # was found does not read the long one again.
    f"""
    ALTER TABLE {TABLE} ADD COLUMN heads tsvector
    GENERATED ALWAYS AS (articles_search_vector(title, summary, headings, '')) STORED
    """,
    f"CREATE INDEX {INDEX} ON {TABLE} USING gin (vector)",
]
