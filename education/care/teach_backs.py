"""Noting what a patient explained in their own words, and giving it to read again from there."""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccessEvent, User
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
    """Keep what the patient explained, with the visit that is next or going on.

    `again` gives the article to read once more: what is assigned is withdrawn, and stands in the
    record; what was read of it stays. The same form sent twice is one note.
    """
    with transaction.atomic():
        visits.hold(patient)
        form_id = form_id or uuid.uuid4()
        sent_before = TeachBack.objects.filter(public_id=form_id, patient=patient, clinician=by)
        if one := sent_before.first():
            return one
        if TeachBack.objects.filter(public_id=form_id).exists():
            form_id = uuid.uuid4()
        one = TeachBack.objects.create(
            public_id=form_id,
            patient=patient,
            clinician=by,
            edition=edition,
            visit=Visit.objects.open().filter(patient=patient).first(),
            understood=understood,
            words=words,
            again=_assign_again(patient, by, edition.article, again) if again else None,
        )
        _record(one, by, AccessEvent.Action.CHANGED)
    return one


def _assign_again(patient: User, by: User, article: Article, again: Again) -> Assignment | None:
    before = Assignment.objects.visible_to(by).filter(patient=patient, article=article)
    before.withdraw_all(by, _("To be read again after talking about it."))
    outcome = assign([Wanted(patient, article, again.level, again.due_on)], by=by)
    return next(iter(outcome.assigned), None)


def change(one: TeachBack, by: User, *, understood: str, words: str) -> bool:
    """Correct one's own note; False where it has been taken back meanwhile."""
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
