"""Who opened what of a patient's: beside the thing, and told as the patient reads it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AccessEvent
from accounts.models.access import MOMENT

# No page shows more nights in one stretch.
LONGEST_STRETCH = timedelta(days=90)
EVENTS_PER_PAGE = 120

_Action, _What = AccessEvent.Action, AccessEvent.What


# --- Beside a thing -------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """Who opened something (the key and the name of the person), and when last."""

    by: int
    who: str
    at: datetime


class Openings:
    """The last openings of some things of one patient by each person. One query, or none."""

    def __init__(
        self,
        patient: Any,
        *,
        nights: Iterable[date] = (),
        things: Iterable[Any] = (),
        page: bool = False,
    ) -> None:
        """`nights` are diary dates, `things` public ids; `page` asks for the patient's page."""
        dates, things = list(nights), [str(one) for one in things]
        wanted: list[Q] = []
        if dates:
            # What is stored is "first/last".
            begins = _day(min(dates), -LONGEST_STRETCH), _day(max(dates), timedelta(days=1))
            wanted.append(Q(what=_What.NIGHTS, thing__gte=begins[0], thing__lt=begins[1]))
        if things:
            kinds = (_What.REFLECTION, _What.QUESTION, _What.ASSIGNMENT, _What.VISIT)
            wanted.append(Q(what__in=kinds, thing__in=things))
        if page:
            wanted.append(Q(what=_What.PATIENT_PAGE, thing=""))
        self._things: dict[str, list[Opening]] = {}
        self._stretches: list[tuple[str, str, Opening]] = []
        if not wanted:
            return
        opened = AccessEvent.objects.filter(patient=patient, action=_Action.OPENED).order_by()
        # Each in the order of the index, which all of them together would not be.
        first, *others = [
            opened.filter(one)
            .values_list("what", "thing", "actor")
            .annotate(last=Max("at"), who=Max("actor__name"))
            for one in wanted
        ]
        for what, thing, by, at, who in first.union(*others, all=True) if others else first:
            if what == _What.NIGHTS:
                first, _slash, last = thing.partition("/")
                self._stretches.append((first, last, Opening(by, who, at)))
            else:
                self._things.setdefault(thing, []).append(Opening(by, who, at))

    def of_thing(self, public_id: Any, since: datetime | None) -> list[Opening]:
        """Of what has been shared since then, by whom; nobody where it is not shared."""
        return _each_once(self._things.get(str(public_id), ()), since)

    def of_page(self, since: datetime | None) -> list[Opening]:
        """Of the patient's page, since then."""
        return _each_once(self._things.get("", ()), since)

    def of_night(self, night: date, since: datetime | None) -> list[Opening]:
        """Of what has been shared of this night since then."""
        day = night.isoformat()
        found = (one for first, last, one in self._stretches if first <= day <= last)
        return _each_once(found, since)


def _day(day: date, more: timedelta) -> str:
    try:
        return (day + more).isoformat()
    except OverflowError:
        return day.isoformat()


def _each_once(openings: Iterable[Opening], since: datetime | None) -> list[Opening]:
    """The last one of each person, the newest first."""
    if since is None:
        return []
    last: dict[int, Opening] = {}
    for one in openings:
        if one.at >= since and (one.by not in last or last[one.by].at < one.at):
            last[one.by] = one
    return sorted(last.values(), key=lambda one: one.at, reverse=True)


# --- The whole record, told -----------------------------------------------------------------


@dataclass
class Entry:
    """The same thing done by the same person, once or more often within an hour."""

    by: Any
    action: str
    what: str
    # When, the newest first; one page that shows several things has one moment.
    times: list[datetime] = field(default_factory=list)
    things: set[str] = field(default_factory=set)

    def takes(self, event: AccessEvent) -> bool:
        """Whether this event is one with what is here already."""
        same = (event.actor, event.action, event.what)
        return same == (self.by, self.action, self.what) and (
            abs(self.times[0] - event.at) < MOMENT and _is_same_day(self.times[0], event.at)
        )

    def add(self, event: AccessEvent) -> None:
        if event.at not in self.times:
            self.times.append(event.at)
        self.things.add(event.thing)

    @property
    def words(self) -> str:
        """What was done, after the name of who did it."""
        say = _WORDS.get((self.action, self.what))
        if say is not None:
            return say(self.things)
        return f"{_Action(self.action).label} {_What(self.what).label}"

    @property
    def url(self) -> str:
        """The patient's own page with it, where there is one."""
        page = _PAGES.get(self.what)
        return reverse(page) if page and self.action != _Action.WITHDREW else ""

    @property
    def when(self) -> str:
        """At what time, or how often between which times."""
        first, last = _clock(min(self.times)), _clock(max(self.times))
        n = len(self.times)
        if n == 1:
            return first
        words = {"n": n, "first": first, "last": last}
        if first == last:
            return ngettext("%(n)d time at %(first)s", "%(n)d times at %(first)s", n) % words
        return (
            ngettext(
                "%(n)d time between %(first)s and %(last)s",
                "%(n)d times between %(first)s and %(last)s",
                n,
            )
            % words
        )


@dataclass(frozen=True)
class Day:
    """What was done on one day, the newest first."""

    date: date
    entries: list[Entry]


