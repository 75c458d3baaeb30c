"""The columns of an exported journal: their names, units and values, in one place.

The CSV files, the JSON file, the import and the table on the page "Export and import" all follow
these lists. Local times carry their offset (ISO 8601), the same moments stand beside them in UTC;
names of durations say that they are minutes. Nothing answered is an empty cell or null, never 0.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.sealed import Unreadable
from education.journal.clock import IN_ORDER
from education.journal.models import Night
from education.journal.models.night import WORDS

LOCAL, IN_UTC = "_local", "_utc"


@dataclass(frozen=True)
class Column:
    """One column; `value` gives what JSON can hold, None where nothing is answered."""

    name: str
    meaning: str | Promise
    unit: str | Promise
    example: str
    value: Callable[[Any], Any]
    # Whether the import reads it; the others are worked out again or never taken over.
    is_read: bool = True


def written(columns: Iterable[Column], entry: Any) -> dict[str, Any]:
    """An entry by column names, as JSON holds it."""
    return {column.name: column.value(entry) for column in columns}


# --- Values -----------------------------------------------------------------------------------


def _plain(name: str) -> Callable[[Any], Any]:
    return lambda entry: getattr(entry, name)


def _words(name: str) -> Callable[[Any], str | None]:
    """Words as they were written; the sentence that stands for unreadable ones is nobody's."""

    def value(entry: Any) -> str | None:
        text = getattr(entry, name)
        return None if not text or isinstance(text, Unreadable) else str(text)

    return value


def _unreadable(*names: str) -> Callable[[Any], str | None]:
    def value(entry: Any) -> str | None:
        found = [name for name in names if isinstance(getattr(entry, name), Unreadable)]
        return " ".join(found) or None

    return value


def iso(moment: datetime) -> str:
    """An aware moment as ISO 8601 with its offset; UTC ends with Z."""
    # Diaries are written in minutes; what came from elsewhere keeps its seconds.
    text = moment.isoformat(timespec="seconds" if moment.second else "minutes")
    return text.replace("+00:00", "Z") if moment.tzinfo is UTC else text


def _local(name: str) -> Callable[[Night], str | None]:
    def value(night: Night) -> str | None:
        moment = getattr(night, name)
        return iso(moment) if moment else None

    return value


def _utc(name: str) -> Callable[[Night], str | None]:
    def value(night: Night) -> str | None:
        moment = getattr(night, f"{name}_at")
        return iso(moment.astimezone(UTC)) if moment else None

    return value


def _efficiency(night: Night) -> float | None:
    share = night.measures.efficiency
    return None if share is None else round(share, 1)


# --- The lists --------------------------------------------------------------------------------

_LOCAL_TIME = _("local time with its offset from UTC")
_UTC_TIME = _("time in UTC")
_YES_NO = _("yes or no")
_MINUTES = _("minutes")
_TIMES = _("times")
_DRINKS = _("drinks")

_MEANINGS = {
    "into_bed": (_("Got into bed"), "2026-11-02T22:00+00:00"),
    "tried_to_sleep": (_("Began trying to sleep"), "2026-11-02T22:30+00:00"),
    "woke": (_("Woke for good"), "2026-11-03T06:30+00:00"),
    "got_up": (_("Got up"), "2026-11-03T06:45+00:00"),
}


def _moments(name: str) -> list[Column]:
    meaning, example = _MEANINGS[name]
    in_utc = example.replace("+00:00", "Z")
    return [
        Column(f"{name}{LOCAL}", meaning, _LOCAL_TIME, example, _local(name)),
        Column(f"{name}{IN_UTC}", meaning, _UTC_TIME, in_utc, _utc(name)),
    ]


def _answer(name: str, meaning: Any, unit: Any, example: str) -> Column:
    return Column(name, meaning, unit, example, _plain(name))


