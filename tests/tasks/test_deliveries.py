"""Mails are sent by real worker processes: nudged, swept for, and killed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis
from flask import Flask
from sqlalchemy import func, select

from registration import create_app
from registration.database import db
from registration.models.deliveries import Delivery, DeliveryState
from registration.models.events import Event
from registration.queue import celery_of, nudge
from tasks import deliveries, schedule
from tests import factories, postbox
from tests.conftest import SECRET, settings_for
from tests.postbox import Postbox, await_mails

ROOT = Path(__file__).resolve().parents[2]


def test_the_task_sends_what_is_due(
    app: Flask, event: Event, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "DATA_DIR", tmp_path)
    factories.register(event)
    assert (deliveries.send_due(), deliveries.send_due()) == (1, 0)
    (file,) = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"


def test_every_task_of_the_schedule_exists(app: Flask) -> None:
    celery = celery_of(app)
    celery.loader.import_default_modules()
    scheduled = {entry["task"] for entry in celery.conf.beat_schedule.values()}
    assert scheduled == {*schedule.SWEEPS, *schedule.MINUTELY, *schedule.HOURLY}
    assert scheduled <= set(celery.tasks)


def test_the_sweeps_come_as_often_as_the_settings_say(tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path, sweep_seconds=7.0))
    table = celery_of(app).conf.beat_schedule
    assert table["deliveries.send_due"]["schedule"] == 7.0
    assert table["accounts.expire"]["schedule"] == 3600.0


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox.serving() as served:
        yield served


@pytest.fixture
def environment(app: Flask, redis_url: str, box: Postbox, tmp_path: Path) -> dict[str, str]:
    """What the processes are told: this test's database, Redis and mail server."""
    redis.Redis.from_url(redis_url).flushall()
    ours = {name: value for name, value in os.environ.items() if not name.startswith("EINLASS_")}
    return ours | {
        "EINLASS_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "EINLASS_REDIS_URL": redis_url,
        "EINLASS_SMTP_URL": box.url,
        "EINLASS_DATA_DIR": str(tmp_path),
        "EINLASS_SECRET_KEY": SECRET,
        "EINLASS_LEASE_SECONDS": "3",
        "EINLASS_SWEEP_SECONDS": "0.5",
    }


@contextmanager
def process(
    environment: dict[str, str], arguments: Sequence[str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run one of Celery's commands until the block ends."""
    command = [sys.executable, "-m", "celery", "-A", "wsgi:celery", *arguments]
    path = Path(environment["EINLASS_DATA_DIR"], f"{arguments[0]}.log")
    with (
        path.open("ab") as log,
        subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        ) as running,
    ):
        try:
            yield running
        finally:
            _end(running)


def _end(running: "subprocess.Popen[bytes]") -> None:
    running.terminate()
    try:
        running.wait(timeout=10)
    except subprocess.TimeoutExpired:
        _kill(running)


def _kill(running: "subprocess.Popen[bytes]") -> None:
    """End a process and its children at once, as a power cut would."""
    os.killpg(running.pid, 9)
    running.wait()


WORKER = ("worker", "--concurrency", "2", "--loglevel", "warning")
BEAT = ("beat", "--loglevel", "warning")


def test_a_nudged_worker_sends_the_mail(
    app: Flask, event: Event, environment: dict[str, str], box: Postbox, tmp_path: Path
) -> None:
    settings = replace(settings_for(tmp_path), redis_url=environment["EINLASS_REDIS_URL"])
    factories.register(event)
    with process(environment, WORKER):
        with create_app(settings).app_context():
            nudge("deliveries.send_due")
        await_mails(box, 1)
    assert box.mails[0].message["Subject"].startswith("Bestätigt: ")


def test_a_sweep_finds_what_no_nudge_told_of_even_after_redis_was_flushed(
    app: Flask, event: Event, environment: dict[str, str], box: Postbox
) -> None:
    factories.register(event)
    with process(environment, WORKER), process(environment, BEAT):
        await_mails(box, 1)
        redis.Redis.from_url(environment["EINLASS_REDIS_URL"]).flushall()
        factories.register(event)
        await_mails(box, 2)
    assert set(box.copies.values()) == {1}


def test_killed_workers_lose_nothing_and_their_repeats_are_counted(
    app: Flask, event: Event, environment: dict[str, str], box: Postbox
) -> None:
    for _ in range(30):
        factories.register(event)
    db.session.rollback()
    box.holds = lambda number: number > 4
    with ExitStack() as stack:
        stack.enter_context(process(environment, BEAT))
        with process(environment, WORKER) as doomed:
            await_mails(box, 6)
            _kill(doomed)
        box.holds = lambda _number: False
        stack.enter_context(process(environment, WORKER))
        await_mails(box, 30)
        _await_settled()
    repeated = sum(box.copies.values()) - 30
    assert repeated <= (db.session.scalar(select(func.sum(Delivery.repeats))) or 0)
    assert repeated == 2, "the one mail that each of two senders had in hand"


def _await_settled() -> None:
    """Wait until no delivery is open any more."""
    for _ in range(1200):
        db.session.rollback()
        if not db.session.scalar(select(Delivery.id).where(Delivery.state != DeliveryState.SENT)):
            return
        time.sleep(0.1)
    raise AssertionError("some deliveries stayed open")
