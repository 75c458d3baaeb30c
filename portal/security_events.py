"""What happens to accounts leaves a line in the log: who got in, who did not, what was changed.

With the public id and the role of an account that is known and the kind of a second factor, and
nothing of what was typed. What is refused (403, 404, 429) stands in the lines of requests
(portal/observing.py).
"""

import logging
from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal

from accounts.mfa.forms import factor_refused
from accounts.sessions.counting import limit_reached

logger = logging.getLogger("portal.security")

EVENTS: dict[Signal, str] = {
    user_logged_in: "signed in",
    user_logged_out: "signed out",
    user_login_failed: "sign-in failed",
    factor_refused: "second factor refused",
    limit_reached: "too many attempts",
    account.password_changed: "password changed",
    account.password_reset: "password reset",
    account.email_changed: "e-mail address changed",
    mfa.authenticator_added: "second factor added",
    mfa.authenticator_removed: "second factor removed",
    mfa.authenticator_reset: "recovery codes renewed",
    mfa.authenticator_used: "second factor used",
}

REFUSALS = (user_login_failed, factor_refused, limit_reached)


def _note(sender: Any, signal: Signal, user: Any = None, **kwargs: Any) -> None:
    facts = {"user": str(user.public_id), "role": str(user.role)} if user else {}
    if "authenticator" in kwargs:
        facts["factor"] = str(kwargs["authenticator"].type)
    logger.log(logging.WARNING if signal in REFUSALS else logging.INFO, EVENTS[signal], extra=facts)


def listen() -> None:
    """Hear of all of them; once is enough."""
    for signal in EVENTS:
        signal.connect(_note, dispatch_uid="portal.security_events")
