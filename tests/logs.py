"""For tests: what a real host would have logged."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import DictConfigurator
from typing import Any

from portal.logs import WithoutPersonalText, configuration


class Lines(io.StringIO):
    """All that was logged, as it would stand in the file."""

    def facts(self, event: str) -> list[dict[str, Any]]:
        """The lines of this kind."""
        lines = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in lines if line["event"] == event]


@contextmanager
def listening(level: int = logging.DEBUG) -> Iterator[Lines]:
    """Everything that is logged until the end, down to what only a developer would switch on."""
    lines = Lines()
    handler = logging.StreamHandler(lines)
    config = configuration(as_json=True, level="DEBUG")
    handler.setFormatter(DictConfigurator(config).configure_formatter(config["formatters"]["line"]))
    handler.addFilter(WithoutPersonalText())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield lines
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def personal_words() -> set[str]:
    """What the database knows of people that no log may ever say."""
    from django.contrib.sessions.models import Session

    from accounts.models import User
    from education.care.models import Question, TeachBack, Visit
    from education.journal.models import Night, Reflection
    from education.reading.models import Assignment

    columns = [
        (User, "name"), (User, "email"), (User, "password"), (Session, "session_key"),
        (Night, "note"), (Night, "medicine"), (Reflection, "text"), (Question, "text"),
        (Question, "answer"), (Visit, "agreed"), (TeachBack, "words"), (Assignment, "note"),
    ]  # fmt: skip
    found: set[str] = set()
    for model, column in columns:
        found.update(str(word) for word in model.objects.values_list(column, flat=True))
    # The longest line of what has several; what is shorter than a name could be anything.
    longest = (max(word.splitlines(), key=len, default="").strip() for word in found)
    return {word for word in longest if len(word) > 7}
