"""When a mail may arrive: not while people sleep."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

QUIET_FROM = time(21)
QUIET_UNTIL = time(8)


def next_allowed(moment: datetime, zone: tzinfo) -> datetime:
    """The moment itself, or the next morning where it is night in this zone."""
    local = moment.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return moment
    is_evening = local.time() >= QUIET_FROM
    return morning(local.date() + timedelta(days=is_evening), zone)


def morning(day: date, zone: tzinfo) -> datetime:
    """The end of the night of this day."""
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(UTC)
