"""The worker's side: sending what is due, and trying again what did not work."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import get_connection
from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts.models import Mail

from .hours import may_leave, morning
from .writing import WRITERS, message

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
# After the first attempt that failed, after the second, and so on; then a mail is given up.
GAPS = (
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)
# A mail in the hands of a worker is nobody else's for so long; after that the worker was killed.
LEASE = 5 * MINUTE
# One task sends so many and leaves the rest to the next one, so that a worker can be stopped.
AT_ONCE = 50

# Tasks are kept so long after they ran.
KEPT = timedelta(days=7)


@task()
def send_mails() -> int:
    """Send what is due; returns how many mails left."""
    return send_due()


def wake(moments: Iterable[datetime]) -> None:
    """Have send_mails() run at these moments, in the caller's transaction.

    Moments are rounded up to the minute, so that many mails share one task.
    """
    now = timezone.now()
    later, at_once = set(), False
    for moment in moments:
        if moment <= now:
            at_once = True
        else:
            whole = moment.astimezone(UTC).replace(second=0, microsecond=0)
            later.add(whole if whole >= moment else whole + MINUTE)
    if at_once:
        send_mails.enqueue()
    # A task of the next moment may be running before what is queued now can be seen.
    far = [moment for moment in later if moment > now + MINUTE]
    planned = (
        set(
            DBTaskResult.objects.filter(
                status=TaskResultStatus.READY, task_path=send_mails.module_path, run_after__in=far
            ).values_list("run_after", flat=True)
        )
        if far
        else set()
    )
    for moment in sorted(later - planned):
        send_mails.using(run_after=moment).enqueue()


def wake_forgotten() -> None:
    """Wake the worker for mails that are past their time, whatever became of their tasks."""
    if Mail.objects.due(timezone.now()).exists():
        wake([timezone.now()])


def tidy() -> None:
    """Forget tasks of long ago, also those whose worker was killed."""
    DBTaskResult.objects.exclude(status=TaskResultStatus.READY).filter(
        task_path__startswith="accounts.mail.", started_at__lt=timezone.now() - KEPT
    ).delete()


def send_due() -> int:
    """Send the mails whose time has come, the longest waiting first; returns how many left.

    Where the mail server can't be reached at all, the others wait without being tried.
    """
    due = list(
        Mail.objects.due(timezone.now())
        .order_by("send_after", "pk")
        .values_list("pk", flat=True)[: AT_ONCE + 1]
    )
    if not due:
        return 0
    sent = 0
    connection = get_connection()
    try:
        for pk in due[:AT_ONCE]:
            # As its recipient is by now: sending the ones before may have taken minutes.
            mail = Mail.objects.under_way().select_related("recipient").filter(pk=pk).first()
            if mail is None or not _take(mail):
                continue
            try:
                connection.open()
            except Exception as error:
                _failed(mail, error)
                wake([timezone.now() + MINUTE])
                return sent
            sent += _deliver(mail, connection)
    finally:
        connection.close()
    if len(due) > AT_ONCE:
        wake([timezone.now()])
    return sent


def _take(mail: Mail) -> bool:
    """Make the mail this worker's for a while; False when it must wait or somebody else has it.

    The task that follows the lease is there from now on, should this worker be killed.
    """
    now = timezone.now()
    zone = mail.recipient.zone
    allowed = may_leave(mail, now)
    if mail.kind == Mail.Kind.READING and mail.recipient_had_one_on(allowed.astimezone(zone)):
        allowed = morning(allowed.astimezone(zone).date() + timedelta(days=1), zone)
    with transaction.atomic():
        if allowed > now:
            if mail.put_off(allowed):
                wake([allowed])
            return False
        if mail.attempts > len(GAPS):
            # Each of its workers was killed before it could say what went wrong.
            mail.give_up("interrupted")
            return False
        if not mail.put_off(now + LEASE, attempts=mail.attempts + 1):
            return False
        wake([now + LEASE])
    return True


def _deliver(mail: Mail, connection: Any) -> bool:
    """Write the mail and send it; whether it left."""
    writer = WRITERS[mail.kind]
    try:
        letter = writer.write(mail)
        if letter is None:
            with transaction.atomic():
                if mail.drop():
                    writer.afterwards(mail)
            return False
        connection.send_messages([message(letter, mail.recipient)])
    # Whatever is wrong with one mail, the others go.
    except Exception as error:
        _failed(mail, error)
        # The connection may be in the middle of something.
        connection.close()
        return False
    with transaction.atomic():
        if mail.note_sent():
            letter.when_sent()
            writer.afterwards(mail)
    return True


def _failed(mail: Mail, error: Exception) -> None:
    kind = _kind_of(error)
    logger.error("Mail %s could not be sent (attempt %s): %s", mail.pk, mail.attempts, kind)
    with transaction.atomic():
        if mail.attempts > len(GAPS):
            mail.give_up(kind)
            return
        again = may_leave(mail, timezone.now() + GAPS[mail.attempts - 1])
        if mail.put_off(again, error=kind):
            wake([again])


def _kind_of(error: Exception) -> str:
    """What went wrong, without an address or a word of the mail."""
    codes: set[int] = set()
    if isinstance(error, SMTPResponseException):
        codes = {error.smtp_code}
    elif isinstance(error, SMTPRecipientsRefused):
        codes = {code for code, _words in error.recipients.values()}
    return " ".join([type(error).__name__, *(str(code) for code in sorted(codes))])[:200]
