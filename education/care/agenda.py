"""A clinician's visits: today's, those of the next days, and past ones that have not ended."""

from datetime import date, timedelta

from django.db.models import F

from accounts.models import User
from education.care.models import Visit, VisitQuerySet

# How far the list looks ahead, and how many it shows.
AHEAD = timedelta(days=14)
MOST_LISTED = 100


class Agenda:
    """A clinician's visits: today's, those of the next days, and past ones that have not ended."""

    def __init__(self, clinician: User, today: date) -> None:
        rows = self._rows(clinician).filter(on__lte=today + AHEAD)
        found = list(
            rows.order_by("-on", F("at").asc(nulls_last=True), "patient__name", "pk")[
                : MOST_LISTED + 1
            ]
        )
        self.has_more = len(found) > MOST_LISTED
        visits = found[:MOST_LISTED]
        self.today: list[Visit] = []
        self.coming: list[Visit] = []
        self.past: list[Visit] = []
        # As they are fetched, the farthest day comes first.
        for one in visits:
            is_past = one.is_past(today)
            (self.today if one.on == today else self.past if is_past else self.coming).append(one)
        self.coming.sort(key=lambda one: one.on or today)

    @staticmethod
    def _rows(clinician: User) -> VisitQuerySet:
        return (
            Visit.objects.visible_to(clinician)
            .open()
            .select_related("patient", "clinician")
            .defer("approved", "agreed")
        )

    @property
    def patients(self) -> list[User]:
        return [one.patient for one in (*self.today, *self.coming, *self.past)]
