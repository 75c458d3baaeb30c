"""Which patients a clinician has chosen on the caseload: some by name, or all that match."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from education.care.caseload import ATTENTION, Moment, Reason, Which, matching

MOST_AT_ONCE = 5_000
NAMES_SHOWN = 5


@dataclass
class Chosen:
    """The patients that somebody chose, as far as they are in this clinician's care now."""

    clinician: User
    which: Which
    # Everybody who matches, instead of those whose ids were sent.
    everybody: bool = False
    ids: list[UUID] = field(default_factory=list)

    @classmethod
    def read(cls, clinician: User, data: Any) -> "Chosen":
        """From a form; what is no id is left out."""
        ids: dict[UUID, None] = {}
        for text in data.getlist("patient"):
            try:
                ids[UUID(text)] = None
            except ValueError:
                continue
        return cls(clinician, Which.read(data), bool(data.get("everybody")), list(ids))

    @cached_property
    def patients(self) -> list[User]:
        """In the order of their names; one more than may be chosen at once, at most."""
        if self.everybody:
            patients = matching(self.clinician, self.which, Moment.of(self.clinician))
        elif self.ids:
            patients = User.objects.patients_of(self.clinician).filter(public_id__in=self.ids)
        else:
            return []
        return list(
            patients.order_by("name", "pk").only("public_id", "name", "email", "role", "time_zone")[
                : MOST_AT_ONCE + 1
            ]
        )

    @property
    def is_too_many(self) -> bool:
        return len(self.patients) > MOST_AT_ONCE

    @property
    def gone(self) -> int:
        """How many of those chosen by name are not in this clinician's care any more."""
        return 0 if self.everybody else len(self.ids) - len(self.patients)

    @property
    def latest_today(self) -> date:
        """Today where the day has got furthest among them: no due date may be before it."""
        now: datetime = timezone.now()
        zones = {patient.time_zone: patient.zone for patient in self.patients}
        days = [timezone.localdate(now, zone) for zone in zones.values()]
        return max([timezone.localdate(now, self.clinician.zone), *days])

    @property
    def in_words(self) -> str:
        """For whom something is about to be assigned."""
        n = len(self.patients)
        if not self.everybody:
            return names_of([patient.name for patient in self.patients])
        if self.which.is_everybody:
            text = ngettext("the %(n)d patient in your care", "all %(n)d patients in your care", n)
            return text % {"n": n}
        text = ngettext("the %(n)d patient who matches %(what)s",
                        "all %(n)d patients who match %(what)s", n)  # fmt: skip
        return text % {"n": n, "what": _and(self._conditions())}

    def _conditions(self) -> list[str]:
        said = []
        if self.which.show == ATTENTION:
            said.append(_("“Needs attention”"))
        elif self.which.show:
            said.append(_("“%(text)s”") % {"text": Reason(self.which.show).label})
        if self.which.query:
            said.append(_("“%(text)s”") % {"text": self.which.query})
        return said


def names_of(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    if len(names) <= NAMES_SHOWN:
        return _and(names)
    left = len(names) - NAMES_SHOWN + 1
    more = ngettext("%(n)d more", "%(n)d more", left) % {"n": left}
    return _and([*names[: NAMES_SHOWN - 1], more])


def _and(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}
