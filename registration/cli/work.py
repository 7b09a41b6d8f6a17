"""``einlass work``: the worker of an installation that has no Redis."""

import sys
import warnings
from threading import Thread
from typing import Any, cast

import click
from celery import Celery, Task
from celery.beat import EmbeddedService, Scheduler
from celery.exceptions import SecurityWarning
from celery.signals import task_postrun, task_revoked, worker_ready

from registration import create_app, queue
from registration.cli import supervision


@click.command()
@click.option("--parent", type=int, hidden=True, help="End when this process ends.")
def work(parent: int | None) -> None:
    """Send the mails and make the files: Celery's worker and beat, without a broker.

    `einlass serve` starts and keeps one of these by itself. It may be killed at any moment: what
    is to be done stands in the database. With Redis, run `celery -A wsgi:celery worker` and
    `celery -A wsgi:celery beat` instead.
    """
    if parent is not None:
        supervision.end_with(parent)
    app = create_app()
    if not app.config["EMBEDDED"]:
        raise click.ClickException(
            "EINLASS_REDIS_URL is set. Run `celery -A wsgi:celery worker` and `celery -A "
            "wsgi:celery beat` instead."
        )
    sys.exit(_work(queue.celery_of(app)))


class Sweeps(Scheduler):
    """A beat that sends no task while the same is still running.

    With a thread for each task, a long run of one then never holds up another. The schedule is
    in no file: what was missed, the next sweep makes good.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._running: set[str] = set()
        for ended in (task_postrun, task_revoked):
            ended.connect(self._note_end)
        super().__init__(*arguments, **named)

    def _note_end(self, sender: "Task[Any, Any]", **_sent: object) -> None:
        self._running.discard(str(sender.name))

    def apply_async(self, entry: Any, *arguments: Any, **named: Any) -> Any:
        """Send the entry's task, unless it is running."""
        if entry.task in self._running:
            return None
        self._running.add(entry.task)
        try:
            return super().apply_async(entry, *arguments, **named)
        except Exception:
            self._running.discard(entry.task)
            raise


def _work(celery: Celery) -> int:
    # Celery advises against root for fear of pickled messages; ours are JSON and stay in here.
    warnings.simplefilter("ignore", SecurityWarning)
    beat = cast(Thread, EmbeddedService(celery, thread=True, scheduler_cls=Sweeps))

    def start_beat(**_sent: object) -> None:
        beat.start()

    worker_ready.connect(start_beat)
    worker = celery.Worker(
        pool="threads",
        concurrency=len(celery.conf.beat_schedule),
        quiet=True,
        redirect_stdouts=False,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
