"""Who on a list can be invited, and inviting them: all or nobody."""

from dataclasses import dataclass

from django import forms
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from accounts.forms import InvitationForm
from accounts.mail import queue_invitations
from accounts.mail.invitations import note_invitations
from accounts.models import CareRelationship, Invitation, Role, User

from .sheet import Line, role_of


@dataclass
class Candidate:
    """One line of the list: a person to invite, or the reason why not."""

    line: Line
    name: str
    email: str
    role: str = Role.PATIENT
    error: str = ""
    # The same person is invited or in care already: there is nothing to correct.
    is_settled: bool = False

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label) if self.role in Role.values else self.line.role


class RowForm(InvitationForm):
    """The rules of a single invitation; who is known is looked up once for all rows."""

    def is_known(self, email: str) -> bool:
        return False


def check(lines: list[Line], inviter: User) -> list[Candidate]:
    """Each line with the person it means or what is wrong with it; a few queries for all."""
    candidates = [_candidate(line, inviter) for line in lines]
    emails = {one.email for one in candidates if not one.error}
    known = _known(emails)
    own = set(User.objects.patients_of(inviter).filter(pk__in=known.values()).values_list("pk"))
    invited = set(
        Invitation.objects.visible_to(inviter).filter(user__in=known.values()).values_list("user")
    )
    first: dict[str, int] = {}
    for one in candidates:
        if one.error:
            continue
        if one.email in first:
            one.error = _("The same address is in line %(n)d.") % {"n": first[one.email]}
            one.is_settled = True
            continue
        first[one.email] = one.line.number
        if one.email not in known:
            continue
        key = (known[one.email],)
        one.is_settled = True
        if key in own:
            one.error = _("This person is in your care already.")
        elif key in invited:
            one.error = _("This person is invited already.")
        else:
            one.is_settled = False
            one.error = _(
                "This address can’t be invited: it already has an account or an invitation."
            )
    return candidates


def _candidate(line: Line, inviter: User) -> Candidate:
    role = role_of(line.role) if line.role else Role.PATIENT.value
    one = Candidate(line, line.name, line.email.lower(), role or line.role)
    if line.role and not role:
        one.error = _("“%(role)s” is no role.") % {"role": line.role[:50]}
    elif role != Role.PATIENT and not inviter.is_administrator:
        one.error = _("You can invite patients only.")
    else:
        data = {"name": line.name, "email": line.email, "role": role}
        form: forms.Form = RowForm(data, inviter=inviter)
        if form.is_valid():
            one.name, one.email = form.cleaned_data["name"], form.cleaned_data["email"]
        else:
            one.error = _reason(form, line)
    return one


def _reason(form: forms.Form, line: Line) -> str:
    """What is wrong with a line, in one sentence or two."""
    reasons = []
    if form.has_error("name", "required"):
        reasons.append(_("The name is missing."))
    elif form.has_error("name"):
        reasons.append(_("The name is too long."))
    if form.has_error("email", "required"):
        reasons.append(_("The e-mail address is missing."))
    elif form.has_error("email", "max_length"):
        reasons.append(_("The address is too long."))
    elif form.has_error("email", "invalid"):
        reasons.append(_("This is no e-mail address: %(email)s") % {"email": line.email[:80]})
    elif form.has_error("email"):
        reasons.extend(str(error) for error in form.errors["email"])
    return " ".join(reasons) or _("This line can’t be read.")


def _known(emails: set[str]) -> dict[str, int]:
    """Who of these has an account, by address."""
    rows = User.objects.annotate(address=Lower("email")).filter(address__in=emails)
    return dict(rows.values_list("address", "pk"))


def invite(candidates: list[Candidate], inviter: User) -> list[Invitation] | None:
    """Create these people with their invitations, and queue the mails.

    A clinician's patients are at once in their care. None, and nobody is invited, when somebody
    else has invited one of them at the same moment.
    """
    try:
        with transaction.atomic():
            people = _create(candidates, inviter)
            if inviter.is_clinician:
                CareRelationship.objects.bulk_create(
                    CareRelationship(clinician=inviter, patient=one, started_by=inviter)
                    for one in people
                )
            invitations = [Invitation(user=one, invited_by=inviter) for one in people]
            queue_invitations(invitations)
            note_invitations(invitations, by=inviter)
    except IntegrityError:
        return None
    return invitations


def _create(candidates: list[Candidate], inviter: User) -> list[User]:
    people = []
    for one in candidates:
        person = User(
            email=one.email,
            name=one.name,
            role=one.role,
            language=inviter.language,
            time_zone=inviter.time_zone,
        )
        person.set_unusable_password()
        people.append(person)
    # Patients and clinicians have no group; permissions follow the role of anybody else.
    grouped = {Role.EDITOR, Role.ADMINISTRATOR}
    User.objects.bulk_create(person for person in people if person.role not in grouped)
    for person in people:
        if person.role in grouped:
            person.save()
    return people
