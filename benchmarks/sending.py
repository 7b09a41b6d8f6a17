"""Send what is due, in this process, and print how long it took: a worker without its queue."""

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from sqlalchemy import func, select

from registration import create_app, queue
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryState
from registration.services.deliveries import message, sending
from registration.services.deliveries.channel import Channel, open_channel
from registration.services.deliveries.message import Letter
from registration.services.deliveries.outbox import Outcome
from tasks import deliveries

Params = ParamSpec("Params")
Made = TypeVar("Made")


def timed(work: Callable[Params, Made], times: list[float]) -> Callable[Params, Made]:
    """Return the same work, which notes how many milliseconds each run took."""

    def run(*args: Params.args, **kwargs: Params.kwargs) -> Made:
        began = time.perf_counter()
        made = work(*args, **kwargs)
        times.append((time.perf_counter() - began) * 1000)
        return made

    return run


class TimedChannel:
    """Sends as another channel does, and notes how long each mail took."""

    def __init__(self, channel: Channel, times: list[float]) -> None:
        self._send = timed(channel.send, times)

    def send(self, letter: Letter) -> Outcome:
        """Hand one mail over."""
        return self._send(letter)


def main() -> None:
    """Send all that is due; print mails, seconds, milliseconds of each and peak memory as JSON."""
    app = create_app()
    writing: list[float] = []
    handing: list[float] = []

    @contextmanager
    def open_timed() -> Iterator[Channel]:
        with open_channel() as channel:
            yield TimedChannel(channel, handing)

    message.write = timed(message.write, writing)
    sending.open_channel = open_timed  # type: ignore[attr-defined]  # a name that it imports
    began = time.perf_counter()
    while queue.celery_of(app).tasks["deliveries.send_due"]():
        continue
    seconds = time.perf_counter() - began
    with app.app_context():
        sent = db.session.scalar(select(func.count()).where(Delivery.state == DeliveryState.SENT))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = [write + hand for write, hand in zip(writing, handing, strict=True)]
    print(json.dumps({"mails": sent, "seconds": seconds, "peak_mb": peak, "each_ms": each}))


assert deliveries, "importing it is what registers the task"

if __name__ == "__main__":
    main()
