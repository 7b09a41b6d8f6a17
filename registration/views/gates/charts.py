"""Charts: where each bar, line and number of a timeline lies.

Across in percent, so that a chart fits every width while its letters keep their size; down in
pixels. What is drawn has its number beside it, so that there is no axis to read it off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from registration import languages
from registration.services.gates.timeline import Timeline

HEIGHT = 120
"""Of the highest bar, in pixels."""
DAY = 24 * 60
FILLS = 0.72
"""How much of its stretch a bar fills."""
MOST_TICKS = 5
LAST_TICK = 80
"""Beyond, in percent, what is written would not fit in on a phone."""


class Bar(NamedTuple):
    """One stretch of time."""

    left: float
    width: float
    middle: float
    height: float
    arrived: int


class Tick(NamedTuple):
    """A stretch whose beginning is written below the charts."""

    left: float
    number: int
    """Of the stretch, from 0."""


@dataclass(frozen=True)
class Chart:
    """The geometry of both charts of a timeline."""

    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    steps: str
    """The points of the line of all who have arrived, in a square of 100 × 100."""
    top: float
    """How far down from the top, in percent, that line ends."""
    goal: float | None
    """How far down from the top the line of all expected lies, in percent; None: nobody is."""


def draw(timeline: Timeline, *, expected: int) -> Chart:
    """Return where everything lies; an empty timeline has neither bars nor ticks."""
    stretches = timeline.stretches
    width = 100 / max(len(stretches), 1)
    most = max((each.arrived for each in stretches), default=0) or 1
    whole = max([expected, *(each.total for each in stretches)]) or 1
    bars = [
        Bar(
            left=_round(index * width + width * (1 - FILLS) / 2),
            width=_round(width * FILLS),
            middle=_round((index + 0.5) * width),
            height=_round(each.arrived / most * HEIGHT),
            arrived=each.arrived,
        )
        for index, each in enumerate(stretches)
    ]
    every = -(-len(stretches) // MOST_TICKS) or 1
    lefts = [_round(index * width) for index in range(len(stretches))]
    ticks = [Tick(left, index) for index, left in enumerate(lefts) if index % every == 0]
    points = [(0.0, timeline.earlier), *_ends(timeline, width)]
    return Chart(
        bars=bars,
        ticks=[tick for tick in ticks if tick.left <= LAST_TICK],
        steps=" ".join(f"{left:g},{_round(100 - heads / whole * 100):g}" for left, heads in points),
        top=_round(100 - points[-1][1] / whole * 100),
        goal=_round(100 - expected / whole * 100) if expected else None,
    )


def words(timeline: Timeline, zone: ZoneInfo) -> Sequence[str]:
    """Return how the beginning of each stretch is written: with its day if there are several."""
    if timeline.minutes >= DAY:
        pattern = "d.M." if languages.current() == "de" else "d MMM"
    elif len({each.at.astimezone(zone).date() for each in timeline.stretches}) > 1:
        pattern = "d.M. HH:mm" if languages.current() == "de" else "d MMM HH:mm"
    else:
        pattern = "HH:mm"
    return [
        format_datetime(each.at, pattern, tzinfo=zone, locale=languages.current())
        for each in timeline.stretches
    ]


def _ends(timeline: Timeline, width: float) -> list[tuple[float, int]]:
    return [
        (_round((index + 1) * width), each.total) for index, each in enumerate(timeline.stretches)
    ]


def _round(number: float) -> float:
    return round(number, 2)
