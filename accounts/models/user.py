"""The people who sign in."""

import uuid
import zoneinfo
from functools import lru_cache
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody comes to the portal for; each person has one."""

    PATIENT = "patient", _("Patient")
    CLINICIAN = "clinician", _("Clinician")
    EDITOR = "editor", _("Content editor")
    ADMINISTRATOR = "administrator", _("Administrator")


# Django groups that carry the permissions; portal/permissions.py fills them.
EDITORS_GROUP = "Content editors"
REVIEWERS_GROUP = "Clinical reviewers"
ADMINISTRATORS_GROUP = "Administrators"


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """The names of all IANA time zones; looked up once, because that reads many files."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(value: str) -> None:
    """Raise ValidationError unless value is the name of an IANA time zone."""
    if value not in time_zones():
        raise ValidationError(
            _("Choose a time zone by its name, for example Europe/London."), code="time_zone"
        )


# What permissions follow.
_FOLLOWED = frozenset({"role", "may_review"})


class UserQuerySet(models.QuerySet["User"]):
    def patients(self) -> Self:
        return self.filter(role=Role.PATIENT)

    def with_address(self, email: str) -> Self:
        """Whoever signs in with this address, in capitals or not: nobody, or one.

        As the constraint compares. `iexact` takes for the same on PostgreSQL what is not: with
        a dotless i or a long s anybody could have an address like somebody else's.
        """
        return self.alias(address=Lower("email")).filter(address=email.lower())

    def patients_of(self, clinician: "User") -> Self:
        """Patients with whom this clinician has an open care relationship."""
        if not (clinician.is_active and clinician.is_clinician):
            return self.none()
        return self.patients().filter(
            care_received__clinician=clinician, care_received__ended_at__isnull=True
        )


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def patients(self) -> UserQuerySet:
        return self.get_queryset().patients()

    def with_address(self, email: str) -> UserQuerySet:
        return self.get_queryset().with_address(email)

    def patients_of(self, clinician: "User") -> UserQuerySet:
        return self.get_queryset().patients_of(clinician)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.with_address(username or "").get()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a person; without a password nobody can sign in as them yet."""
        if not email:
            raise ValueError("A person needs an e-mail address to sign in with.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator.

        Not a Django superuser: administrators reach people and care teams through their group,
        and neither drafts nor anything a patient wrote.
        """
        fields.setdefault("name", email.partition("@")[0])
        return self.create_user(email, password, **fields, role=Role.ADMINISTRATOR)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in with an e-mail address: patient, clinician, editor, administrator."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(
        _("e-mail address"),
        error_messages={"unique": _("Somebody with this e-mail address is already here.")},
        unique=True,
    )
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.PATIENT)
    may_review = models.BooleanField(
        _("may review content"),
        default=False,
        help_text=_("A clinician with this right approves articles that others have written."),
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_time_zone]
    )
    language = models.CharField(_("language"), max_length=10, default="en-us")
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Without this tick the person is out at the next click."),
    )
    mails_new_reading = models.BooleanField(
        _("Tell me by e-mail when there is something new to read"), default=True
    )
    mails_reminders = models.BooleanField(
        _("Remind me by e-mail before and after the day by which I should read something"),
        default=True,
    )
    # True until the patient has agreed to the clinic's current text; see ConsentText.
    consent_is_due = models.BooleanField(default=True, db_default=True, editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="accounts_user_email_unique",
                violation_error_message=_("Somebody with this e-mail address is already here."),
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_user_role_known"
            ),
            models.CheckConstraint(
                condition=Q(may_review=False) | Q(role=Role.CLINICIAN),
                name="accounts_user_reviewer_is_clinician",
                violation_error_message=_("Only a clinician can have the right to review."),
            ),
        ]
        indexes = [models.Index(F("role"), F("name"), name="accounts_user_role_name")]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = type(self).objects.normalize_email(self.email).lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the person and let their permissions follow their role."""
        fields = kwargs.get("update_fields")
        if fields is not None and _FOLLOWED.isdisjoint(fields):
            return super().save(*args, **kwargs)
        with transaction.atomic():
            super().save(*args, **kwargs)
            self._follow_role()

    def _follow_role(self) -> None:
        wanted = {
            EDITORS_GROUP: self.role == Role.EDITOR,
            REVIEWERS_GROUP: self.is_reviewer,
            ADMINISTRATORS_GROUP: self.role == Role.ADMINISTRATOR,
        }
        held = set(self.groups.filter(name__in=wanted).values_list("name", flat=True))
        for name, belongs in wanted.items():
            if belongs and name not in held:
                self.groups.add(Group.objects.get_or_create(name=name)[0])
            elif not belongs and name in held:
                self.groups.remove(Group.objects.get(name=name))

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The person's time zone; dates and times are shown in it."""
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")

    @property
    def is_patient(self) -> bool:
        return self.role == Role.PATIENT

    @property
    def is_clinician(self) -> bool:
        return self.role == Role.CLINICIAN

    @property
    def is_editor(self) -> bool:
        return self.role == Role.EDITOR

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_reviewer(self) -> bool:
        return self.is_clinician and self.may_review

    @property
    def is_staff(self) -> bool:
        """Whether the admin is open to this person; it follows the role."""
        return self.is_editor or self.is_administrator or self.is_reviewer
