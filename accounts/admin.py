"""People, care teams and the clinic's profile, for administrators."""

import zoneinfo
from typing import Any

# These register models of their own when they are imported; that must come before unregistering.
import allauth.account.admin  # noqa: F401
import allauth.mfa.admin  # noqa: F401
import allauth.usersessions.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
import django_tasks_db.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tasks_db.models import DBTaskResult

from . import admin_consent, admin_mail  # noqa: F401
from .admin_access import Action, RecordedMixin, What
from .admin_base import PortalModelAdmin
from .mail import queue_letter
from .models import AccessEvent, CareRelationship, ClinicProfile, Invitation, Role, User

# Groups follow the role (portal/permissions.py), addresses follow the person, and of the queue the
# list of mails says what an administrator needs. Second factors and sessions are their owner's.
admin.site.unregister([Group, EmailAddress, DBTaskResult, Authenticator, UserSession])


EMAIL_CHANGED = "account/email/email_changed"


def _zone_field() -> forms.ChoiceField:
    zones = sorted(zoneinfo.available_timezones())
    return forms.ChoiceField(label=_("Time zone"), choices=[(zone, zone) for zone in zones])


class UserForm(forms.ModelForm):
    """Name, address, role and rights of a person; never their password."""

    language = forms.ChoiceField(label=_("Language and date format"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "email", "role", "may_review", "time_zone", "language", "is_active"]

    # The administrator who is editing; set by the admin.
    editor: User

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.instance == self.editor:
            if data.get("role") != self.editor.role:
                self.add_error("role", _("You can’t change your own role; ask a colleague."))
            if not data.get("is_active"):
                self.add_error("is_active", _("You can’t lock yourself out."))
        self._check_role(data.get("role"))
        if data.get("may_review") and data.get("role") and data["role"] != Role.CLINICIAN:
            self.add_error("may_review", _("Only a clinician can have the right to review."))
        return data

    def _check_role(self, role: str | None) -> None:
        """Somebody in open care keeps the role that the care rests on."""
        if not role or role == self.initial.get("role"):
            return
        care = CareRelationship.objects.open()
        if (
            care.filter(clinician=self.instance).exists()
            or care.filter(patient=self.instance).exists()
        ):
            self.add_error("role", _("End this person’s care relationships first."))


class MayReviewFilter(admin.SimpleListFilter):
    title = _("right to review")
    parameter_name = "reviewers"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("May review content"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(may_review=True) if self.value() else queryset


@admin.register(User)
class UserAdmin(RecordedMixin, PortalModelAdmin):
    """People join by invitation, so there is no adding here, and nobody is deleted: what they
    wrote or approved keeps its author."""

    form = UserForm
    fieldsets = [
        (None, {"fields": ["name", "email"]}),
        (_("What this person does here"), {"fields": ["role", "may_review", "is_active"]}),
        (_("Language and time"), {"fields": ["language", "time_zone"]}),
        (_("History"), {"fields": ["date_joined", "last_login"]}),
    ]
    readonly_fields = ["date_joined", "last_login"]
    list_display = ["name", "email", "role", "may_review", "is_active", "last_login"]
    list_filter = ["role", "is_active", MayReviewFilter]
    search_fields = ["name", "email"]
    search_help_text = _("Name or e-mail address")
    ordering = ["name", "pk"]
    recorded_as = What.PERSON

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without those who closed their account: nobody brings them back."""
        return super().get_queryset(request).filter(closing__isnull=True)

    def person_of(self, row: User) -> User:
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, **kwargs)
        return type("UserForm", (form,), {"editor": request.user})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            return _zone_field()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        # Who stops being a patient, too.
        if Role.PATIENT in (obj.role, form.initial.get("role")):
            AccessEvent.objects.record(
                patient=obj, actor=request.user, action=Action.CHANGED, what=What.PERSON
            )
        if "email" in form.changed_data:
            if obj.has_usable_password():
                # Where they have come in from until now. Who never came in may never have had
                # that address, and the mail names the right one.
                former = form.initial["email"]
                queue_letter(obj, EMAIL_CHANGED, former, from_email=former, to_email=obj.email)
            # Otherwise the former address would still open the account.
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
            EmailAddress.objects.update_or_create(
                user=obj, email=obj.email, defaults={"verified": True, "primary": True}
            )
            for invitation in Invitation.objects.filter(user=obj):
                invitation.revoke()


class OpenFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() in ("open", "ended"):
            return queryset.filter(ended_at__isnull=self.value() == "open")
        return queryset


class CareRelationshipForm(forms.ModelForm):
    class Meta:
        model = CareRelationship
        fields = ["clinician", "patient"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        clinician, patient = data.get("clinician"), data.get("patient")
        if (
            clinician
            and patient
            and CareRelationship.objects.open()
            .filter(clinician=clinician, patient=patient)
            .exists()
        ):
            self.add_error("patient", _("This clinician already cares for this patient."))
        return data


@admin.register(CareRelationship)
class CareRelationshipAdmin(RecordedMixin, PortalModelAdmin):
    """Who cares for whom. A relationship is begun and ended, never edited or deleted."""

    form = CareRelationshipForm
    autocomplete_fields = ["clinician", "patient"]
    list_display = ["clinician", "patient", "started_at", "state"]
    list_display_links = ["clinician", "patient"]
    list_filter = [OpenFilter]
    list_select_related = ["clinician", "patient"]
    search_fields = ["clinician__name", "clinician__email", "patient__name", "patient__email"]
    search_help_text = _("Name or e-mail address of either")
    actions = ["end_selected"]
    ordering = ["-started_at", "-pk"]
    recorded_as = What.CARE_TEAM

    class Media:
        js = ["js/admin-names.js"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_carerelationship")

    def person_of(self, row: CareRelationship) -> User:
        return row.patient

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return ["clinician", "patient"]
        return ["clinician", "patient", "started_at", "started_by", "ended_at"]

    def get_urls(self) -> list[Any]:
        end = self.admin_site.admin_view(require_POST(self.end_view))
        return [
            path("<int:pk>/end/", end, name="accounts_carerelationship_end"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.started_by = request.user
        super().save_model(request, obj, form, change)
        self.note(request, obj.patient, Action.CHANGED)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_end": self.has_end_permission(request)}
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description=_("state"), ordering="ended_at")
    def state(self, relationship: CareRelationship) -> str:
        if relationship.ended_at is None:
            return format_html('<span class="state state-published">{}</span>', _("open"))
        return format_html('<span class="state state-retired">{}</span>', _("ended"))

    @admin.action(description=_("End the selected care relationships"), permissions=["end"])
    def end_selected(
        self, request: HttpRequest, queryset: QuerySet[CareRelationship]
    ) -> HttpResponse | None:
        """Ask first; then end what is still open."""
        chosen = list(queryset.filter(ended_at__isnull=True).select_related("clinician", "patient"))
        if not chosen:
            self.message_user(
                request, _("These care relationships have ended already."), messages.WARNING
            )
            return None
        if "confirmed" not in request.POST:
            return self._ask(request, chosen)
        for relationship in chosen:
            self._end(request, relationship)
        self.message_user(
            request,
            ngettext(
                "%(count)d care relationship has ended.",
                "%(count)d care relationships have ended.",
                len(chosen),
            )
            % {"count": len(chosen)},
            messages.SUCCESS,
        )
        return None

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same for one, from its own page."""
        relationship = self.get_object(request, str(pk))
        changelist = reverse("admin:accounts_carerelationship_changelist")
        if relationship is None or not self.has_end_permission(request):
            return redirect(changelist)
        if relationship.ended_at is not None:
            self.message_user(
                request, _("This care relationship has ended already."), messages.WARNING
            )
            return redirect(changelist)
        if "confirmed" not in request.POST:
            return self.listed(
                request, self._ask(request, [relationship], request.path), [relationship]
            )
        self._end(request, relationship)
        self.message_user(request, _("The care relationship has ended."), messages.SUCCESS)
        return redirect(changelist)

    def _ask(
        self, request: HttpRequest, chosen: list[CareRelationship], action_url: str = ""
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("End care?"),
            "opts": self.opts,
            "chosen": chosen,
            "action_url": action_url,
        }
        return TemplateResponse(
            request, "admin/accounts/carerelationship/end_confirmation.html", context
        )

    def _end(self, request: HttpRequest, relationship: CareRelationship) -> None:
        with transaction.atomic():
            if relationship.end(request.user):
                self.note(request, relationship.patient, Action.CHANGED)
            self.log_change(request, relationship, [{"changed": {"fields": ["ended at"]}}])


class ClinicProfileForm(forms.ModelForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = ClinicProfile
        fields = [
            "name",
            "mail_name",
            "telephone",
            "emergency_words",
            "hard_moment_words",
            "hard_moment_telephone",
            "accent",
            "language",
            "time_zone",
        ]
        widgets = {"accent": AdminTextInputWidget(attrs={"type": "color"})}
        labels = {"accent": _("Accent color")}


@admin.register(ClinicProfile)
class ClinicProfileAdmin(PortalModelAdmin):
    """One row: the list leads straight to it."""

    form = ClinicProfileForm
    fieldsets = [
        (None, {"fields": ["name", "mail_name", "telephone", "emergency_words"]}),
        (_("Beside the journal"), {"fields": ["hard_moment_words", "hard_moment_telephone"]}),
        (_("Look"), {"fields": ["accent"]}),
        (_("Language and time"), {"fields": ["language", "time_zone"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not ClinicProfile.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "time_zone":
            return _zone_field()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        profile = ClinicProfile.objects.first()
        if profile is not None:
            return redirect("admin:accounts_clinicprofile_change", profile.pk)
        if self.has_add_permission(request):
            return redirect("admin:accounts_clinicprofile_add")
        return super().changelist_view(request, extra_context)
