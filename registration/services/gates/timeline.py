"""The timeline: when people arrived, in a few stretches of equal length that a chart can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from registration.models.events import Event

LENGTHS = (5, 10, 15, 30, 60, 120, 240, 480, 1440)
"""In minutes: what people count in."""
MOST_STRETCHES = 16
"""As many as have room for their numbers, also on a phone."""
AROUND = timedelta(hours=3)
"""So long before the doors open and after the end, an arrival belongs to the event."""
LULL = timedelta(hours=1)
"""So long after the last arrival, the chart goes on to show that nobody comes."""


class Stretch(NamedTuple):
    """Some minutes in which people arrived."""

    at: datetime
    """Its beginning."""
    arrived: int
    total: int
    """How many had arrived at its end."""


@dataclass(frozen=True)
class Timeline:
    """The arrivals of one event in order."""

    minutes: int
    """How long each stretch is."""
    stretches: Sequence[Stretch]
    earlier: int
    """How many arrived before the first stretch, for instance to set things up."""
    later: int
    """How many arrived after the last one."""

    @property
    def busiest(self) -> Stretch | None:
        """The stretch in which most arrived, the first of several."""
        return max(self.stretches, key=lambda each: each.arrived, default=None)


EMPTY = Timeline(LENGTHS[0], (), 0, 0)


def arrange(by_minute: Mapping[datetime, int], event: Event, *, now: datetime) -> Timeline:
    """Return the arrivals in at most `MOST_STRETCHES` stretches of a length people count in.

    What lies far from the event is only counted, as `earlier` and `later`, lest a scan that
    somebody tried out a week before squeeze the day into one column; unless most lies there.
    """
    around = (event.doors_at - AROUND, event.ends_at + AROUND)
    near = {at: heads for at, heads in by_minute.items() if around[0] <= at <= around[1]}
    if 2 * sum(near.values()) < sum(by_minute.values()):
        near = dict(by_minute)
    if not near:
        return EMPTY
    last = max(near)
    begin, length, number = _raster(min(near), max(last, min(now, last + LULL)), event)
    heads = [0] * number
    for at, arrived in near.items():
        heads[(at - begin) // length] += arrived
    earlier = sum(arrived for at, arrived in by_minute.items() if at < min(near))
    later = sum(arrived for at, arrived in by_minute.items() if at > last)
    stretches, total = [], earlier
    for index, arrived in enumerate(heads):
        total += arrived
        stretches.append(Stretch(begin + index * length, arrived, total))
    return Timeline(int(length.total_seconds()) // 60, stretches, earlier, later)


def _raster(first: datetime, last: datetime, event: Event) -> tuple[datetime, timedelta, int]:
    """Return where the first stretch begins, how long each is, and how many there are.

    Stretches begin at full hours and their parts by the event's own clock.
    """
    midnight = first.astimezone(event.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    midnight = midnight.astimezone(first.tzinfo)
    days = 1
    while True:
        for minutes in LENGTHS if days == 1 else (LENGTHS[-1] * days,):
            length = timedelta(minutes=minutes)
            begin = midnight + (first - midnight) // length * length
            number = (last - begin) // length + 1
            if number <= MOST_STRETCHES:
                return begin, length, number
        days *= 2
