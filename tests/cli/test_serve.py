"""One command runs the whole program, and leaves nothing behind: real processes, really killed."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
from alembic.script import ScriptDirectory

import registration
from registration import config, migrations
from registration.cli import database, serve, supervision
from registration.services.events.setup import FACTS
from tests.conftest import SECRET
from tests.servers import free_port

PATIENCE = 60.0


def wait_for(claim: Callable[[], object], what: str, *, seconds: float = PATIENCE) -> None:
    """Wait until the claim holds; fail, saying what did not come true, after so many seconds."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@dataclass(frozen=True)
class Installation:
    """A data directory with its settings, as a deployment has them."""

    data_dir: Path
    port: int

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: text for name, text in os.environ.items() if "EINLASS" not in name}
        return inherited | {
            "EINLASS_DATA_DIR": str(self.data_dir),
            "EINLASS_SECRET_KEY": SECRET,
            "EINLASS_LEASE_SECONDS": "2",
            "PORT": str(self.port),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "registration.cli", *arguments]

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments),
            env=self.environment,
            cwd=registration.ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def mails(self) -> list[Path]:
        return list((self.data_dir / "mail").glob("*.eml"))

    @contextmanager
    def serving(self, *options: str) -> Iterator[psutil.Popen]:
        process = psutil.Popen(
            self.command("serve", *options), env=self.environment, cwd=registration.ROOT
        )
        family: list[psutil.Process] = [process]
        try:
            wait_for(self.answers, "the server answers")
            family += process.children(recursive=True)
            yield process
        finally:
            for each in family:
                if each.is_running():
                    each.kill()
            process.wait()


@pytest.fixture
def unmigrated(tmp_path: Path) -> Installation:
    return Installation(tmp_path, free_port())


@pytest.fixture
def installation(unmigrated: Installation) -> Installation:
    """An installation whose event nobody has registered for yet."""
    assert unmigrated.run("db", "upgrade").returncode == 0
    facts = str(FACTS / "zukunftswerkstatt.toml")
    created = unmigrated.run("event", "create", "--facts", facts, "--held-on", "2031-03-04")
    assert created.returncode == 0, created.stderr
    return unmigrated


def promise_a_mail(installation: Installation) -> None:
    added = installation.run(
        "registrations", "add", "--event", "zukunftswerkstatt", "--count", "1", "--mail"
    )
    assert added.returncode == 0, added.stderr


def worker_of(server: psutil.Popen) -> psutil.Process | None:
    return next((each for each in server.children() if "work" in each.cmdline()), None)


def web_of(server: psutil.Popen) -> psutil.Process | None:
    return next((each for each in server.children() if "work" not in each.cmdline()), None)


def test_one_command_serves_and_sends_mail(installation: Installation) -> None:
    with installation.serving():
        promise_a_mail(installation)
        wait_for(installation.mails, "the mail is sent")


def test_without_its_worker_it_sends_none(installation: Installation) -> None:
    promise_a_mail(installation)
    with installation.serving("--without-worker") as server:
        assert worker_of(server) is None
        time.sleep(3)
        assert not installation.mails()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_asked_and_leaves_nothing_running(
    installation: Installation, asked: signal.Signals
) -> None:
    with installation.serving() as server:
        children = server.children(recursive=True)
        assert len(children) == 2
        server.send_signal(asked)
        assert server.wait(timeout=PATIENCE) == 0
        assert not [child for child in children if child.is_running()]


def test_a_killed_worker_is_started_again_and_the_mail_is_sent(
    installation: Installation,
) -> None:
    with installation.serving() as server:
        wait_for(lambda: worker_of(server), "the worker runs")
        killed = worker_of(server)
        assert killed is not None
        killed.kill()
        promise_a_mail(installation)
        wait_for(installation.mails, "the mail is sent by the next worker")
        successor = worker_of(server)
        assert successor is not None
        assert successor.pid != killed.pid


def test_killed_web_processes_are_started_again_and_again(installation: Installation) -> None:
    with installation.serving("--without-worker") as server:
        for _ in range(3):  # granian itself gives up on the second
            killed = web_of(server)
            assert killed is not None
            killed.kill()
            killed.wait()
            wait_for(lambda: web_of(server) and installation.answers(), "it answers again")


