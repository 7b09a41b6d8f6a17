"""Days: when a day at the gates ends, and moments as devices count them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from registration.models.events import Event

ENDS_AT = time(4)
"""By the event's own clock: whoever leaves a party at two was there on the evening's day."""
BEFORE = timedelta(days=30)
"""Devices are tried out before the event; those days count, too."""
AFTER = timedelta(days=7)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970, rounded down."""
    return (moment - EPOCH) // MILLISECOND


def moment_of(at: int) -> datetime:
    """Return the moment that so many milliseconds since 1970 mean."""
    return EPOCH + at * MILLISECOND


def day_ends(event: Event) -> Sequence[int]:
    """Return the moments, in milliseconds and in order, at which everybody counts as gone.

    One for each local day from thirty days before the event to seven days after it: 04:00 of the
    day that follows, which is not always 24 hours after the last.
    """
    zone = event.zone
    first = event.held_on - BEFORE
    last = max(event.held_on, event.ends_at.astimezone(zone).date()) + AFTER

    def end_of(day: date) -> int:
        following = day + timedelta(days=1)
        return milliseconds(datetime.combine(following, ENDS_AT, tzinfo=zone))

    return [end_of(first + timedelta(days=ahead)) for ahead in range((last - first).days + 1)]
