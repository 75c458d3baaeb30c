"""Paula and everybody around her, and something of hers at every address."""

import json
import time
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import ClinicProfile, ConsentText, Invitation, Mail, User
from education.articles.models import Level
from education.care.approval import Approved
from education.care.models import ChosenReflection, Question, TeachBack, Understood, Visit
from education.journal.models import Draft, Night, Reflection
from education.reading.models import Programme
from tests.accounts.soft_passkey import SoftPasskey
from tests.factories import (
    AdministratorFactory,
    AliasFactory,
    AssignmentFactory,
    CareRelationshipFactory,
    ClinicianFactory,
    EditionFactory,
    EditorFactory,
    FigureFactory,
    PatientFactory,
    PromptFactory,
    PublishedEditionFactory,
    ReferenceFactory,
    ReviewerFactory,
    TermFactory,
    TopicFactory,
)

from .urls import Address, filled

# Only she, and whom she shares it with, may read these; and her name is for her team and the
# administrators alone.
PRIVATE = "canary-of-the-night"
SHARED = "canary-for-the-team"
NAME = "Paula Canarybird"

ANY_OPTIONS = {"user": {"id": ""}, "rp": {"id": "testserver"}, "challenge": "AAAA"}

# The columns of the table, from left to right.
PEOPLE = {
    "nobody": "not signed in",
    "own": "Paula, a patient, whose things are at the addresses",
    "own-later": "Paula, an hour after she typed her password",
    "other": "Peter, another patient",
    "clinician": "Clara, who cares for Paula",
    "stranger": "a clinician who never cared for her",
    "ended": "a clinician whose care for her has ended",
    "deactivated": "a clinician who cares for her and was deactivated after signing in",
    "reviewer": "a clinician who approves content and does not care for her",
    "editor": "writes content",
    "administrator": "keeps people and care teams",
}


def people() -> dict[str, User | None]:
    """Everybody in PEOPLE."""
    paula = PatientFactory(name=NAME, email="paula-canary@example.org")
    everybody = {
        "nobody": None,
        "own": paula,
        "own-later": paula,
        "other": PatientFactory(name="Peter"),
        "clinician": ClinicianFactory(name="Clara"),
        "stranger": ClinicianFactory(name="Colin"),
        "ended": ClinicianFactory(),
        "deactivated": ClinicianFactory(),
        "reviewer": ReviewerFactory(),
        "editor": EditorFactory(),
        "administrator": AdministratorFactory(),
    }
    CareRelationshipFactory(clinician=everybody["clinician"], patient=paula)
    CareRelationshipFactory(clinician=everybody["deactivated"], patient=paula)
    CareRelationshipFactory(clinician=everybody["stranger"], patient=everybody["other"])
    ended = CareRelationshipFactory(clinician=everybody["ended"], patient=paula)
    ended.end()
    EmailAddress.objects.bulk_create(
        EmailAddress(user=one, email=one.email, verified=True, primary=True)
        for one in {one for one in everybody.values() if one}
    )
    return everybody


