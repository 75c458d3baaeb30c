"""A clinician's visits: today's, those of the next days, and past ones that have not ended."""

from datetime import date, timedelta

from django.db.models import F

from accounts.models import User
from education.care.models import Visit, VisitQuerySet

# How far the list looks ahead, and how many it shows.
AHEAD = timedelta(days=14)
MOST_LISTED = 100


class Agenda:
    """A clinician's visits: today's, finished or not, those of the next days, and past ones that
    have not ended."""

    def __init__(self, clinician: User, today: date) -> None:
        rows = self._rows(clinician, Visit.objects.open())
        time = F("at").asc(nulls_last=True)
        ahead = rows.filter(on__gte=today, on__lte=today + AHEAD)
        visits = list(ahead.order_by("on", time, "patient__name", "pk")[: MOST_LISTED + 1])
        past = list(rows.filter(on__lt=today).order_by("-on", time, "pk")[: MOST_LISTED + 1])
        self.today = [one for one in visits if one.on == today]
        self.coming = [one for one in visits[:MOST_LISTED] if one.on != today]
        self.past = past[:MOST_LISTED]
        finished = self._rows(clinician, Visit.objects.ended()).filter(on=today)
        self.finished = list(finished.order_by(time, "patient__name", "pk")[:MOST_LISTED])
        self.has_more = len(visits) > MOST_LISTED or len(past) > MOST_LISTED

    @staticmethod
    def _rows(clinician: User, visits: VisitQuerySet) -> VisitQuerySet:
        return (
            visits.visible_to(clinician)
            .select_related("patient", "clinician")
            .defer("approved", "agreed")
        )

    @property
    def patients(self) -> list[User]:
        return [one.patient for one in (*self.today, *self.finished, *self.coming, *self.past)]
