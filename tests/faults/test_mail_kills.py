"""Senders, Redis and the database are killed while thousands of mails go out: none is lost."""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import psutil
import pytest
import redis
from flask import Flask
from sqlalchemy import create_engine, func, select
from sqlalchemy.engine import Engine

from registration import create_app, migrations
from registration.database import db, transaction
from registration.models.deliveries import OUTBOX, Delivery, DeliveryState
from registration.services import generation
from registration.services.events import get_prospectus
from tests import factories, outages, postbox, servers
from tests.conftest import SECRET, settings_for
from tests.outages import Program
from tests.postbox import Postbox

LEASE = "10"
"""Seconds; longer than a process stands still on a busy machine, or its mails would repeat."""
SENDERS = 2
STUCK = 120
"""Seconds without a new mail after which a run has failed."""


@dataclass(frozen=True)
class Size:
    """How much is sent, and how often what is killed."""

    mails: int
    kills: int
    flushes: int = 0
    redis_kills: int = 0
    restarts: int = 0


@dataclass
class Run:
    """One run, with the mails that might be sent twice: taken, and not yet written down."""

    box: Postbox
    engine: Engine
    exposed: Counter[str] = field(default_factory=Counter)

    def standing(self) -> Counter[str]:
        """Return how many mails stand where."""
        counted: Counter[str] = Counter()
        query = select(Delivery.state, func.count()).group_by(Delivery.state)
        with self.engine.connect() as connection:
            for state, count in connection.execute(query):
                counted[state] = count
        return counted

    def kill(self, program: Program, *, whole: bool) -> None:
        """Kill a sender with all its children, or one child; note what might come twice."""
        doomed = self._doomed(program, whole=whole)
        for process in doomed:
            process.suspend()
        ports = {
            each.laddr.port
            for process in doomed
            for each in process.net_connections("tcp")
            if each.raddr and each.raddr.port == self.box.port
        }
        time.sleep(0.03)  # what was on its way to the database arrives
        with self.engine.connect() as connection:
            sent = set(
                connection.scalars(
                    select(Delivery.message_id).where(Delivery.state == DeliveryState.SENT)
                )
            )
        for process in doomed:
            process.kill()
        await_true(lambda: ports.isdisjoint(self.box.connected), "what it sent arrives or never")
        came_by = self.box.came_by.copy()
        self.exposed.update(key for key in came_by if came_by[key] in ports and key not in sent)
        if whole and program.process is not None:
            program.process.wait(timeout=60)
            program.start()

    def _doomed(self, program: Program, *, whole: bool) -> list[psutil.Process]:
        """Return all processes of a program, or one of those that it has started."""
        if whole:
            return program.members()
        await_true(lambda: len(program.members()) > 1, "the program has children")
        return [random.choice(program.members()[1:])]

    def await_mails(self, count: int) -> None:
        """Wait until so many different mails have come."""
        came, deadline = -1, 0.0
        while len(self.box.copies) < count:
            if len(self.box.copies) > came:
                came, deadline = len(self.box.copies), time.monotonic() + STUCK
            assert time.monotonic() < deadline, f"stuck at {came} of {count}: {self.standing()}"
            time.sleep(0.05)

    def await_end(self) -> None:
        """Wait until no mail is open any more."""
        deadline = time.monotonic() + STUCK
        while any(self.standing()[state] for state in OUTBOX):
            assert time.monotonic() < deadline, self.standing()
            time.sleep(0.1)

    def judge(self, size: Size) -> None:
        """Compare what came with what was promised."""
        assert self.standing() == {DeliveryState.SENT: size.mails}
        assert len(self.box.copies) == size.mails, "each delivery is one message, none is lost"
        repeated = Counter({key: count - 1 for key, count in self.box.copies.items() if count > 1})
        assert repeated <= self.exposed, "nothing else comes twice"
        exposed = self.exposed.total()
        assert exposed <= size.kills * SENDERS, "each sender had one mail in hand"
        report(f"{size}: lost 0, repeated {repeated.total()} of {exposed} that a kill exposed")


def await_true(claim: Callable[[], bool], what: str) -> None:
    """Wait until the claim holds."""
    deadline = time.monotonic() + STUCK
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def report(line: str) -> None:
    """Add a line to the file that EINLASS_FAULTS_REPORT names, for whoever wants the figures."""
    path = os.environ.get("EINLASS_FAULTS_REPORT")
    if path:
        with Path(path).open("a") as file:
            file.write(line + "\n")


def promise(app: Flask, count: int) -> None:
    """Let so many people be confirmed."""
    with app.app_context():
        migrations.upgrade(app)
        event = factories.make_event()
        with transaction():
            assert generation.generate(get_prospectus(event.slug), count, mail=True) == count
        db.engine.dispose()