def things_of(patient: Any, clinician: Any, colleague: Any) -> dict[str, Any]:
    """An article with a draft, and what belongs to this patient, whom this clinician treats."""
    edition = PublishedEditionFactory()
    topic = TopicFactory()
    topic.articles.add(edition.article)
    reference = ReferenceFactory()
    invited = PatientFactory(name=NAME, email="nia-canary@example.org", password=None)
    draft = EditionFactory(article=edition.article, level=Level.ACADEMIC)
    now = timezone.now()
    night = Night.objects.create(
        patient=patient, diary_date=date(2026, 11, 20), zone="UTC", quality=3, note=PRIVATE
    )
    reflection = Reflection.objects.create(
        patient=patient, on=date(2026, 11, 20), text=PRIVATE, shared=False
    )
    return {
        "patient": patient,
        "colleague": colleague,
        "edition": edition,
        "article": edition.article,
        "topic": topic,
        "draft": draft,
        "figure": FigureFactory(edition=draft),
        "term": AliasFactory().term,
        "other": TermFactory(),
        "reference": reference,
        "prompt": PromptFactory(article=edition.article),
        "consent_text": ConsentText.objects.create(number=1, text="What you agree to."),
        "clinic": ClinicProfile.objects.create(name="Lakeside Clinic"),
        "care": CareRelationshipFactory(clinician=clinician, patient=invited, started_by=clinician),
        "invited": invited,
        "invitation": Invitation.objects.create(
            user=invited,
            invited_by=clinician,
            token_hash=uuid4().hex,
            sent_at=now,
            expires_at=now + timedelta(days=7),
        ),
        "mail": Mail.objects.create(recipient=patient, kind=Mail.Kind.INVITATION, send_after=now),
        "passkey": Authenticator.objects.create(
            user=patient,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "My phone", "credential": SoftPasskey().made_for(ANY_OPTIONS)},
        ),
        "assignment": AssignmentFactory(
            patient=patient,
            article=edition.article,
            assigned_by=clinician,
            batch=uuid4(),
            note=SHARED,
        ),
        "programme": Programme.objects.create(name="First weeks"),
        "night": night,
        "reflection": reflection,
        "begun": Draft.objects.create(
            patient=patient, form="reflection:new", fields=json.dumps({"text": PRIVATE})
        ),
        **visits_of(patient, clinician, edition, night, reflection),
    }


def visits_of(
    patient: Any, clinician: Any, edition: Any, night: Night, reflection: Reflection
) -> dict[str, Any]:
    """The next visit, one that has been, and what this patient asked and explained.

    All of it was approved for the next one; the night, the reflection that was chosen and one of
    the questions are the patient's alone again, as if the patient had changed their mind since.
    """
    day, now = date(2026, 11, 20), timezone.now()
    question, private = Question.objects.bulk_create(
        [
            Question(patient=patient, text=SHARED, for_visit_since=now),
            Question(patient=patient, text=PRIVATE),
        ]
    )
    visit = Visit.objects.create(
        patient=patient,
        clinician=clinician,
        noted_by=clinician,
        on=day,
        agreed=SHARED,
        approved=Approved.of(day, [question, private], [night], [reflection]).write(),
        approved_at=now,
    )
    ChosenReflection.objects.create(patient=patient, visit=visit, reflection=reflection)
    ended = Visit.objects.create(
        patient=patient,
        clinician=clinician,
        on=day - timedelta(days=30),
        agreed=SHARED,
        ended_at=now - timedelta(days=30),
        ended_by=clinician,
    )
    Question.objects.create(
        patient=patient,
        text=SHARED,
        for_visit_since=now - timedelta(days=31),
        settled_at=now - timedelta(days=30),
        settled_by=clinician,
        settled_at_visit=ended,
        answer=SHARED,
    )
    return {
        "question": question,
        "private_question": private,
        "visit": visit,
        "ended_visit": ended,
        "teach_back": TeachBack.objects.create(
            patient=patient,
            clinician=clinician,
            edition=edition,
            visit=visit,
            understood=Understood.PARTLY,
            words=SHARED,
        ),
    }


