"""When a mail may arrive: not while people sleep."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from accounts.models import Mail

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)


def next_allowed(moment: datetime, zone: tzinfo) -> datetime:
    """The moment itself, or the next morning where it is night in this zone."""
    local = moment.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    is_evening = local.time() >= QUIET_FROM
    return morning(local.date() + timedelta(days=is_evening), zone)


def may_leave(mail: Mail, moment: datetime) -> datetime:
    """next_allowed() where the recipient is; a mail about the account leaves at any hour."""
    if mail.kind == Mail.Kind.ACCOUNT:
        return moment
    return next_allowed(moment, mail.recipient.zone)


def morning(day: date, zone: tzinfo) -> datetime:
    """The end of the night of this day."""
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(UTC)