def test_when_the_parent_is_killed_nothing_is_left_running(installation: Installation) -> None:
    with installation.serving("--workers", "2") as server:
        wait_for(lambda: len(server.children()) == 3, "two web processes and a worker run")
        children = server.children(recursive=True)
        server.kill()
        for child in children:
            wait_for(lambda child=child: not child.is_running(), f"{child} ends")  # type: ignore[misc]  # bound at once


ORPHANED = """
    import os, subprocess, sys, time
    from registration.cli import supervision
    child = [sys.executable, "-c", '''
    import os, sys, time
    from registration.cli import supervision
    if sys.argv[1] == "guarded":
        supervision.end_with(int(sys.argv[2]))
    print(os.getpid(), flush=True)
    time.sleep(60)
    ''', sys.argv[1], str(os.getpid())]
    subprocess.run(child)
"""


@pytest.mark.parametrize("guard", ["guarded", "unguarded"])
def test_a_child_outlives_its_killed_parent_only_without_the_guard(guard: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ORPHANED), guard],
        stdout=subprocess.PIPE,
        cwd=registration.ROOT,
        text=True,
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    try:
        parent.kill()
        parent.wait()
        if guard == "guarded":
            wait_for(lambda: not child.is_running(), "the child ends")
        else:
            time.sleep(3 * supervision.LOOK_EVERY)
            assert child.is_running()
    finally:
        parent.stdout.close()
        if child.is_running():
            child.kill()


def test_nothing_is_forked_while_a_child_is_being_started() -> None:
    forked: list[int] = []

    def fork() -> None:
        child = os.fork()
        if not child:
            os._exit(0)
        forked.append(os.waitpid(child, 0)[1])

    thread = threading.Thread(target=fork)
    with supervision.FORKING:
        thread.start()
        thread.join(timeout=0.5)
        assert not forked
    thread.join()
    assert forked == [0]


def test_a_port_in_use_is_refused_in_a_sentence(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", installation.port))
        taken.listen()
        refused = installation.run("serve")
    assert refused.returncode == 1
    assert f"Port {installation.port} on 127.0.0.1 cannot be used" in refused.stderr


def test_a_database_without_tables_is_refused_in_a_sentence(unmigrated: Installation) -> None:
    refused = unmigrated.run("serve")
    assert refused.returncode == 1
    assert "Run `einlass db upgrade` first" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_demo_makes_its_tables_itself(unmigrated: Installation) -> None:
    assert unmigrated.run("demo", "--json").returncode == 0
    assert json.loads(unmigrated.run("event", "list", "--json").stdout)[0]["places"] == 80


def test_a_bad_setting_is_refused_in_a_sentence(unmigrated: Installation) -> None:
    environment = unmigrated.environment | {"EINLASS_DATABSE_URL": "sqlite://"}
    refused = subprocess.run(
        unmigrated.command("serve"),
        env=environment,
        cwd=registration.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "EINLASS_DATABSE_URL is not a setting" in refused.stderr


def test_with_redis_the_worker_is_celery_s_own(
    unmigrated: Installation,
) -> None:
    environment = unmigrated.environment | {"EINLASS_REDIS_URL": "redis://127.0.0.1:1/0"}
    refused = subprocess.run(
        unmigrated.command("work"),
        env=environment,
        cwd=registration.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert "celery -A wsgi:celery worker" in refused.stderr


def test_the_newest_revision_is_alembic_s_head() -> None:
    assert database.newest_revision() == ScriptDirectory(str(migrations.HERE)).get_current_head()


def test_sqlite_is_served_by_one_process_and_postgresql_by_several(tmp_path: Path) -> None:
    given = {"EINLASS_DATA_DIR": str(tmp_path), "EINLASS_SECRET_KEY": SECRET}
    postgresql = {"EINLASS_DATABASE_URL": "postgresql://einlass@127.0.0.1/einlass"}
    assert serve.default_workers(config.load(given)) == 1
    cores = os.cpu_count() or 1
    assert serve.default_workers(config.load(given | postgresql)) == min(cores, 4)


def test_a_child_that_keeps_dying_is_started_later_each_time_up_to_a_limit() -> None:
    pauses = [0.0]
    for _ in range(10):
        pauses.append(supervision.next_pause(pauses[-1], ran=0.1))
    assert pauses[1:4] == [0.5, 1.0, 2.0]
    assert pauses[-1] == supervision.MOST_PAUSE
    assert supervision.next_pause(pauses[-1], ran=supervision.LONG_ENOUGH) == pauses[1]