NIGHTS: list[Column] = [
    Column(
        "diary_date",
        _("The morning on which the night ended"),
        _("date, year-month-day"),
        "2026-11-03",
        lambda night: night.diary_date.isoformat(),
    ),
    Column(
        "time_zone",
        _("Where the clock was that you looked at"),
        _("name in the IANA list"),
        "Europe/London",
        _plain("zone"),
    ),
    *(column for name in IN_ORDER for column in _moments(name)),
    _answer("minutes_to_fall_asleep", _("How long it took to fall asleep"), _MINUTES, "18"),
    _answer("awakenings", _("Times awake in the night, the last one left out"), _TIMES, "2"),
    _answer("minutes_awake", _("Awake in the night, all together"), _MINUTES, "30"),
    _answer("quality", _("Quality of sleep"), _("1 very poor to 5 very good"), "4"),
    _answer("refreshed", _("How rested on waking"), _("1 not at all to 5 very well"), "3"),
    _answer("free_day", _("The day after was free of work or school"), _YES_NO, "no"),
    _answer("alarm_used", _("Woken by an alarm"), _YES_NO, "yes"),
    _answer("naps", _("Naps on the day before"), _TIMES, "1"),
    _answer("nap_minutes", _("Naps, all together"), _MINUTES, "20"),
    _answer("alcoholic_drinks", _("Drinks with alcohol on the day before"), _DRINKS, "0"),
    _answer("caffeinated_drinks", _("Drinks with caffeine on the day before"), _DRINKS, "2"),
    Column("medicine", _("Medicine for sleep"), _("your words"), "…", _words("medicine")),
    Column("note", _("Note"), _("your words"), "…", _words("note")),
    Column(
        "numbers_shared",
        _("Your care team sees the numbers"),
        _YES_NO,
        "no",
        _plain("numbers_shared"),
        is_read=False,
    ),
    Column(
        "words_shared",
        _("Your care team sees the words"),
        _YES_NO,
        "no",
        _plain("words_shared"),
        is_read=False,
    ),
    Column(
        "time_in_bed_minutes",
        _("From getting into bed to getting up"),
        _MINUTES,
        "525",
        lambda night: night.measures.in_bed,
        is_read=False,
    ),
    Column(
        "time_asleep_minutes",
        _("From trying to sleep to waking for good, less the time awake"),
        _MINUTES,
        "432",
        lambda night: night.measures.asleep,
        is_read=False,
    ),
    Column(
        "sleep_efficiency_percent",
        _("Time asleep as a share of the time in bed"),
        _("percent of time_in_bed_minutes"),
        "82.3",
        _efficiency,
        is_read=False,
    ),
    Column(
        "unreadable",
        _("Words that could not be opened on the day of the export"),
        _("names of columns"),
        "note",
        _unreadable(*reversed(WORDS)),
        is_read=False,
    ),
]  # fmt: skip

REFLECTIONS: list[Column] = [
    Column(
        "written_on",
        _("The day you wrote it"),
        _("date, year-month-day"),
        "2026-11-03",
        lambda reflection: reflection.on.isoformat(),
    ),
    Column(
        "prompt",
        _("The question you answered"),
        _("text"),
        "…",
        lambda reflection: reflection.prompt_text or None,
    ),
    Column(
        "article",
        _("The article it came from"),
        _("title"),
        "…",
        lambda reflection: reflection.edition.article.title if reflection.edition else None,
    ),
    Column(
        "article_level",
        _("The level you read"),
        _("fundamentals, intermediate or academic"),
        "fundamentals",
        lambda reflection: reflection.edition.level if reflection.edition else None,
    ),
    Column("text", _("What you wrote"), _("your words"), "…", _words("text")),
    Column("shared", _("Your care team sees it"), _YES_NO, "no", _plain("shared")),
    Column(
        "unreadable",
        _("Words that could not be opened on the day of the export"),
        _("names of columns"),
        "text",
        _unreadable("text"),
    ),
]
