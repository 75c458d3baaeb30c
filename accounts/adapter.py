"""How allauth behaves here."""

import logging
from smtplib import SMTPException

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.http import HttpRequest

logger = logging.getLogger(__name__)


class ClosedSignupAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """Send, or note that it failed: an error page would tell which addresses are known."""
        try:
            super().send_mail(template_prefix, email, context)
        except (OSError, SMTPException, ValueError) as error:
            logger.error("A mail (%s) could not be sent: %s", template_prefix, type(error).__name__)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make an address somebody's own, unless it has become somebody else's since."""
        try:
            with transaction.atomic():
                return super().confirm_email(request, email_address)
        except IntegrityError:
            return False