def arguments(things: dict[str, Any]) -> dict[str, list[Any]]:
    """By name, what each address with arguments takes to lead to one of these things.

    The admin's addresses of one object find theirs by themselves, in url_of().
    """
    patient, slug = things["patient"].public_id, things["article"].slug
    assignment, question = things["assignment"].public_id, things["question"].public_id
    programme, night = things["programme"].public_id, things["night"].diary_date
    reflection, term = things["reflection"].public_id, things["term"].slug
    invited, passkey = things["invited"].public_id, things["passkey"].pk
    visit, teach_back = things["visit"].public_id, things["teach_back"].public_id
    reader = [slug, Level.FUNDAMENTALS]
    return {
        "account_confirm_email": ["not-a-key"],
        "account_reset_password_from_key": ["1", "not-a-key"],
        "mfa_remove_webauthn": [passkey],
        "mfa_edit_webauthn": [passkey],
        "accounts:invite_again": [invited],
        "accounts:revoke": [invited],
        "accounts:unsubscribe": ["not-a-token"],
        "accounts:accept_invitation": ["not-a-token"],
        "articles:figure": ["no-such-figure.svg"],
        "care:patient": [patient],
        "care:patient_diary": [patient],
        "care:assign": [patient],
        "care:assign_article": [patient, slug],
        "care:assign_programme": [patient, programme],
        "care:team": [patient],
        "care:hand_over": [patient],
        "care:end_care": [patient],
        "care:undo_share": [patient, things["colleague"].public_id],
        "care:undo_assign": [things["assignment"].batch],
        "care:assignment": [assignment],
        "care:withdraw": [assignment],
        "care:restore": [assignment],
        "care:question": [question],
        "care:question_for_visit": [question],
        "care:question_move": [question],
        "care:question_settle": [question],
        "care:question_reopen": [question],
        "care:question_delete": [question],
        "care:visit_page": [visit],
        "care:visit_approve": [visit],
        "care:visit_take_back": [visit],
        "care:visit_took_place": [visit],
        "care:visit_call_off": [visit],
        "care:visit_open_again": [visit],
        "care:visit_after": [visit],
        "care:patient_visit": [patient],
        "care:teach_back_new": [patient, slug],
        "care:teach_back": [teach_back],
        "care:teach_back_undo": [teach_back],
        "programmes:programme": [programme],
        "programmes:edit": [programme],
        "programmes:put_away": [programme],
        "programmes:bring_back": [programme],
        "reading:article": [slug],
        "reading:reader": reader,
        "reading:finish": reader,
        "reading:understand": reader,
        "reading:changes": reader,
        "reading:preview": [slug, Level.ACADEMIC, things["draft"].number],
        "glossary:term": [term],
        "glossary:lookup": [term],
        "journal:night": [night],
        "journal:night_delete": [night],
        "journal:night_share": [night],
        "journal:reflection": [reflection],
        "journal:reflection_delete": [reflection],
        "journal:reflection_share": [reflection],
        "journal:import_undo": ["not-a-token"],
        "admin:app_list": ["articles"],
    }


# By the admin's name of a model, which of the things is one.
ADMIN_OBJECTS = {
    "articles_topic": "topic",
    "articles_article": "article",
    "articles_edition": "draft",
    "articles_reference": "reference",
    "glossary_term": "term",
    "accounts_mail": "mail",
    "accounts_user": "patient",
    "accounts_carerelationship": "care",
    "accounts_clinicprofile": "clinic",
    "accounts_consenttext": "consent_text",
}


def url_of(name: str, things: dict[str, Any]) -> str:
    return reverse(name, args=arguments(things).get(name, []))


def path_of(one: Address, things: dict[str, Any]) -> str:
    """Where an address leads in this world; raises LookupError for one that is unknown here."""
    if "<" not in one.route and "(" not in one.route:
        return filled(one.route, "")
    if one.name in arguments(things):
        return url_of(one.name, things)
    if one.route.startswith("admin/"):
        if one.name == "/admin/(?P<url>.*)":
            return "/admin/no-such-page/"
        model = "_".join(one.route.split("/")[1:3])
        if model not in ADMIN_OBJECTS:
            raise LookupError(f"Say in ADMIN_OBJECTS which of the things is {one.name}'s.")
        thing = things[ADMIN_OBJECTS[model]]
        if one.name.endswith("_simple_history"):
            return reverse(one.name, args=[thing.pk, thing.history.first().pk])
        return filled(one.route, thing.pk)
    raise LookupError(f"Say in arguments() where {one.name} leads.")


def an_hour_later(client: Client) -> Client:
    """As if the password had been typed an hour ago."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 3600}]
    session.save()
    return client
