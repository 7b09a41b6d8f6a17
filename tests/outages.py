"""Servers that go down and come back where they were: a database, Redis, and our own processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import redis

from tests import servers

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Program:
    """A process with all its children, that is started again whenever it ended."""

    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    user: str | None = None
    ready: Callable[[], object] | None = None
    """Raises until the program answers."""
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            user=self.user,
            cwd=ROOT if self.environment else "/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self.ready is not None:
            await_answer(self.ready)

    def end(self, how: int = signal.SIGKILL) -> None:
        """End it: as a power cut does, with all its children, or as a signal says."""
        assert self.process is not None
        if how == signal.SIGKILL:
            os.killpg(self.process.pid, how)
        else:
            self.process.send_signal(how)
        self.process.wait(timeout=30)

    def restart(self, how: int = signal.SIGKILL) -> None:
        """Let it end and come back."""
        self.end(how)
        self.start()

    def members(self) -> list[psutil.Process]:
        """Return the process and what it has started."""
        assert self.process is not None
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]


@contextmanager
def kept(program: Program) -> Iterator[Program]:
    """Run a program until the block ends."""
    program.start()
    try:
        yield program
    finally:
        if program.process is not None and program.process.poll() is None:
            program.end(signal.SIGKILL)


def await_answer(probe: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait until the probe raises nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            probe()
        except (OSError, psycopg.OperationalError, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def postgresql() -> Iterator[tuple[Program, str]]:
    """Give a PostgreSQL of one's own with an empty database, and its URL."""
    programs, user = servers.find_postgresql(), servers.unprivileged_user()
    if programs is None:
        raise FileNotFoundError("no PostgreSQL: install Debian's postgresql")
    port = servers.free_port()
    with servers.folder("outage", owner=user) as home:
        data = str(home / "data")
        made = [str(programs / "initdb"), "-D", data, "-U", "einlass", "-A", "trust", "-E", "UTF8"]
        made += ["--locale=C.UTF-8", "--no-sync"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")
        command = [str(programs / "postgres"), "-D", data, "-p", str(port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={home}"]
        url = f"postgresql://einlass@127.0.0.1:{port}"

        def ask() -> None:
            psycopg.connect(f"{url}/postgres").close()

        with kept(Program(command, user=user, ready=ask)) as program:
            yield program, servers.create_database(url, "einlass")
            program.end(signal.SIGINT)  # its children do not outlive it


@contextmanager
def redis_server() -> Iterator[tuple[Program, str]]:
    """Give a Redis of one's own that keeps nothing, and its URL."""
    found = servers.find_redis()
    if found is None:
        raise FileNotFoundError("no Redis: install Debian's redis-server")
    port = servers.free_port()
    url = f"redis://127.0.0.1:{port}/0"
    command = [str(found), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    command += ["--appendonly", "no", "--dir", "/tmp"]
    with kept(Program(command, ready=lambda: redis.Redis.from_url(url).ping())) as program:
        yield program, url


def celery(environment: Mapping[str, str], *arguments: str, app: str = "wsgi:celery") -> Program:
    """Return one of Celery's processes."""
    return Program([sys.executable, "-m", "celery", "-A", app, "-q", *arguments], environment)
