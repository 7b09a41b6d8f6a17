"""The timeline: arrivals in a few stretches of a length that people count in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.models.events import Event
from registration.services.gates.timeline import LENGTHS, MOST_STRETCHES, arrange

DOORS = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)


def event(doors_at: datetime = DOORS, *, hours: int = 8, timezone: str = "Europe/Berlin") -> Event:
    return Event(doors_at=doors_at, ends_at=doors_at + timedelta(hours=hours), timezone=timezone)


def came(**heads: int) -> Mapping[datetime, int]:
    """Return how many came in which minute after the doors opened: m5=3 is three after five."""
    return {DOORS + timedelta(minutes=int(name[1:])): number for name, number in heads.items()}


def test_each_stretch_says_how_many_came_and_how_many_there_were() -> None:
    line = arrange(came(m0=2, m7=1, m31=4), event(), now=DOORS + timedelta(minutes=31))
    assert line.minutes == 5
    assert [each.arrived for each in line.stretches] == [2, 1, 0, 0, 0, 0, 4]
    assert [each.total for each in line.stretches] == [2, 3, 3, 3, 3, 3, 7]
    assert line.busiest == line.stretches[-1]
    assert (line.earlier, line.later) == (0, 0)


def test_nobody_yet_is_an_empty_line() -> None:
    line = arrange({}, event(), now=DOORS)
    assert (line.stretches, line.busiest) == ((), None)


def test_a_lull_shows_for_an_hour_and_then_no_longer() -> None:
    soon = arrange(came(m0=1), event(), now=DOORS + timedelta(minutes=50))
    assert [each.arrived for each in soon.stretches] == [1] + [0] * 10
    late = arrange(came(m0=1), event(), now=DOORS + timedelta(hours=30))
    assert late.stretches[-1].at <= DOORS + timedelta(hours=1)


def test_a_trial_a_week_before_is_counted_and_does_not_squeeze_the_day() -> None:
    trial = {DOORS - timedelta(days=7): 2}
    line = arrange({**trial, **came(m0=5, m20=5)}, event(), now=DOORS + timedelta(minutes=20))
    assert line.minutes == 5
    assert line.earlier == 2
    assert line.stretches[0].total == 7
    assert line.stretches[-1].total == 12


def test_where_most_came_far_from_the_event_all_are_shown() -> None:
    trial = {DOORS - timedelta(days=7): 20}
    line = arrange({**trial, **came(m0=5)}, event(), now=DOORS)
    assert line.earlier == 0
    assert sum(each.arrived for each in line.stretches) == 25


def test_stretches_begin_at_full_hours_of_the_events_own_clock() -> None:
    kathmandu = event(timezone="Asia/Kathmandu")  # 5:45 ahead of UTC
    line = arrange(came(m0=1, m400=1), kathmandu, now=DOORS)
    assert line.minutes == 30
    starts = [each.at.astimezone(ZoneInfo("Asia/Kathmandu")) for each in line.stretches]
    assert {start.minute for start in starts} == {0, 30}


def test_the_hour_that_is_left_out_in_spring_loses_nobody() -> None:
    night = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
    party = event(night, hours=8)
    heads = {night + timedelta(minutes=30 * number): 1 for number in range(16)}
    line = arrange(heads, party, now=night + timedelta(hours=8))
    assert line.stretches[-1].total == 16


@given(
    st.dictionaries(st.integers(-20_000, 20_000), st.integers(1, 50), min_size=1, max_size=60),
    st.integers(-3000, 30_000),
)
def test_whoever_came_is_counted_once(heads: Mapping[int, int], later: int) -> None:
    minutes = {DOORS + timedelta(minutes=at): number for at, number in heads.items()}
    line = arrange(minutes, event(), now=DOORS + timedelta(minutes=later))
    assert 1 <= len(line.stretches) <= MOST_STRETCHES
    assert line.minutes in LENGTHS or line.minutes % LENGTHS[-1] == 0
    inside = sum(each.arrived for each in line.stretches)
    assert line.earlier + inside + line.later == sum(heads.values())
    assert line.stretches[-1].total == line.earlier + inside
    gaps = {
        second.at - first.at
        for first, second in zip(line.stretches, line.stretches[1:], strict=False)
    }
    assert gaps <= {timedelta(minutes=line.minutes)}


@pytest.mark.parametrize(
    ("minutes", "expected"), [(60, 5), (79, 5), (80, 10), (300, 30), (1000, 120), (9000, 1440)]
)
def test_lengths_grow_with_the_span(minutes: int, expected: int) -> None:
    party = event(hours=200)
    heads = {DOORS: 1, DOORS + timedelta(minutes=minutes): 1}
    assert arrange(heads, party, now=DOORS).minutes == expected
