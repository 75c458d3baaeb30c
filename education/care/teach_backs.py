"""Noting what a patient explained in their own words, and giving it to read again from there."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccessEvent, User
from accounts.sealed import Unreadable
from education.articles.models import Article, Edition, Level
from education.care import visits
from education.care.models import TeachBack, Visit
from education.reading.assigning import assign
from education.reading.models import Assignment, Reading, Wanted

# How long somebody can take back what they have just noted.
UNDO_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Again:
    """A level at which the article is given to read once more, and until when."""

    level: str
    due_on: date | None = None


def editions_to_explain(clinician: User, patient: User, article: Article) -> list[Edition]:
    """What a patient could have explained of an article: the editions that they read something
    of, the last one first; then the one that is published at the assigned level."""
    readings = (
        Reading.objects.visible_to(clinician)
        .filter(patient=patient, edition__article=article)
        .select_related("edition")
    )
    rows = sorted(readings, key=_last_done, reverse=True)
    found = {one.edition_id: one.edition for one in rows}
    assigned = (
        Assignment.objects.visible_to(clinician).open().filter(patient=patient, article=article)
    )
    level = assigned.values_list("level", flat=True).first()
    for edition in Edition.objects.published().filter(article=article):
        # Where nothing was read and nothing is assigned, any level may have been talked about.
        if edition.level == level or (not found and level is None):
            found.setdefault(edition.pk, edition)
    return sorted(found.values(), key=lambda one: one.pk not in {row.edition_id for row in rows})


def _last_done(reading: Reading) -> float:
    moments = (reading.opened_at, reading.finished_at, reading.understood_at)
    return max((at.timestamp() for at in moments if at), default=0.0)


def note(
    patient: User,
    by: User,
    *,
    edition: Edition,
    understood: str,
    words: str,
    again: Again | None = None,
    form_id: uuid.UUID | None = None,
) -> TeachBack:
    """Keep what the patient explained, with the visit that it was explained at, if any.

    `again` gives the article to read once more: what is assigned is withdrawn, and stands in the
    record; what was read of it stays. The same form with the same words sent twice is one note.
    """
    with transaction.atomic():
        visits.hold(patient)
        form_id = form_id or uuid.uuid4()
        if before := TeachBack.objects.filter(public_id=form_id).first():
            said = (before.patient, before.clinician, before.edition, before.understood)
            if said == (patient, by, edition, understood) and before.words == words:
                return before
            form_id = uuid.uuid4()
        one = TeachBack.objects.create(
            public_id=form_id,
            patient=patient,
            clinician=by,
            edition=edition,
            visit=_visit_of_today(patient, by),
            understood=understood,
            words=words,
            again=_assign_again(patient, by, edition.article, again) if again else None,
        )
        _record(one, by, AccessEvent.Action.CHANGED)
    return one


def _visit_of_today(patient: User, by: User) -> Visit | None:
    """The visit that is today or has no day; one that was forgotten to be finished; or the one
    that was finished today."""
    visits = Visit.objects.visible_to(by).filter(patient=patient)
    visit = visits.open().select_related("clinician", "patient").first()
    if visit and (visit.on is None or visit.on <= visit.today):
        return visit
    last = visits.ended().first()
    today = timezone.localdate(timezone=patient.zone)
    return last if last and timezone.localdate(last.ended_at, patient.zone) == today else None


def _assign_again(patient: User, by: User, article: Article, again: Again) -> Assignment | None:
    before = Assignment.objects.visible_to(by).filter(patient=patient, article=article)
    before.withdraw_all(by, _("To be read again after talking about it."))
    outcome = assign([Wanted(patient, article, again.level, again.due_on)], by=by)
    return next(iter(outcome.assigned), None)


def change(one: TeachBack, by: User, *, understood: str, words: str) -> bool:
    """Correct one's own note; False where it has been taken back meanwhile, or where the key to
    its words is missing."""
    if isinstance(one.words, Unreadable):
        return False
    with transaction.atomic():
        changed = TeachBack.objects.filter(pk=one.pk, clinician=by).update(
            understood=understood, words=words, updated_at=timezone.now()
        )
        if changed:
            _record(one, by, AccessEvent.Action.CHANGED)
    return bool(changed)


def undo(one: TeachBack, by: User) -> bool:
    """Take back what one has just noted; False if that is too long ago or was done already.

    What was given to read again from it stays: it can be withdrawn by itself.
    """
    with transaction.atomic():
        gone, _by_model = TeachBack.objects.filter(
            pk=one.pk, clinician=by, noted_at__gt=timezone.now() - UNDO_FOR
        ).delete()
        if gone:
            _record(one, by, AccessEvent.Action.WITHDREW)
    return bool(gone)


def levels_of(article: Article) -> list[Level]:
    """The levels at which the article can be read now, the easiest first."""
    levels = Edition.objects.published().filter(article=article).values_list("level", flat=True)
    return sorted((Level(level) for level in levels), key=lambda level: level.rank)


def _record(one: TeachBack, by: User, action: str) -> None:
    AccessEvent.objects.record(
        patient=one.patient,
        actor=by,
        action=action,
        what=AccessEvent.What.TEACH_BACK,
        thing=str(one.public_id),
    )
