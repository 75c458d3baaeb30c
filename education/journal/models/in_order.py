"""Minutes between two moments, worked out by the database itself."""

from typing import Any

from django.db.models import FloatField, Func


class MinutesBetween(Func):
    """Elapsed minutes from the first moment to the second, in both databases' own words.

    Django's difference of two moments calls a Python function on SQLite; a constraint must hold
    for every program that writes to the file.
    """

    arity = 2
    output_field = FloatField()

    def __init__(self, start: Any, end: Any, **extra: Any) -> None:
        super().__init__(end, start, **extra)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # A day in floating point is right to some 0.1 milliseconds: full minutes are rounded.
        template = "ROUND((JULIANDAY(%(expressions)s)) * 1440)"
        return self.as_sql(
            compiler, connection, template=template, arg_joiner=") - JULIANDAY(", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "EXTRACT(EPOCH FROM (%(expressions)s)) / 60"
        return self.as_sql(compiler, connection, template=template, arg_joiner=" - ", **context)
