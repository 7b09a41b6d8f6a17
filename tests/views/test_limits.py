"""How often one address may try: counted here, or in Redis for all processes together."""

from collections.abc import Iterator

import pytest
from flask import Flask

from registration.views import limits
from registration.views.limits import Limiter, OwnCounter, SharedCounter
from tests import servers

RATE = 3


class Clock:
    """Monotonic seconds that pass when they are told to."""

    now = 1000.0

    def monotonic(self) -> float:
        """Return what the counters take for the time."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The counters' clock."""
    made = Clock()
    monkeypatch.setattr(limits, "time", made)
    return made


@pytest.fixture
def shared(redis_url: str) -> Iterator[SharedCounter]:
    """A counter in a real Redis that has counted nothing."""
    counter = SharedCounter(redis_url)
    counter.reset()
    yield counter
    counter.reset()


def application(redis_url: str) -> Flask:
    """An application that has one limited view and nothing else."""
    app = Flask("limited")
    app.config["REDIS_URL"] = redis_url
    limiter = Limiter()
    limiter.init_app(app)
    app.post("/try", endpoint="try")(limiter.limit(lambda: RATE)(lambda: "let in"))
    return app


def answers(app: Flask, tries: int, address: str = "10.0.0.1") -> list[int]:
    client = app.test_client()
    return [
        client.post("/try", environ_base={"REMOTE_ADDR": address}).status_code for _ in range(tries)
    ]


def test_a_window_is_a_minute_from_its_first_try_and_each_address_has_its_own(
    clock: Clock,
) -> None:
    app = application("")
    assert answers(app, RATE + 1) == [200, 200, 200, 429]
    assert answers(app, 1, "10.0.0.2") == [200]
    clock.now += 59
    assert answers(app, 1) == [429]
    clock.now += 1
    assert answers(app, RATE + 1) == [200, 200, 200, 429]


def test_addresses_that_try_no_more_are_forgotten(clock: Clock) -> None:
    counter = OwnCounter()
    for number in range(100):
        counter.count(f"10.0.0.{number}")
    clock.now += 2 * limits.MINUTE
    counter.count("10.0.1.1")
    assert list(counter._windows) == ["10.0.1.1"]


def test_processes_with_one_redis_count_together(redis_url: str, shared: SharedCounter) -> None:
    one, other = application(redis_url), application(redis_url)
    assert answers(one, 2) + answers(other, 2) == [200, 200, 200, 429]
    assert 0 < shared._redis.ttl(f"{shared.PREFIX}try:10.0.0.1") <= limits.MINUTE


def test_nobody_is_locked_out_when_redis_is_away() -> None:
    app = application(f"redis://127.0.0.1:{servers.free_port()}/0")
    assert answers(app, RATE + 1) == [200] * (RATE + 1)
