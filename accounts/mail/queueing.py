"""Putting mails on their way."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Mail, User

from .delivery import wake
from .hours import may_leave, next_allowed


def queue(kind: str, recipients: Iterable[User], delay: timedelta = timedelta(0)) -> None:
    """Queue a mail of this kind to each of these people, in the caller's transaction.

    Whoever has one under way gets no second one: it says what there is when it leaves. A
    constant number of queries for any number of people.
    """
    now = timezone.now()
    # In one order, so that two who queue at once wait for each other in turn.
    people = sorted({one.pk: one for one in recipients}.values(), key=lambda one: one.pk)
    if not people:
        return
    with transaction.atomic():
        # The worker ends a mail under the same lock and then looks for what came meanwhile:
        # either it sees what causes this mail, or this mail is a new one.
        waiting = set(
            Mail.objects.under_way()
            .filter(kind=kind, recipient__in=people)
            .order_by("pk")
            .select_for_update()
            .values_list("recipient_id", flat=True)
        )
        mails = [
            Mail(recipient=one, kind=kind, send_after=next_allowed(now + delay, one.zone))
            for one in people
            if one.pk not in waiting
        ]
        Mail.objects.bulk_create(mails, ignore_conflicts=True, batch_size=500)
        wake(mail.send_after for mail in mails)


def try_again(mails: Iterable[Mail]) -> int:
    """Queue once more what failed for good; returns how many. Their recipients come along."""
    again = 0
    with transaction.atomic():
        for mail in mails:
            soon = may_leave(mail, timezone.now())
            if mail.try_again(soon):
                wake([soon])
                again += 1
    return again
