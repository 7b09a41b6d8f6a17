"""``einlass work``: the worker of an installation that has no Redis."""

import sys
from threading import Thread
from typing import cast

import click
from celery import Celery
from celery.beat import EmbeddedService
from celery.signals import worker_ready

from registration import create_app
from registration.cli import supervision

THREADS = 2
"""One for mails while the other makes a long file."""


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
    sys.exit(_work(app.extensions["celery"]))


def _work(celery: Celery) -> int:
    # Its schedule is not kept in a file: whatever was missed, the next sweep makes good.
    scheduler = EmbeddedService(celery, thread=True, scheduler_cls="celery.beat:Scheduler")
    beat = cast(Thread, scheduler)

    def start_beat(**_sent: object) -> None:
        beat.start()

    worker_ready.connect(start_beat)
    worker = celery.Worker(
        pool="threads",
        concurrency=THREADS,
        quiet=True,
        redirect_stdouts=False,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
