"""A clinician's patients, those who need attention first, page by page."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, OuterRef, Q, Subquery, TextChoices, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, User
from accounts.sealed import Unreadable, seal, unseal
from education.articles.richtext import storable
from education.journal.models import Night, Reflection
from education.journal.models.night import SHARED_NUMBERS, SHARED_WORDS
from education.reading.models import Assignment

from .models import Question

PATIENTS_PER_PAGE = 50
UNOPENED_AFTER_DAYS = 7
LONGEST_QUERY = 150
_MOST_WORDS = 8


class Reason(TextChoices):
    """Why a patient needs attention; members stand in order of urgency, the first is the most."""

    QUESTION = "question", _("Asked a question")
    OVERDUE = "overdue", _("Overdue")
    UNOPENED = "unopened", _("Not opened for a week")
    SHARED = "shared", _("Shared something new")
    INVITED = "invited", _("Invitation not accepted")

    @property
    def urgency(self) -> int:
        """1 for what can wait longest, growing with urgency; 0 is for nobody."""
        return len(Reason) - list(Reason).index(self)


ATTENTION = "attention"
MOST_URGENT = len(Reason)


@dataclass(frozen=True)
class Moment:
    """Now, in the calendar of the clinician who looks."""

    now: datetime
    today: date

    @classmethod
    def of(cls, clinician: User) -> "Moment":
        now = timezone.now()
        return cls(now, timezone.localdate(now, clinician.zone))

    @property
    def a_week_ago(self) -> datetime:
        return self.now - timedelta(days=UNOPENED_AFTER_DAYS)


@dataclass(frozen=True)
class Which:
    """Which patients a clinician wants to see: all, those with some reason, those who match."""

    query: str = ""
    # "", ATTENTION or one of Reason.
    show: str = ""
    # What is searched for as it stands in the address, sealed.
    found: str = field(default="", compare=False)

    @classmethod
    def read(cls, data: Any) -> "Which":
        """From a form; what is unknown there counts as not said."""
        return cls._of(data.get("q", ""), data.get("show", ""))

    @classmethod
    def read_address(cls, data: Any) -> "Which":
        """From the query string, which has what is searched for sealed: a patient's name stays
        out of histories and logs. What this portal has not sealed counts as not said."""
        found = data.get("found", "")
        query = unseal(found) if found.isascii() else ""
        if isinstance(query, Unreadable):
            query = ""
        return replace(cls._of(query, data.get("show", "")), found=found if query else "")

    @property
    def parameters(self) -> dict[str, str]:
        """For an address."""
        return {"show": self.show, "found": self.found or seal(self.query)}

    @classmethod
    def _of(cls, query: str, show: str) -> "Which":
        query = " ".join(storable(query).split())[:LONGEST_QUERY]
        return cls(query, show if show in (ATTENTION, *Reason.values) else "")

    @property
    def is_everybody(self) -> bool:
        return not self.query and not self.show


@dataclass(frozen=True)
class Place:
    """A place between two patients of the list, free of personal data: after or before whom."""

    patient: UUID
    urgency: int
    backwards: bool = False

    @classmethod
    def read(cls, data: Any) -> "Place | None":
        """From the query string; None, the beginning, where it makes no sense."""
        for name in ("after", "before"):
            urgency, _dot, patient = data.get(name, "").partition(".")
            try:
                place = cls(UUID(patient), int(urgency[:3]), name == "before")
            except ValueError:
                continue
            if 0 <= place.urgency <= MOST_URGENT:
                return place
        return None

    def __str__(self) -> str:
        return f"{self.urgency}.{self.patient}"


@dataclass
class Page:
    """One page of the caseload, and the places before and after it, if there is more."""

    patients: list[User] = field(default_factory=list)
    before: Place | None = None
    after: Place | None = None

    @property
    def is_everything(self) -> bool:
        return not (self.before or self.after)


def matching(clinician: User, which: Which, moment: Moment) -> Any:
    """The present patients of a clinician that match, in no order."""
    patients = User.objects.patients_of(clinician).alias(
        looked_at=Coalesce("care_received__page_opened_at", "care_received__started_at")
    )
    for word in which.query.split()[:_MOST_WORDS]:
        patients = patients.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if which.show == ATTENTION:
        patients = patients.filter(_any_of(Reason, moment))
    elif which.show:
        patients = patients.filter(_has(Reason(which.show), moment))
    return patients


def page_of(clinician: User, which: Which, place: Place | None, moment: Moment) -> Page:
    """One page of a clinician's patients: the most urgent first, then by name.

    The page begins after (or ends before) the place, wherever the patient who marks it is by
    now: their urgency stands in the place, their name is what it was or has become.
    """
    needy = which.show == ATTENTION
    if needy:
        # They stand before all the others: the list is cut instead of looking twice at everybody.
        place = place if place and place.urgency else None
        which = replace(which, show="")
    patients = matching(clinician, which, moment).annotate(
        urgency=Case(
            *(When(_has(reason, moment), then=Value(reason.urgency)) for reason in Reason),
            default=Value(0),
            output_field=IntegerField(),
        )
    )
    backwards = place is not None and place.backwards
    if place is not None:
        patients = patients.filter(_beyond(clinician, place, moment))
    order = ["urgency", "-name", "-pk"] if backwards else ["-urgency", "name", "pk"]
    found = list(
        patients.order_by(*order).only("public_id", "name", "email", "role", "is_active")[
            : PATIENTS_PER_PAGE + 1
        ]
    )
    if needy:
        found = [patient for patient in found if patient.urgency]
    more = len(found) > PATIENTS_PER_PAGE
    found = found[:PATIENTS_PER_PAGE]
    if backwards:
        if not more:
            # The beginning: a whole page of it instead of what is left before the place.
            whole = replace(which, show=ATTENTION) if needy else which
            return page_of(clinician, whole, None, moment)
        found.reverse()
    page = Page(found)
    if found and (more if backwards else place is not None):
        page.before = Place(found[0].public_id, found[0].urgency, backwards=True)
    if found and (backwards or more):
        page.after = Place(found[-1].public_id, found[-1].urgency)
    return page


def _has(reason: Reason, moment: Moment) -> Q:
    """Whether there is this reason to look at a patient of matching().

    All of them are one's own patients there, so that only whether something exists is asked here.
    """
    theirs = {"patient": OuterRef("pk")}
    if reason == Reason.QUESTION:
        return _exists(Question.objects.for_visit().filter(**theirs))
    if reason == Reason.OVERDUE:
        return _exists(Assignment.objects.overdue(moment.today).filter(**theirs))
    if reason == Reason.UNOPENED:
        return _exists(Assignment.objects.unopened(moment.a_week_ago).filter(**theirs))
    if reason == Reason.SHARED:
        since = OuterRef("looked_at")
        # Night.newly_shared() in two: each part has an index of its own, and either of them none.
        numbers = Night.objects.filter(SHARED_NUMBERS, numbers_shared_at__gt=since)
        words = Night.objects.filter(SHARED_WORDS, words_shared_at__gt=since)
        reflections = Reflection.objects.newly_shared(since)
        return (
            _exists(numbers.filter(**theirs))
            | _exists(words.filter(**theirs))
            | _exists(reflections.filter(**theirs))
        )
    return _exists(Invitation.objects.filter(user=OuterRef("pk"), accepted_at__isnull=True))


def _exists(things: Any) -> Q:
    """Exists(), but looked up for one patient after the other.

    PostgreSQL turns EXISTS into a scan of everybody's things in the clinic, once per page, which
    grows with the clinic; a look into an index for each of one's own patients does not.
    """
    return Q(IsNull(Subquery(things.order_by().values("pk")[:1]), False))


def _any_of(reasons: Iterable[Reason], moment: Moment) -> Q:
    return reduce(or_, (_has(reason, moment) for reason in reasons), Q(pk__in=()))


def _beyond(clinician: User, place: Place, moment: Moment) -> Q:
    """Who stands after the place (or before it, backwards).

    Said with the reasons themselves instead of the computed urgency, so that the database looks
    for each of them once.
    """
    more_urgent = _any_of((one for one in Reason if one.urgency > place.urgency), moment)
    same = next((one for one in Reason if one.urgency == place.urgency), None)
    as_urgent = _has(same, moment) if same else Q()
    # Also those who have left: their name is still the place in the list.
    known = User.objects.patients().filter(
        public_id=place.patient, care_received__clinician=clinician
    )
    name, pk = known.values_list("name", "pk").first() or ("", 0)
    if place.backwards:
        return more_urgent | (as_urgent & (Q(name__lt=name) | Q(name=name, pk__lt=pk)))
    beyond = Q(name__gt=name) | Q(name=name, pk__gt=pk)
    return ~more_urgent & ((~as_urgent | beyond) if same else beyond)
