"""How often one address may try what could be guessed or flooded."""

import time
from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec

import structlog
from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

View = ParamSpec("View")
EXTENSION = "rate_limiter"
AWAY_UNTIL = "rate_limiter_away_until"
MOST_WAIT = 0.25
"""Seconds that a request waits for Redis."""
AWAY_SECONDS = 10.0
"""For so long nobody asks a Redis that did not answer."""

log = structlog.get_logger()


class Limiter:
    """Counts tries by address: in Redis where there is one, else in this process."""

    def init_app(self, app: Flask) -> None:
        """Give the application its counters."""
        address = app.config["REDIS_URL"] or "memory://"
        timeouts = {} if address.startswith("memory") else {"socket_timeout": MOST_WAIT}
        if address.startswith("redis"):
            timeouts["socket_connect_timeout"] = MOST_WAIT
        storage = storage_from_string(address, wrap_exceptions=True, **timeouts)
        app.extensions[EXTENSION] = FixedWindowRateLimiter(storage)
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
        counters: FixedWindowRateLimiter = current_app.extensions[EXTENSION]
        try:
            return counters.hit(
                RateLimitItemPerMinute(rate), request.endpoint or "", request.remote_addr or ""
            )
        except StorageError as error:  # Redis being away must not close the door
            log.warning("rate_limits_unavailable", error=str(error))
            current_app.extensions[AWAY_UNTIL] = time.monotonic() + AWAY_SECONDS
            return True

    def reset(self) -> None:
        """Forget all tries of the present application."""
        counters: FixedWindowRateLimiter = current_app.extensions[EXTENSION]
        counters.storage.reset()


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
