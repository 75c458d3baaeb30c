"""One-time codes: of an app (RFC 6238) and recovery codes."""

import logging
import time

from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.mfa.adapter import SecretUnreadable
from accounts.models import User
from accounts.sessions.counting import limit_reached

STEP_SECONDS = 30

logger = logging.getLogger(__name__)


def step_of(secret: str, code: str, after: int = 0) -> int | None:
    """The time step, counted from 1970, whose code this is, if that is now.

    The step before and the one to come count too, for slow fingers and for clocks that are
    half a minute wrong. Steps up to `after` do not: their codes have been used.
    """
    now = int(time.time()) // STEP_SECONDS
    for step in (now, now - 1, now + 1):
        expected = format_hotp_value(hotp_value(secret, step))
        if step > after and compare_user_code(actual=code, expected=expected):
            return step
    return None


def use_code(person: User, code: str) -> Authenticator | None:
    """What accepted the code, which nothing accepts again; or nothing."""
    with transaction.atomic():
        takers = Authenticator.objects.select_for_update().filter(user=person)
        for taker in takers.exclude(type=Authenticator.Type.WEBAUTHN).order_by("-type"):
            try:
                if _takes(taker, code):
                    return taker
            except SecretUnreadable:
                logger.error("A key is missing from JOURNAL_KEYS: a second factor is unreadable.")
    return None


def _takes(taker: Authenticator, code: str) -> bool:
    if taker.type == Authenticator.Type.RECOVERY_CODES:
        return taker.wrap().validate_code(code)
    step = step_of(decrypt(taker.data["secret"]), code, after=taker.data.get("last_step", 0))
    if step is None:
        return False
    taker.data["last_step"] = step
    taker.save(update_fields=["data"])
    return True


def count_a_try(person: User) -> None:
    """Raise ValidationError after too many wrong codes of one person, whoever typed them."""
    if not ratelimit.consume(context.request, app="allauth.mfa", action="code", key=_key(person)):
        limit_reached.send(None, user=person)
        raise ValidationError(
            _("Too many wrong codes. Wait five minutes, then try again. If it goes on, call us."),
            code="rate_limited",
        )


def forget_tries(person: User) -> None:
    """After a right code the count begins anew."""
    ratelimit.clear(context.request, app="allauth.mfa", action="code", key=_key(person))


def _key(person: User) -> str:
    return f"code-{person.pk}"
