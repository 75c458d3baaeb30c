"""For tests: the worker's part, at a moment when nobody sleeps."""

import re
from datetime import datetime

import time_machine
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.mail.delivery import send_due
from accounts.models import Mail


def deliver() -> list[EmailMultiAlternatives]:
    """Send everything that is under way, each when its time comes; returns what left."""
    before = len(django_mail.outbox)
    for _round in range(20):
        latest = Mail.objects.under_way().order_by("-send_after").first()
        if latest is None:
            break
        with time_machine.travel(max(latest.send_after, timezone.now())):
            send_due()
    return django_mail.outbox[before:]


def mailed_path(mail: EmailMultiAlternatives, part: str = "/invitation/") -> str:
    """The address in a mail that leads to this part of the portal, without its host."""
    return re.search(rf"http://localhost:\d+({re.escape(part)}\S+)", mail.body)[1]


def at(text: str) -> time_machine.travel:
    """travel() to a moment, in UTC: at("2026-11-24 10:00")."""
    return time_machine.travel(datetime.fromisoformat(f"{text}+00:00"), tick=False)
