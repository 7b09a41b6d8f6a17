"""Charts: what is drawn lies where the numbers say."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from registration.services.gates.timeline import EMPTY, Stretch, Timeline
from registration.views.gates import charts

BEGIN = datetime(2026, 5, 1, 6, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def line(*heads: int, minutes: int = 10, earlier: int = 0) -> Timeline:
    total, stretches = earlier, []
    for number, arrived in enumerate(heads):
        total += arrived
        stretches.append(Stretch(BEGIN + number * timedelta(minutes=minutes), arrived, total))
    return Timeline(minutes, stretches, earlier, 0)


def test_the_highest_bar_is_the_most_and_the_others_stand_in_proportion() -> None:
    chart = charts.draw(line(5, 20, 0, 10), expected=50)
    assert [bar.height for bar in chart.bars] == [30, charts.HEIGHT, 0, 60]
    assert [bar.arrived for bar in chart.bars] == [5, 20, 0, 10]


def test_bars_lie_side_by_side_within_the_width() -> None:
    bars = charts.draw(line(*range(1, 17)), expected=0).bars
    assert bars[0].left > 0
    assert bars[-1].left + bars[-1].width < 100
    for first, second in pairwise(bars):
        assert first.left + first.width < second.left
        assert first.left < first.middle < first.left + first.width


def test_the_line_ends_at_all_who_came_below_all_who_are_expected() -> None:
    chart = charts.draw(line(10, 10, earlier=5), expected=100)
    assert chart.steps == "0,95 50,85 100,75"
    assert (chart.top, chart.goal) == (75, 0)


def test_more_than_expected_lets_the_goal_lie_below_the_top() -> None:
    chart = charts.draw(line(40, 40), expected=60)
    assert (chart.top, chart.goal) == (0, 25)


def test_without_anybody_expected_there_is_no_goal() -> None:
    assert charts.draw(line(3), expected=0).goal is None


def test_an_empty_timeline_has_nothing_to_draw() -> None:
    chart = charts.draw(EMPTY, expected=80)
    assert (chart.bars, chart.ticks, chart.steps) == ([], [], "0,100")


@pytest.mark.parametrize("number", range(1, 17))
def test_what_is_written_below_has_room_to_the_right(number: int) -> None:
    ticks = charts.draw(line(*[1] * number), expected=0).ticks
    assert ticks[0].number == 0
    assert 1 <= len(ticks) <= charts.MOST_TICKS
    if number > 1:
        assert ticks[-1].left <= 80


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        (line(1, 1), ["08:00", "08:10"]),
        (line(1, 1, minutes=960), ["1 May 08:00", "2 May 00:00"]),
        (line(1, 1, minutes=1440), ["1 May", "2 May"]),
    ],
)
def test_moments_are_written_with_their_day_where_there_are_several(
    app: object, timeline: Timeline, expected: list[str]
) -> None:
    from flask import current_app  # noqa: PLC0415  # the fixture's application

    with current_app.test_request_context(headers={"Accept-Language": "en"}):
        assert charts.words(timeline, BERLIN) == expected
