"""Workers: the Celery that they run, and that a broker is nudged with.

Importing this costs 7 MB, which a web process without a broker does without (see `queue`).
"""

import importlib
from typing import Any

from celery import Celery, Task
from celery.signals import setup_logging
from flask import Flask
from kombu.exceptions import OperationalError

from registration.queue import INCLUDE, SCHEDULE

NUDGE_LASTS = 60
"""Seconds after which a nudge that no worker took says nothing that the sweeps do not."""


def make(app: Flask) -> "Celery[Any]":
    """Return a Celery whose tasks run inside the application's context."""

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
    return celery


def _schedule(sweep_seconds: float) -> dict[str, dict[str, Any]]:
    """Return the beat table; by its name, since nothing here may import a task."""
    table: dict[str, dict[str, Any]] = importlib.import_module(SCHEDULE).table(sweep_seconds)
    return table


def _keep_our_logging(**_kwargs: object) -> None:
    """Receive Celery's signal; having a receiver is what stops it from configuring logging."""


def send(celery: "Celery[Any]", task: str) -> None:
    """Tell the broker that there is work for ``task``.

    Raises:
        OSError: it cannot be told.
    """
    try:
        celery.send_task(task, retry=False, expires=NUDGE_LASTS)
    except OperationalError as error:
        raise ConnectionError(str(error)) from error