def environment(data_dir: Path, box: Postbox, **more: str) -> Mapping[str, str]:
    """Return what our processes are told."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EINLASS_")}
    told = {
        "DATA_DIR": str(data_dir),
        "SMTP_URL": box.url,
        "SECRET_KEY": SECRET,
        "LEASE_SECONDS": LEASE,
        "SWEEP_SECONDS": "0.5",
        "LOG_LEVEL": "error",
    }
    return kept | {f"EINLASS_{name}": value for name, value in (told | more).items()}


@contextmanager
def receiving() -> Iterator[Postbox]:
    """Give a mail server that notes the ids of what it takes."""
    with postbox.serving() as box:
        box.is_forgetful = True
        yield box


def faults_in_turn(
    size: Size, faults: Mapping[str, Callable[[], None]]
) -> list[Callable[[], None]]:
    """Return each fault as often as the size says, in an order that is always the same."""
    wanted = ["kill"] * size.kills + ["flush"] * size.flushes
    wanted += ["redis"] * size.redis_kills + ["restart"] * size.restarts
    random.Random(6).shuffle(wanted)
    return [faults[each] for each in wanted]


def distribute(run: Run, size: Size, faults: Mapping[str, Callable[[], None]]) -> None:
    """Let the faults happen one after the other while the mails go out."""
    turns = faults_in_turn(size, faults)
    for number, fault in enumerate(turns, start=1):
        run.await_mails(number * size.mails * 9 // (len(turns) + 1) // 10)
        fault()
    run.await_mails(size.mails)
    run.await_end()


def flush(redis_url: str) -> None:
    """Let Redis forget everything."""
    redis.Redis.from_url(redis_url).flushall()


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(Size(1000, 10, 1, 1, 1), id="a tenth"),
        pytest.param(Size(10_000, 100, 10, 10, 5), id="whole", marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_whatever_is_killed(size: Size, tmp_path: Path) -> None:
    with ExitStack() as stack:
        database, url = stack.enter_context(outages.postgresql())
        memory, redis_url = stack.enter_context(outages.redis_server())
        box = stack.enter_context(receiving())
        promise(create_app(settings_for(tmp_path, database_url=url)), size.mails)
        told = environment(tmp_path, box, DATABASE_URL=url, REDIS_URL=redis_url)
        engine = create_engine(url.replace("postgresql", "postgresql+psycopg"), pool_pre_ping=True)
        run = Run(box, engine)
        stack.callback(engine.dispose)
        stack.enter_context(outages.kept(outages.celery(told, "beat")))
        worker = outages.celery(told, "worker", "--concurrency", str(SENDERS))
        stack.enter_context(outages.kept(worker))
        kills = iter(range(size.kills))
        distribute(
            run,
            size,
            {
                "kill": lambda: run.kill(worker, whole=next(kills) % 5 == 0),
                "flush": partial(flush, redis_url),
                "redis": memory.restart,
                "restart": lambda: database.restart(signal.SIGINT),
            },
        )
        run.judge(size)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(Size(120, 2), id="a tenth"),
        pytest.param(Size(1200, 20), id="whole", marks=pytest.mark.long),
    ],
)
def test_nothing_is_lost_when_the_one_process_is_killed(size: Size, tmp_path: Path) -> None:
    app = create_app(settings_for(tmp_path))
    with receiving() as box:
        promise(app, size.mails)
        port = str(servers.free_port())
        command = [sys.executable, "-m", "registration.cli", "serve", "--port", port]
        serve = Program(command, environment(tmp_path, box))
        run = Run(box, create_engine(f"sqlite:///{tmp_path / 'einlass.sqlite3'}"))
        with outages.kept(serve):
            distribute(run, size, {"kill": lambda: run.kill(serve, whole=True)})
        run.judge(size)
        run.engine.dispose()


def test_twin_that_puts_the_mails_themselves_into_the_queue_loses_some(tmp_path: Path) -> None:
    with outages.redis_server() as (memory, url), receiving() as box:
        kept = {name: value for name, value in os.environ.items() if "EINLASS" not in name}
        told = kept | {"TWIN_REDIS": url, "TWIN_PORT": str(box.port)}
        workers = ("worker", "--concurrency", str(SENDERS))
        worker = outages.celery(told, *workers, app="tests.faults.mail_in_the_queue:celery")
        client = redis.Redis.from_url(url)
        code = "from tests.faults.mail_in_the_queue import send\nfor n in range(100): send.delay(n)"
        put = Program([sys.executable, "-c", code], told)
        put.start()
        assert put.process is not None
        assert put.process.wait(timeout=60) == 0
        run = Run(box, create_engine("sqlite://"))
        box.holds = lambda number: number > 4
        with outages.kept(worker):
            run.await_mails(4 + SENDERS)
            worker.end()
            box.holds = lambda number: number > 40
            worker.start()
            run.await_mails(40 + SENDERS)
            assert client.llen("celery") > 20
            memory.restart()
            box.holds = lambda _number: False
            time.sleep(2)  # what the worker had in hand still comes
        assert len(box.copies) < 100, "the twin must show the damage"
        report(f"the twin lost {100 - len(box.copies)} of 100")
