"""A patient with something of every kind, each with words that can be found again."""

import time
from datetime import UTC, datetime, timedelta

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import ForeignObjectRel
from django.utils import timezone

from accounts.models import (
    AccessEvent,
    CareRelationship,
    Consent,
    ConsentText,
    Device,
    Invitation,
    Mail,
    User,
)
from education.articles.models import Edition
from education.care.models import ChosenReflection, Question, TeachBack, Visit
from education.journal.models import Draft, Night, Preferences, Reflection
from education.reading.models import Notice, Reading
from tests.factories import AssignmentFactory

WORDS = [
    "canary-note", "canary-medicine", "canary-reflection", "canary-draft", "canary-question",
    "canary-given", "canary-reason", "canary-answer", "canary-agreed", "canary-explained",
    "canary-text", "canary-browser", "canary-key",
]  # fmt: skip


def live(patient: User, clinician: User, administrator: User, nights: int = 2) -> None:
    """Fill the portal with what this patient did."""
    now = timezone.now()
    _write(patient, nights)
    assignment = AssignmentFactory(patient=patient, assigned_by=clinician, note="canary-given")
    edition = assignment.article.editions.get()
    Reading.objects.note_opened(patient, edition)
    Reading.objects.note_sections(patient, edition, {"part-0": now}, last="part-0")
    assignment.change(clinician, level=assignment.level, due_on=None, note="canary-given!")
    assignment.withdraw(clinician, "canary-reason")
    mail = Mail.objects.create(recipient=patient, kind=Mail.Kind.READING, send_after=now)
    Notice.objects.create(patient=patient, assignment=assignment, kind="new", mail=mail)
    _meet(patient, clinician, edition)
    AccessEvent.objects.record(
        patient=patient, actor=clinician, action="opened", what="patient page"
    )
    _sign_in(patient)
    Invitation(user=patient, invited_by=clinician).issue_token()
    text, _new = ConsentText.objects.get_or_create(
        number=1, defaults={"text": "canary-text", "published_at": now}
    )
    Consent.objects.create(patient=patient, text=text)
    for thing in (patient, CareRelationship.objects.get(patient=patient)):
        kind = ContentType.objects.get_for_model(thing)
        LogEntry.objects.create(
            user=administrator, content_type=kind, object_id=str(thing.pk),
            object_repr=str(thing), action_flag=CHANGE,
        )  # fmt: skip


def _meet(patient: User, clinician: User, edition: Edition) -> None:
    now = timezone.now()
    visit = Visit.objects.create(
        patient=patient, on=now.date(), clinician=clinician, agreed="canary-agreed", ended_at=now
    )
    Question.objects.create(
        patient=patient, text="canary-question", edition=edition, for_visit_since=now,
        settled_at=now, settled_by=clinician, settled_at_visit=visit, answer="canary-answer",
    )  # fmt: skip
    reflection = Reflection.objects.filter(patient=patient).first()
    ChosenReflection.objects.create(patient=patient, visit=visit, reflection=reflection)
    TeachBack.objects.create(
        patient=patient, clinician=clinician, edition=edition, visit=visit,
        understood="partly", words="canary-explained",
    )  # fmt: skip


def _write(patient: User, nights: int) -> None:
    first = datetime(2026, 1, 1, 7, tzinfo=UTC)
    Night.objects.bulk_create(
        Night(
            patient=patient, diary_date=(first + timedelta(days=n)).date(), zone="Europe/London",
            woke_at=first + timedelta(days=n), quality=4, note="canary-note",
            medicine="canary-medicine",
        )
        for n in range(nights)
    )  # fmt: skip
    Reflection.objects.create(patient=patient, on=first.date(), text="canary-reflection")
    Draft.objects.keep(patient, "reflection:new", {"text": "canary-draft"})
    Preferences.objects.create(patient=patient, shares_numbers=True)


def _sign_in(patient: User) -> None:
    EmailAddress.objects.create(user=patient, email=patient.email, verified=True, primary=True)
    EmailAddress.objects.create(user=patient, email=f"second-{patient.email}")
    Authenticator.objects.create(
        user=patient, type="webauthn", data={"name": "canary-key", "credential": {}}
    )
    Device.objects.create(person=patient, token_hash="0" * 64)
    UserSession.objects.create(
        user=patient, ip="192.0.2.1", user_agent="canary-browser", session_key=f"k{patient.pk}"
    )


def an_hour_later(client) -> None:
    """As if the password had been typed an hour ago."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time() - 3600}]
    session.save()


def relations() -> list[ForeignObjectRel]:
    """From whatever column of whatever model leads to a person, also where nothing leads back."""
    found = User._meta.get_fields(include_hidden=True)
    return [one for one in found if isinstance(one, ForeignObjectRel) and not one.many_to_many]


def everything_of(patient: User) -> dict[str, int]:
    """How many rows of each kind name this person, in whatever column."""
    found = {}
    for relation in relations():
        model, field = relation.related_model, relation.field
        if n := model._base_manager.filter(**{field.name: patient}).count():
            found[f"{model.__name__}.{field.name}"] = n
    return found