def told(events: QuerySet[AccessEvent], before: int | None) -> tuple[list[Day], int | None]:
    """A page of one patient's events by day, and the number before which the next one begins."""
    if before is not None:
        events = events.filter(number__lt=before)
    rows = list(events.select_related("actor").order_by("-number")[: EVENTS_PER_PAGE + 1])
    older = None
    if len(rows) > EVENTS_PER_PAGE:
        rows = rows[: _cut(rows)]
        older = rows[-1].number
    days = groupby(rows, key=lambda event: timezone.localtime(event.at).date())
    return [Day(day, _entries(of_day)) for day, of_day in days], older


def _cut(rows: list[AccessEvent]) -> int:
    """Where a page ends: in a pause of an hour, so that what belongs together stays so."""
    for place in range(EVENTS_PER_PAGE, EVENTS_PER_PAGE // 2, -1):
        if rows[place - 1].at - rows[place].at >= MOMENT:
            return place
    return EVENTS_PER_PAGE


def _entries(events: Iterable[AccessEvent]) -> list[Entry]:
    entries: list[Entry] = []
    for event in events:
        entry = next((one for one in reversed(entries) if one.takes(event)), None)
        if entry is None:
            entry = Entry(event.actor, event.action, event.what, [event.at])
            entries.append(entry)
        entry.add(event)
    return entries


def _is_same_day(one: datetime, other: datetime) -> bool:
    return timezone.localtime(one).date() == timezone.localtime(other).date()


def _clock(at: datetime) -> str:
    return time_format(timezone.localtime(at), "TIME_FORMAT")


def _say(text: Callable[[], str]) -> Callable[[set[str]], str]:
    return lambda things: text()


def _nights(things: set[str]) -> str:
    days = sorted(day for thing in things for day in thing.split("/") if day)
    if not days:
        return _("looked for nights that you share")
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    if first == last:
        return _("opened what you share of the night to %(day)s") % {"day": _date(first)}
    return _("opened what you share of the nights from %(first)s to %(last)s") % {
        "first": _date(first),
        "last": _date(last),
    }


def _date(day: date) -> str:
    return date_format(day, "D j M")


def _reflections(things: set[str]) -> str:
    n = len(things)
    return ngettext(
        "opened %(n)d reflection that you share", "opened %(n)d reflections that you share", n
    ) % {"n": n}


def _questions(things: set[str]) -> str:
    n = len(things)
    return ngettext("opened %(n)d question of yours", "opened %(n)d questions of yours", n) % {
        "n": n
    }


def _answered(things: set[str]) -> str:
    n = len(things)
    return ngettext(
        "noted the answer to %(n)d question of yours, or changed it",
        "noted the answers to %(n)d questions of yours, or changed them",
        n,
    ) % {"n": n}


def _gave(things: set[str]) -> str:
    n = len(things)
    return ngettext(
        "gave you %(n)d article to read", "gave you %(n)d articles to read", n
    ) % {"n": n}  # fmt: skip


def _took_back(things: set[str]) -> str:
    n = len(things)
    return ngettext(
        "took back %(n)d article that you had to read",
        "took back %(n)d articles that you had to read",
        n,
    ) % {"n": n}


# Pages that are always there, whatever has been deleted since.
_PAGES: dict[str, str] = {
    _What.READING: "care:today",
    _What.ASSIGNMENT: "care:today",
    _What.NIGHTS: "journal:nights",
    _What.REFLECTION: "journal:index",
    _What.QUESTION: "care:questions",
    _What.VISIT: "care:visit",
    _What.TEACH_BACK: "care:explained",
}

_WORDS: dict[tuple[str, str], Callable[[set[str]], str]] = {
    (_Action.OPENED, _What.PATIENT_PAGE): _say(
        lambda: _("opened your page: what you read, ask, explained and share")
    ),
    (_Action.OPENED, _What.READING): _say(lambda: _("looked at what you have to read")),
    (_Action.OPENED, _What.ASSIGNMENT): _say(lambda: _("opened an article that they gave you")),
    (_Action.OPENED, _What.CARE_TEAM): _say(lambda: _("opened the page of your care team")),
    (_Action.OPENED, _What.PERSON): _say(lambda: _("opened your name and address")),
    (_Action.OPENED, _What.NIGHTS): _nights,
    (_Action.OPENED, _What.REFLECTION): _reflections,
    (_Action.OPENED, _What.QUESTION): _questions,
    (_Action.OPENED, _What.VISIT): _say(lambda: _("looked at your visit")),
    (_Action.OPENED, _What.TEACH_BACK): _say(lambda: _("opened what you explained")),
    (_Action.LISTED, _What.PERSON): _say(lambda: _("saw you in a list of patients")),
    (_Action.ASSIGNED, _What.ASSIGNMENT): _gave,
    (_Action.CHANGED, _What.ASSIGNMENT): _say(lambda: _("changed something that you have to read")),
    (_Action.WITHDREW, _What.ASSIGNMENT): _took_back,
    (_Action.CHANGED, _What.QUESTION): _answered,
    (_Action.CHANGED, _What.VISIT): _say(lambda: _("noted something about your visit")),
    (_Action.WITHDREW, _What.VISIT): _say(lambda: _("called off your visit")),
    (_Action.CHANGED, _What.TEACH_BACK): _say(lambda: _("noted what you explained")),
    (_Action.WITHDREW, _What.TEACH_BACK): _say(lambda: _("took back a note of what you explained")),
    (_Action.CHANGED, _What.CARE_TEAM): _say(lambda: _("changed who is in your care team")),
    (_Action.CHANGED, _What.PERSON): _say(lambda: _("changed your name, address or settings")),
    (_Action.CHANGED, _What.INVITATION): _say(lambda: _("invited you")),
    (_Action.WITHDREW, _What.INVITATION): _say(lambda: _("withdrew your invitation")),
}
