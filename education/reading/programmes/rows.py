"""The steps of a programme while somebody is writing them: typed, moved, not saved yet."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from education.articles.models import Level
from education.reading.models.programme import LONGEST_DAYS, MOST_STEPS

from .plan import Planned
from .shelf import Shelf

DAYS_APART = 7


@dataclass
class Row:
    """One step as it stands in the form."""

    article: str
    level: str
    days: str

    def data(self, prefix: str) -> dict[str, str]:
        """The row as a form with this prefix sends it."""
        return {f"{prefix}-{name}": value for name, value in asdict(self).items()}


@dataclass
class Done:
    """What a button did: a sentence about it, where to go on, and what can be put back."""

    said: str = ""
    # The row (counted from 0) and the control in it that has the focus now.
    row: int = -1
    control: str = ""
    put_back: str = ""


def saved_rows(steps: list[Planned]) -> list[Row]:
    """The rows of a programme as it is saved."""
    return [Row(one.step.article.slug, one.step.level, str(one.step.days)) for one in steps]


def sent_rows(data: Mapping[str, str]) -> list[Row]:
    """The rows of a form that was sent; one more than allowed at most, so that it is refused."""
    rows = []
    for index in range(MOST_STEPS + 1):
        prefix = f"step-{index}"
        if f"{prefix}-article" not in data:
            break
        rows.append(
            Row(
                article=data.get(f"{prefix}-article", "")[:100],
                level=data.get(f"{prefix}-level", "")[:20],
                days=data.get(f"{prefix}-days", "")[:20],
            )
        )
    return rows


def act(button: str, rows: list[Row], shelf: Shelf, picked: str) -> Done:
    """Do what a button of the form asks for; a button that cannot be, does nothing."""
    name, _colon, rest = button.partition(":")
    if name == "add":
        return _add(rows, shelf, picked)
    if name == "put-back":
        return _put_back(rows, shelf, rest)
    index = int(rest) if rest.isascii() and rest.isdigit() and len(rest) < 3 else -1
    if not 0 <= index < len(rows):
        return Done()
    if name == "remove":
        return _remove(rows, shelf, index)
    if name in ("up", "down"):
        return _move(rows, shelf, index, name)
    return Done()


def _title(shelf: Shelf, row: Row) -> str:
    shelved = shelf.get(row.article)
    return shelved.article.title if shelved else ""


def _add(rows: list[Row], shelf: Shelf, picked: str) -> Done:
    shelved = shelf.get(picked)
    if shelved is None or not shelved.editions:
        return Done(said=_("Choose an article first."), control="pick")
    for place, row in enumerate(rows):
        if row.article == picked:
            return Done(said=_("This article is in the programme already."), row=place)
    if len(rows) >= MOST_STEPS:
        return Done()
    level = Level.FUNDAMENTALS.nearest(list(shelved.editions))
    rows.append(Row(picked, level.value, str(_next_day(rows))))
    said = _("“%(title)s” is the last step now.") % {"title": shelved.article.title}
    return Done(said=said, row=len(rows) - 1, control="days")


def _next_day(rows: list[Row]) -> int:
    """A week after the last day that was typed, as a suggestion."""
    days = [int(row.days) for row in rows if row.days.isascii() and row.days.isdigit()]
    return min(max(days, default=0) + DAYS_APART, LONGEST_DAYS)


def _remove(rows: list[Row], shelf: Shelf, index: int) -> Done:
    row = rows.pop(index)
    said = _("“%(title)s” is taken out.") % {"title": _title(shelf, row)}
    back = f"put-back:{index}:{row.level}:{row.days}:{row.article}"
    return Done(said=said, control="put-back", put_back=back)


def _put_back(rows: list[Row], shelf: Shelf, rest: str) -> Done:
    index, level, days, article = (rest.split(":", 3) + ["", "", "", ""])[:4]
    place = int(index) if index.isascii() and index.isdigit() and len(index) < 3 else len(rows)
    there = any(row.article == article for row in rows)
    if shelf.get(article) is None or there or len(rows) >= MOST_STEPS:
        return Done()
    place = min(place, len(rows))
    row = Row(article, level[:20], days[:20])
    rows.insert(place, row)
    said = _("“%(title)s” is back as step %(place)d.") % {
        "title": _title(shelf, row),
        "place": place + 1,
    }
    return Done(said=said, row=place, control="remove")


def _move(rows: list[Row], shelf: Shelf, index: int, way: str) -> Done:
    to = index + (-1 if way == "up" else 1)
    if not 0 <= to < len(rows):
        return Done(row=index, control=way)
    rows[index], rows[to] = rows[to], rows[index]
    # The articles change places; the days stay, so that they keep growing.
    rows[index].days, rows[to].days = rows[to].days, rows[index].days
    if to == 0:
        way = "down"
    elif to == len(rows) - 1:
        way = "up"
    said = _("“%(title)s” is step %(place)d of %(all)d now.") % {
        "title": _title(shelf, rows[to]),
        "place": to + 1,
        "all": len(rows),
    }
    return Done(said=said, row=to, control=way)
