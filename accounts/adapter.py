"""How allauth behaves here."""

import logging
import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.mail import queue_letter
from accounts.models import User
from accounts.sessions.browsers import browser_of
from accounts.sessions.counting import limit_reached
from accounts.sessions.devices import is_known

logger = logging.getLogger(__name__)


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("The e-mail address or the password is not right."),
        "incorrect_password": _("This password is not right."),
        "enter_current_password": _("This is not the password that you have until now."),
        "too_many_login_attempts": _(
            "Too many attempts. Wait five minutes and try again, or ask for a new password."
        ),
        "duplicate_email": _("This is your address already."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue it: a request that sends takes longer, and fails when the mail server does.

        Of the context, plain values reach the templates (accounts/mail/letters.py).
        """
        person = context.get("user") or User.objects.with_address(email).first()
        if person is None:
            logger.error("A mail (%s) is to nobody.", template_prefix)
            return
        plain = {
            name: value
            for name, value in context.items()
            if isinstance(value, str | int | bool | None)
        }
        queue_letter(person, template_prefix, to=email, **plain)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody of a change to their account, and with which browser it was made."""
        browser = browser_of(self.get_http_user_agent(self.request))
        said = {**(context or {}), "user": user, "browser": browser.name, "system": browser.system}
        self.send_mail(template_prefix, email or user.email, said)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has signed in within ACCOUNT_REAUTHENTICATION_TIMEOUT has shown that it is them."""
        request = context.request
        shown = get_authentication_records(request, request.user)
        most = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return not shown or time.time() - shown[-1]["at"] > most

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Say so when somebody has tried too often; whom they tried is nobody's to know."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            limit_reached.send(type(self))
            raise

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What failed attempts are counted by: the address, and apart from all others a browser
        that its owner has used before. Whoever guesses elsewhere can't lock them out."""
        key = credentials.get("email", "").lower()
        return f"{key} known" if is_known(request, key) else key

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make an address somebody's own, unless it has become somebody else's since."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            return False
