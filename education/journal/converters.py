"""Address parts of the journal."""

from datetime import date

from django.urls import register_converter

FIRST_YEAR, LAST_YEAR = 2000, 2100


class DiaryDateConverter:
    """A date as YYYY-MM-DD. What is no date, or is out of reach, is no address."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return parse_diary_date(value)

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()


def parse_diary_date(value: str) -> date:
    """The date that YYYY-MM-DD names. Raises ValueError for anything else."""
    if len(value) != 10 or not value.isascii():
        raise ValueError("not a date")
    found = date.fromisoformat(value)
    if found.isoformat() != value:
        raise ValueError("a date in other words, such as 2026-W48-1")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError("out of reach")
    return found


register_converter(DiaryDateConverter, "diarydate")
