"""For tests: the worker's part, at a moment when nobody sleeps."""

import re
from datetime import datetime

import time_machine
from django.core import mail as django_mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.mail.delivery import send_due
from accounts.mail.letters import send_new_password
from accounts.models import Mail


def deliver() -> list[EmailMultiAlternatives]:
    """Send everything that is under way, each when its time comes; returns what left."""
    before = len(django_mail.outbox)
    answer_who_forgot()
    for _round in range(20):
        latest = Mail.objects.under_way().order_by("-send_after").first()
        if latest is None:
            break
        with time_machine.travel(max(latest.send_after, timezone.now())):
            send_due()
    return django_mail.outbox[before:]


def answer_who_forgot() -> None:
    """What the worker does for whoever asked for a new password."""
    asked = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, task_path=send_new_password.module_path
    )
    for task in asked:
        send_new_password.func(*task.args_kwargs["args"])
    asked.delete()


def mailed_path(mail: EmailMultiAlternatives, part: str = "/invitation/") -> str:
    """The address in a mail that leads to this part of the portal, without its host."""
    return re.search(rf"http://(?:localhost:\d+|testserver)({re.escape(part)}\S+)", mail.body)[1]


def at(text: str) -> time_machine.travel:
    """travel() to a moment, in UTC: at("2026-11-24 10:00")."""
    return time_machine.travel(datetime.fromisoformat(f"{text}+00:00"), tick=False)
