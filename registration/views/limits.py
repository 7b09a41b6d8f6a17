"""How often one address may try what could be guessed or flooded."""

import threading
import time
from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec, Protocol

import structlog
from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

View = ParamSpec("View")
EXTENSION = "rate_limiter"
AWAY_UNTIL = "rate_limiter_away_until"
MINUTE = 60
MOST_WAIT = 0.1
"""Seconds that a request waits for Redis, which answers in a thousandth of one."""
AWAY_SECONDS = 10.0
"""For so long nobody asks a Redis that did not answer."""

log = structlog.get_logger()


class Counter(Protocol):
    """Counts tries in windows of a minute, each of which begins with its first try."""

    def count(self, key: str) -> int:
        """Count one more try, and return how many the present window has.

        Raises:
            OSError: nobody can count now.
        """

    def reset(self) -> None:
        """Forget all tries."""


class OwnCounter:
    """Counts in this process."""

    def __init__(self) -> None:
        """Begin with nothing counted."""
        self._guard = threading.Lock()
        self._windows: dict[str, tuple[float, int]] = {}
        self._tidy_at = 0.0

    def count(self, key: str) -> int:
        """Count one more try, and return how many the present window has."""
        now = time.monotonic()
        with self._guard:
            if now >= self._tidy_at:
                self._windows = {k: each for k, each in self._windows.items() if each[0] > now}
                self._tidy_at = now + MINUTE
            ends, tries = self._windows.get(key, (0.0, 0))
            if ends <= now:
                ends, tries = now + MINUTE, 0
            self._windows[key] = (ends, tries + 1)
            return tries + 1

    def reset(self) -> None:
        """Forget all tries."""
        with self._guard:
            self._windows.clear()


class SharedCounter:
    """Counts in Redis, for all processes together."""

    PREFIX = "einlass:tries:"
    COUNT = """
        local tries = redis.call('INCR', KEYS[1])
        if tries == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
        return tries
    """

    def __init__(self, address: str) -> None:
        """Count at this address; nothing is sent before the first try."""
        import redis  # noqa: PLC0415  # 3 MB that a process without Redis does without

        self._errors = redis.RedisError
        self._redis = redis.Redis.from_url(
            address, socket_timeout=MOST_WAIT, socket_connect_timeout=MOST_WAIT
        )
        self._count = self._redis.register_script(self.COUNT)

    def count(self, key: str) -> int:
        """Count one more try, and return how many the present window has.

        Raises:
            ConnectionError: Redis does not answer in time, or refuses.
        """
        try:
            return int(self._count(keys=[self.PREFIX + key], args=[MINUTE]))
        except self._errors as error:
            raise ConnectionError(str(error)) from error

    def reset(self) -> None:
        """Forget all tries."""
        for key in self._redis.scan_iter(f"{self.PREFIX}*"):
            self._redis.delete(key)


class Limiter:
    """Counts tries by address: in Redis where there is one, else in this process."""

    def init_app(self, app: Flask) -> None:
        """Give the application its counter."""
        address = app.config["REDIS_URL"]
        app.extensions[EXTENSION] = SharedCounter(address) if address else OwnCounter()
        app.extensions[AWAY_UNTIL] = 0.0

    def limit(
        self, rate: Callable[[], int], *, methods: Collection[str] = ("POST",)
    ) -> Callable[[Callable[View, ResponseReturnValue]], Callable[View, ResponseReturnValue]]:
        """Return a decorator that lets one address ask a view so many times a minute.

        Args:
            rate: returns the tries a minute; 0 is no limit.
            methods: which requests count.
        """

        def decorate(
            view: Callable[View, ResponseReturnValue],
        ) -> Callable[View, ResponseReturnValue]:
            @wraps(view)
            def limited(*args: View.args, **kwargs: View.kwargs) -> ResponseReturnValue:
                if request.method in methods and not self._hit(rate()):
                    raise TooManyRequests
                return view(*args, **kwargs)

            return limited

        return decorate

    def _hit(self, rate: int) -> bool:
        if not rate or time.monotonic() < current_app.extensions[AWAY_UNTIL]:
            return True
        counter: Counter = current_app.extensions[EXTENSION]
        try:
            return counter.count(f"{request.endpoint}:{request.remote_addr}") <= rate
        except OSError as error:  # Redis being away must not close the door
            log.warning("rate_limits_unavailable", error=str(error))
            current_app.extensions[AWAY_UNTIL] = time.monotonic() + AWAY_SECONDS
            return True

    def reset(self) -> None:
        """Forget all tries of the present application."""
        counter: Counter = current_app.extensions[EXTENSION]
        counter.reset()


limiter = Limiter()


def sign_in_rate() -> int:
    """Return how often a minute one address may try to sign in or enrol."""
    return int(current_app.config["SIGN_IN_RATE"])


def verify_rate() -> int:
    """Return how often a minute one address may verify a certificate."""
    return int(current_app.config["VERIFY_RATE"])


def register_rate() -> int:
    """Return how often a minute one address may register."""
    return int(current_app.config["REGISTER_RATE"])
