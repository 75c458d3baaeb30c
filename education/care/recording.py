"""What a clinician's page shows of a patient, for the record of access.

Whatever is noted here is noted in one transaction with the page: where it can't be, there is no
page. Nothing is said of what is not shared.
"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from accounts.models import AccessEvent, User
from accounts.models.access import Seen
from education.journal.diary import Diary
from education.journal.sharing import News

What = AccessEvent.What


def note_opened(request: HttpRequest, patient: User, *seen: Seen) -> None:
    """Note in the patient's record that these things of theirs were opened."""
    AccessEvent.objects.record_things(
        patient=patient, actor=request.user, action=AccessEvent.Action.OPENED, seen=seen
    )


def seen_of(
    diary: Diary,
    reflections: Iterable[Any] = (),
    questions: Iterable[Any] = (),
    news: News | None = None,
) -> list[Seen]:
    """The nights from the first to the last that are shown, and each of the rest by itself."""
    shown = sorted(night.diary_date for night in (*diary.numbered, *diary.notes))
    stretches = [(shown[0], shown[-1])] if shown else []
    # Nights of long ago that were shared lately are named by their dates.
    older = [day for day in news.nights if day < diary.first] if news else []
    stretches += [(day, day) for day in older]
    return [
        *(Seen(What.NIGHTS, f"{first}/{last}") for first, last in stretches),
        *(Seen(What.REFLECTION, str(one.public_id)) for one in reflections),
        *(Seen(What.QUESTION, str(one.public_id)) for one in questions),
    ]
