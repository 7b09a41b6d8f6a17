"""The queue: Celery is told *that* there is work, never what the work is.

The rows in the database are the queue (deliveries, jobs). A nudge only makes a worker look sooner
than its next sweep would, so it may be lost, and no request ever waits for it.
"""

import importlib
import threading
from typing import Any

import structlog
from celery import Celery, Task
from celery.signals import setup_logging
from flask import Flask, current_app
from kombu.exceptions import OperationalError

log = structlog.get_logger()

SCHEDULE = "tasks.schedule"
INCLUDE = (
    "tasks.deliveries",
    "tasks.jobs",
    "tasks.accounts",
    "tasks.registrations",
    "tasks.delegations",
    "tasks.invitations",
    "tasks.questions",
)
PAUSE_BETWEEN_NUDGES = 0.05
NUDGE_LASTS = 60
"""Seconds after which a nudge that no worker took says nothing that the sweeps do not."""


def init_app(app: Flask) -> None:
    """Give the application its Celery and, where there is a broker, its `Nudger`."""

    class ContextTask(Task[Any, Any]):
        """A task that runs inside the application's context."""

        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    embedded = app.config["EMBEDDED"]
    celery = Celery(
        app.name,
        broker="memory://localhost" if embedded else app.config["REDIS_URL"],
        task_cls=ContextTask,
        include=INCLUDE,
    )
    celery.conf.update(
        beat_schedule=_schedule(app.config["SWEEP_SECONDS"]),
        beat_schedule_filename=str(app.config["DATA_DIR"] / "beat-schedule"),
        beat_max_loop_interval=app.config["SWEEP_SECONDS"],
        broker_connection_retry_on_startup=True,
        broker_transport_options={"polling_interval": 0.1} if embedded else {},
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
    )
    celery.set_default()
    setup_logging.connect(_keep_our_logging)
    app.extensions["celery"] = celery
    app.extensions["nudger"] = None if embedded else Nudger(celery)


def _schedule(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return the beat table; by its name, since nothing here may import a task."""
    table: dict[str, dict[str, Any]] = importlib.import_module(SCHEDULE).table(sweep_seconds)
    return table


def _keep_our_logging(**_kwargs: object) -> None:
    """Receive Celery's signal; having a receiver is what stops it from configuring logging."""


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

    def __init__(self, celery: "Celery[Any]") -> None:
        self._celery = celery
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
            for task in wanted:
                self._send(task)
            pause.wait(PAUSE_BETWEEN_NUDGES)

    def _send(self, task: str) -> None:
        try:
            self._celery.send_task(task, retry=False, expires=NUDGE_LASTS)
        except (OperationalError, OSError) as error:
            log.warning("nudge_failed", task=task, error=str(error))
