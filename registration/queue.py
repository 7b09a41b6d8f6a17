"""The queue: Celery is told *that* there is work, never what the work is.

The rows in the database are the queue (deliveries, jobs). A nudge only makes a worker look sooner
than its next sweep would, so it may be lost, and no request ever waits for it.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app

if TYPE_CHECKING:
    from celery import Celery

log = structlog.get_logger()

SCHEDULE = "tasks.schedule"
INCLUDE = (
    "tasks.deliveries",
    "tasks.jobs",
    "tasks.accounts",
    "tasks.registrations",
    "tasks.delegations",
    "tasks.campaigns",
    "tasks.invitations",
    "tasks.questions",
    "tasks.gates",
    "tasks.dispatches",
    "tasks.certificates",
    "tasks.bounces",
)
PAUSE_BETWEEN_NUDGES = 0.05
PAUSE_AFTER_A_FAILURE = 2.0
"""Seconds for which nobody asks a broker that is away: trying costs the pages' time too."""


def init_app(app: Flask) -> None:
    """Give the application its `Nudger`, where there is a broker to nudge.

    Without one, nothing here loads Celery, and a web process is 7 MB smaller.
    """
    app.extensions["nudger"] = None if app.config["EMBEDDED"] else _make_nudger(app)


def celery_of(app: Flask) -> "Celery[Any]":
    """Return the application's Celery, made when it is asked for first."""
    from registration import workers  # noqa: PLC0415  # only for those who ask

    if "celery" not in app.extensions:
        app.extensions["celery"] = workers.make(app)
    celery: Celery[Any] = app.extensions["celery"]
    return celery


def _make_nudger(app: Flask) -> "Nudger":
    from registration import workers  # noqa: PLC0415  # only where there is a broker

    return Nudger(partial(workers.send, celery_of(app)))


def nudge(task: str) -> None:
    """Say that there is work for ``task``; returns at once, and never fails.

    The embedded worker is another process that sweeps every second and needs no nudge.
    """
    nudger: Nudger | None = current_app.extensions["nudger"]
    if nudger is not None:
        nudger.nudge(task)


class Nudger:
    """Sends nudges from a thread of its own: a broker that is slow or gone slows nobody down.

    Nudges for one task that come together go out as one.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        """``send`` tells the broker; it may raise an OSError."""
        self._send = send
        self._wanted: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def nudge(self, task: str) -> None:
        """Note that ``task`` has work; the thread starts with the first nudge."""
        with self._changed:
            self._wanted.add(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            with self._changed:
                while not self._wanted:
                    self._changed.wait()
                wanted, self._wanted = self._wanted, set()
            is_there = all(self._try_to_send(task) for task in sorted(wanted))
            pause.wait(PAUSE_BETWEEN_NUDGES if is_there else PAUSE_AFTER_A_FAILURE)

    def _try_to_send(self, task: str) -> bool:
        """Send one nudge; False if the broker is away, and the rows wait for a sweep."""
        try:
            self._send(task)
        except OSError as error:
            log.warning("nudge_failed", task=task, error=str(error))
            return False
        return True
