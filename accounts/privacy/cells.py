"""Values as they stand in a CSV file."""

import re
from typing import Any

YES, NO = "yes", "no"
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def cell(value: Any) -> str:
    """A value as it stands in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return YES if value else NO
    return escaped(value) if isinstance(value, str) else str(value)


def escaped(text: str) -> str:
    """The text with an apostrophe before what a spreadsheet would work out."""
    return f"'{text}" if _FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """The text as it was before `escaped`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text
