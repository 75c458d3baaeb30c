"""Mails that did not arrive, for administrators: to whom, why, and trying again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from .admin_access import RecordedMixin, What
from .admin_base import PortalModelAdmin
from .mail import try_again
from .models import Mail, User
from .models.mail import MailQuerySet

_STATES = {
    "failed": (_("failed"), "draft", {"failed_at__isnull": False}),
    "sent": (_("sent"), "published", {"sent_at__isnull": False}),
    "dropped": (_("not needed any more"), "retired", {"dropped_at__isnull": False}),
    "waiting": (
        _("on its way"),
        "review",
        {"failed_at__isnull": True, "sent_at__isnull": True, "dropped_at__isnull": True},
    ),
}

_UNREACHABLE = _("The mail server could not be reached.")
_UNKNOWN = _("Something else; the mail’s page says what.")
_REASONS = {
    "SMTPRecipientsRefused": _("The mail server refused the address."),
    "SMTPSenderRefused": _("The mail server refused the portal as sender."),
    "SMTPAuthenticationError": _("The mail server refused the portal’s password."),
    "SMTPServerDisconnected": _("The mail server hung up."),
    "SMTPConnectError": _UNREACHABLE,
    "ConnectionRefusedError": _UNREACHABLE,
    "ConnectionResetError": _UNREACHABLE,
    "TimeoutError": _UNREACHABLE,
    "gaierror": _UNREACHABLE,
    "SSLCertVerificationError": _("The mail server could not prove who it is."),
    "interrupted": _("The worker was stopped in the middle each time."),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state, words) for state, (words, _tone, _rows) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Mail]) -> QuerySet[Mail]:
        state = _STATES.get(self.value() or "")
        return queryset.filter(**state[2]) if state else queryset


@admin.register(Mail)
class MailAdmin(RecordedMixin, PortalModelAdmin):
    """Invitations, and any mail that failed for good.

    Other mails are not here: that somebody has something to read is between them and their
    care team. For the same reason a failed one does not say what it was about.
    """

    fields = ["recipient", "address", "about", "state", "why", "error", "attempts", "created_at",
              "send_after", "sent_at", "failed_at"]  # fmt: skip
    list_display = ["to", "state", "why", "about", "created_at"]
    list_filter = [StateFilter]
    list_select_related = ["recipient"]
    search_fields = ["recipient__name", "recipient__email"]
    search_help_text = _("Name or e-mail address")
    ordering = ["-created_at", "-pk"]
    actions = ["send_again", "set_aside"]
    recorded_as = What.PERSON

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        shown = Q(kind=Mail.Kind.INVITATION) | Q(failed_at__isnull=False)
        return super().get_queryset(request).filter(shown)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and getattr(request.user, "is_administrator", False)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def person_of(self, row: Mail) -> User:
        return row.recipient

    @admin.display(description=_("to"), ordering="recipient__name")
    def to(self, mail: Mail) -> str:
        return format_html("{}<br>{}", mail.recipient.name, mail.recipient.email)

    @admin.display(description=_("why it failed"))
    def why(self, mail: Mail) -> str:
        kind = mail.error.split(" ")[0]
        return str(_REASONS.get(kind, _UNKNOWN)) if kind else ""

    @admin.display(description=_("e-mail address"), ordering="recipient__email")
    def address(self, mail: Mail) -> str:
        return mail.recipient.email

    @admin.display(description=_("what"))
    def about(self, mail: Mail) -> str:
        return gettext("invitation") if mail.kind == Mail.Kind.INVITATION else gettext("message")

    @admin.display(description=_("state"))
    def state(self, mail: Mail) -> str:
        ends = {"failed": mail.failed_at, "sent": mail.sent_at, "dropped": mail.dropped_at}
        words, tone, _rows = _STATES[next((end for end, at in ends.items() if at), "waiting")]
        return format_html('<span class="state state-{}">{}</span>', tone, words)

    @admin.action(description=_("Try again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: MailQuerySet) -> None:
        again = try_again(queryset.failed().select_related("recipient"))
        if not again:
            self.message_user(
                request,
                _("Nothing to try again: these did not fail, or a newer one is on its way."),
                messages.WARNING,
            )
            return
        self.message_user(
            request,
            ngettext("%(count)d mail is on its way.", "%(count)d mails are on their way.", again)
            % {"count": again},
            messages.SUCCESS,
        )

    @admin.action(description=_("Set aside: not needed any more"), permissions=["view"])
    def set_aside(self, request: HttpRequest, queryset: MailQuerySet) -> None:
        aside = queryset.set_aside()
        self.message_user(
            request,
            ngettext("%(count)d mail is set aside.", "%(count)d mails are set aside.", aside)
            % {"count": aside},
            messages.SUCCESS if aside else messages.WARNING,
        )
